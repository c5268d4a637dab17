package custody

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/lots"
)

// open stands for the end of what has none yet. A rule speaks for ten years
// at most; then it is corrected with a new end.
var open = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)

const mostYears = 10

func span(from, to time.Time) measure.Interval {
	if to.IsZero() {
		to = open
	}
	return measure.Interval{From: from, To: to}
}

// lotSpan is a span of time in which a lot, or the lots of a rule, are made.
type lotSpan struct {
	name string
	w    measure.Interval
}

// spans returns the time that lots and rules of a plant take, but for one lot.
func (b *Book) spans(plant, but string) (all []lotSpan) {
	for _, l := range lots.Join(b.labs).Lots {
		if l.Plant == plant && l.ID != but {
			all = append(all, lotSpan{l.ID, l.Interval})
		}
	}
	for _, k := range b.InForce(plant, KindLot) {
		if k.ID != but {
			all = append(all, lotSpan{k.ID, b.spanOf(k)})
		}
	}
	for _, k := range b.InForce(plant, KindRule) {
		all = append(all, lotSpan{"of rule " + k.ID, span(k.Rule.From, k.Rule.Until)})
	}
	return all
}

// spanOf returns the time of a lot, with the end that it was given or closed with.
func (b *Book) spanOf(k *Posting) measure.Interval {
	to := k.Lot.To
	if c := b.posting(k.Plant, KindClose, k.ID); c != nil && to.IsZero() {
		to = c.Close.To
	}
	return span(k.Lot.From, to)
}

// free says which lot takes some of a time already: of a plant, one lot is made at a time.
func (b *Book) free(plant string, w measure.Interval, but string) error {
	if !w.From.Truncate(time.Minute).Equal(w.From) || !w.To.Truncate(time.Minute).Equal(w.To) {
		return fmt.Errorf("from and to must be whole minutes")
	}
	for _, other := range b.spans(plant, but) {
		if other.w.Overlaps(w) {
			return fmt.Errorf("lot %s takes some of that time, %s", other.name, other.w)
		}
	}
	return nil
}

// file takes a laboratory file into the book, but for lots whose time or name
// another lot has: of a plant, one lot is made at a time, however it came in.
// A lot that an earlier file gave is given anew.
func (b *Book) file(e Entry) (problems []Refusal) {
	lab := *e.Lab
	lab.Lots = nil
	given := map[string]bool{}
	for _, l := range e.Lab.Lots {
		given[l.Plant+" "+l.ID] = true
	}
	for _, l := range e.Lab.Lots {
		if why := b.clash(l, given); why != "" {
			problems = append(problems, Refusal{Leaf: e.Leaf, Place: Place{1, 1}, Record: "lot " + l.ID, Why: why})
			continue
		}
		lab.Lots = append(lab.Lots, l)
	}
	b.labs = append(b.labs, &lab)
	return problems
}

// clash says why a lot of a laboratory file cannot be kept; given are the lots of that file.
func (b *Book) clash(l lots.Lot, given map[string]bool) string {
	records := *b
	records.labs = nil
	if w, err := records.lot(l.Plant, l.ID); err == nil {
		return fmt.Sprintf("is a lot of the records already, of %s", w)
	}
	for _, other := range b.spans(l.Plant, l.ID) {
		if !given[l.Plant+" "+other.name] && other.w.Overlaps(l.Interval) {
			return fmt.Sprintf("lot %s takes some of that time, %s", other.name, other.w)
		}
	}
	return ""
}

// twice returns a lot that a rule would make and that there is already.
func (b *Book) twice(k *Posting) string {
	var names []string
	for _, l := range lots.Join(b.labs).Lots {
		if l.Plant == k.Plant {
			names = append(names, l.ID)
		}
	}
	for _, l := range b.InForce(k.Plant, KindLot) {
		names = append(names, l.ID)
	}
	for _, other := range b.InForce(k.Plant, KindRule) { // rules that follow one another share the calendar's unit between them
		first, _ := other.Rule.piece(other.Rule.From)
		last, _ := other.Rule.piece(span(other.Rule.From, other.Rule.Until).To.Add(-time.Minute))
		names = append(names, first, last)
	}
	for _, name := range names {
		if _, made := k.Rule.named(name); made {
			return name
		}
	}
	return ""
}

// lot returns the time of a lot, be it of a record, a rule or a laboratory file.
func (b *Book) lot(plant, id string) (measure.Interval, error) {
	if k := b.posting(plant, KindLot, id); k != nil {
		return b.spanOf(k), nil
	}
	for _, k := range b.InForce(plant, KindRule) {
		if w, ok := k.Rule.named(id); ok {
			return w, nil
		}
	}
	for _, lab := range slices.Backward(b.labs) {
		if l, ok := lab.Lot(id); ok && l.Plant == plant {
			return l.Interval, nil
		}
	}
	return measure.Interval{}, fmt.Errorf("there is no lot %s of %s: open it first", id, plant)
}

// named returns the time of the rule's lot of that name.
func (r *Rule) named(id string) (measure.Interval, bool) {
	when, ok := strings.CutPrefix(id, r.Lot+"-")
	if !ok {
		return measure.Interval{}, false
	}
	var begin time.Time
	var err error
	switch r.Every {
	case "day":
		begin, err = time.Parse("2006-01-02", when)
	case "month":
		begin, err = time.Parse("2006-01", when)
	default:
		y, w, _ := strings.Cut(when, "-w")
		year, wrongYear := strconv.Atoi(y)
		week, wrongWeek := strconv.Atoi(w)
		if err = cmp.Or(wrongYear, wrongWeek); err == nil {
			fourth := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC) // it lies in week 1
			begin = monday(fourth).AddDate(0, 0, 7*(week-1))
		}
	}
	if err != nil || begin.Year() < 1971 || begin.Year() > 2199 {
		return measure.Interval{}, false
	}
	name, w := r.piece(begin)
	return w, name == id && w.From.Before(w.To)
}

// piece returns the lot that is made at a time, cut to the rule's own time.
func (r *Rule) piece(at time.Time) (name string, w measure.Interval) {
	at = at.UTC()
	day := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
	switch r.Every {
	case "day":
		w, name = measure.Interval{From: day, To: day.AddDate(0, 0, 1)}, r.Lot+day.Format("-2006-01-02")
	case "month":
		first := day.AddDate(0, 0, 1-day.Day())
		w, name = measure.Interval{From: first, To: first.AddDate(0, 1, 0)}, r.Lot+first.Format("-2006-01")
	default:
		first := monday(day)
		year, week := first.ISOWeek()
		w, name = measure.Interval{From: first, To: first.AddDate(0, 0, 7)}, fmt.Sprintf("%s-%d-w%02d", r.Lot, year, week)
	}
	if w.From.Before(r.From) {
		w.From = r.From
	}
	if until := span(r.From, r.Until).To; until.Before(w.To) {
		w.To = until
	}
	return name, w
}

func monday(day time.Time) time.Time {
	return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
}

// pieces returns all lots of the rule, in order.
func (r *Rule) pieces() (all []lotSpan) {
	end := r.From.AddDate(mostYears, 0, 0)
	if until := span(r.From, r.Until).To; until.Before(end) {
		end = until
	}
	for at := r.From; at.Before(end); {
		name, w := r.piece(at)
		all = append(all, lotSpan{name, w})
		at = w.To
	}
	return all
}
