package custody

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
)

// Kept is a record of the book and where it stands in the log.
type Kept struct {
	Record
	Plant      string
	Author     string
	Leaf       uint64
	Entered    time.Time // by the centre's clock; zero: nobody knows
	Superseded uint64    // leaf of the record in its place; 0: it stands
	Why        string    // why it was superseded

	at int // its place among all records
}

// Stands tells whether nothing took the record's place.
func (k *Kept) Stands() bool { return k.Superseded == 0 }

// Problem is a record, or a lot of a laboratory file, that could not be kept.
type Problem struct {
	Leaf uint64 `json:"leaf"`
	Place
	Record string `json:"record"` // kind and name
	Why    string `json:"why"`
}

// Error prints "line:column: record: why".
func (p Problem) Error() string {
	return fmt.Sprintf("%d:%d: %s: %s", p.Line, p.Column, p.Record, p.Why)
}

// Book is what all entries say together.
type Book struct {
	Problems []Problem

	entries []Entry
	labs    []*pipeline.Lab
	records []*Kept // in the order of the log

	// Of the records that stand:
	names  map[key]*Kept
	kinds  map[Kind][]*Kept // in the order of the log
	naming map[key][]*Kept  // those that name a record, in the order of the log

	changes []Change      // in the order of the log
	gone    map[key]*Kept // the last record of a name that was withdrawn or corrected
}

type key struct {
	plant string
	kind  Kind
	id    string
}

// Keep goes through entries in the order of the log. A record that cannot be
// kept, because it names what is not there or is there twice, is left out and
// told in Problems; the same entries always give the same book.
func Keep(entries []Entry) *Book {
	b := &Book{entries: entries, names: map[key]*Kept{}, kinds: map[Kind][]*Kept{}, naming: map[key][]*Kept{}, gone: map[key]*Kept{}}
	for _, e := range entries {
		b.Problems = append(b.Problems, b.add(e)...)
	}
	return b
}

// Try returns the book as it would be if this were the next entry, and what of
// it could not be kept. It leaves the book as it is.
func (b *Book) Try(next Entry) (*Book, []Problem) {
	then := Keep(append(slices.Clip(b.entries), next))
	return then, then.Problems[len(b.Problems):]
}

// Entered returns the leaf that holds a submission of these bytes.
func (b *Book) Entered(digest string) (leaf uint64, ok bool) {
	for _, e := range b.entries {
		if e.Submission != nil && e.Submission.Digest == digest {
			return e.Leaf, true
		}
	}
	return 0, false
}

func (b *Book) add(e Entry) (problems []Problem) {
	if e.Lab != nil {
		problems = b.file(e)
	}
	if e.Submission == nil {
		return problems
	}
	for _, r := range e.Submission.Records {
		err := b.keep(&Kept{Record: r, Plant: e.Submission.Plant, Author: e.Submission.Author, Leaf: e.Leaf, Entered: e.At})
		if err == nil {
			continue
		}
		p := Problem{Leaf: e.Leaf, Place: r.Place, Record: string(r.Kind) + " " + r.ID, Why: err.Error()}
		var at misplaced
		if errors.As(err, &at) {
			p.Place = at.Place
		}
		problems = append(problems, p)
	}
	return problems
}

// misplaced is an error that stands elsewhere than its record begins.
type misplaced struct {
	Place
	error
}

// keep enters one record, or says why it cannot be.
func (b *Book) keep(k *Kept) error {
	k.at = len(b.records)
	change := b.changing(k)
	old := b.names[k.key()]
	switch {
	case old != nil && k.Corrects == "":
		return fmt.Errorf("is in the book already (leaf %d); to correct it add corrects: and why", old.Leaf)
	case old == nil && k.Corrects != "":
		return fmt.Errorf("corrects a record that is not in the book")
	}
	if old != nil { // its own older form does not stand in its way
		b.fall(old, k.Leaf, k.Corrects)
	}
	err := cmp.Or(b.allowed(k, old), b.ordered(k))
	if err == nil && old != nil {
		err = b.orders(k)
	}
	if err != nil {
		if old != nil {
			old.Superseded, old.Why = 0, ""
			b.stand(old)
		}
		return err
	}
	b.records = append(b.records, k)
	if w := k.Withdraw; w != nil { // it takes a name away and has none of its own
		b.fall(b.record(k.Plant, w.Kind, k.ID), k.Leaf, w.Reason)
	} else {
		b.stand(k)
	}
	b.changed(k, change)
	return nil
}

func (k *Kept) key() key { return key{plant: k.Plant, kind: k.Kind, id: k.ID} }

// record returns the record of a name that stands, nil if there is none.
func (b *Book) record(plant string, kind Kind, id string) *Kept {
	return b.names[key{plant: plant, kind: kind, id: id}]
}

// citing returns the records that stand and name another one, in the order of the log.
func (b *Book) citing(plant string, kind Kind, id string) []*Kept {
	return b.naming[key{plant: plant, kind: kind, id: id}]
}

// stand enters a record in the indexes of those that stand.
func (b *Book) stand(k *Kept) {
	b.names[k.key()] = k
	b.kinds[k.Kind] = with(b.kinds[k.Kind], k)
	for _, n := range k.named() {
		b.naming[n] = with(b.naming[n], k)
	}
}

// fall takes a record out of them and says what took its place.
func (b *Book) fall(k *Kept, by uint64, why string) {
	b.leave(k)
	b.gone[k.key()] = k
	k.Superseded, k.Why = max(by, 1), why
}

func (b *Book) leave(k *Kept) {
	delete(b.names, k.key())
	b.kinds[k.Kind] = without(b.kinds[k.Kind], k)
	for _, n := range k.named() {
		b.naming[n] = without(b.naming[n], k)
	}
}

func byPlace(a, b *Kept) int { return cmp.Compare(a.at, b.at) }

func with(all []*Kept, k *Kept) []*Kept {
	i, _ := slices.BinarySearchFunc(all, k, byPlace)
	return slices.Insert(all, i, k)
}

func without(all []*Kept, k *Kept) []*Kept {
	i, found := slices.BinarySearchFunc(all, k, byPlace)
	if !found {
		return all
	}
	return slices.Delete(all, i, i+1)
}

// named returns the records of a kind that stand and name another one, in the
// order of the log.
func (b *Book) named(plant string, kind Kind, id string, by Kind) (all []*Kept) {
	for _, k := range b.citing(plant, kind, id) {
		if k.Kind == by {
			all = append(all, k)
		}
	}
	return all
}

// inOrder returns records in the order of the log, each once.
func inOrder(all []*Kept) []*Kept {
	slices.SortFunc(all, byPlace)
	return slices.Compact(all)
}

// find returns a standing record, or says that there is none.
func (b *Book) find(plant string, kind Kind, id string) (*Kept, error) {
	if k := b.record(plant, kind, id); k != nil {
		return k, nil
	}
	return nil, fmt.Errorf("there is no %s %s of %s: enter it first", kind, id, plant)
}

// Standing returns the records of a kind that stand, in the order of the log; of every plant where plant is "".
func (b *Book) Standing(plant string, kind Kind) (all []*Kept) {
	for _, k := range b.kinds[kind] {
		if plant == "" || k.Plant == plant {
			all = append(all, k)
		}
	}
	return all
}

// Records returns all records of a plant in the order of the log, also those that were superseded.
func (b *Book) Records(plant string) (all []*Kept) {
	for _, k := range b.records {
		if k.Plant == plant {
			all = append(all, k)
		}
	}
	return all
}

// allowed says why a record may not be entered. old is the one that it corrects.
func (b *Book) allowed(k, old *Kept) error {
	switch k.Kind {
	case KindLot:
		if w, err := b.lot(k.Plant, k.ID); err == nil {
			return fmt.Errorf("is a lot already, of %s", w)
		}
		return b.free(k.Plant, span(k.Lot.From, k.Lot.To), k.ID)
	case KindClose:
		return b.closes(k)
	case KindRule:
		if old != nil {
			if on := b.restsOnRule(old, k.Rule); on != nil {
				return fmt.Errorf("%s %s names a lot that the rule would not make any more", on.Kind, on.ID)
			}
		}
		if lot := b.twice(k); lot != "" {
			return fmt.Errorf("would make a lot %s, which there is already", lot)
		}
		return b.free(k.Plant, span(k.Rule.From, k.Rule.Until), "")
	case KindUnit:
		if old != nil && old.Unit.Lot != k.Unit.Lot {
			if by := b.spent(k.Plant, k.ID); by != nil {
				return fmt.Errorf("%s %s names it: it cannot move to another lot", by.Kind, by.ID)
			}
		}
		_, err := b.lot(k.Plant, k.Unit.Lot)
		return err
	case KindSample:
		for _, lot := range append([]string{k.Sample.Lot}, k.Sample.StandsFor...) {
			if _, err := b.lot(k.Plant, lot); err != nil {
				return err
			}
			if of, is := b.process(k.Plant, k.Sample.Lot), b.process(k.Plant, lot); of != is {
				return fmt.Errorf("lot %s is made by process %q, lot %s by %q: an analysis stands for lots of one type", k.Sample.Lot, of, lot, is)
			}
		}
		if k.Sample.Unit == "" {
			return nil
		}
		u, err := b.find(k.Plant, KindUnit, k.Sample.Unit)
		if err == nil && u.Unit.Lot != k.Sample.Lot {
			err = fmt.Errorf("unit %s is of lot %s, the sample of lot %s", u.ID, u.Unit.Lot, k.Sample.Lot)
		}
		return err
	case KindReport:
		for _, sample := range sorted(k.Report.Results) {
			if _, err := b.find(k.Plant, KindSample, sample); err != nil {
				return misplaced{k.Report.places[sample], err}
			}
		}
	case KindTransport:
		for _, id := range k.Transport.Deliveries {
			if _, err := b.find(k.Plant, KindDelivery, id); err != nil {
				return err
			}
			if counted := b.counted(k.Plant, id) + k.Transport.Share; counted > 1+1e-9 {
				return fmt.Errorf("%.4g %% of delivery %s would be counted to lots: share the delivery between them", 100*counted, id)
			}
		}
		if k.Transport.Lot != "" {
			if _, err := b.lot(k.Plant, k.Transport.Lot); err != nil {
				return err
			}
		}
		return b.units(k.Plant, k.Transport.Units)
	case KindActivity:
		_, err := b.lot(k.Plant, k.Activity.Lot)
		return err
	case KindSale:
		return cmp.Or(b.units(k.Plant, k.Sale.Units), b.unspent(k.Plant, k.Sale.Units))
	case KindUse:
		return cmp.Or(b.units(k.Plant, k.Use.Units), b.unspent(k.Plant, k.Use.Units))
	case KindLost:
		return cmp.Or(b.units(k.Plant, k.Lost.Units), b.unspent(k.Plant, k.Lost.Units))
	case KindWithdraw:
		target, err := b.find(k.Plant, k.Withdraw.Kind, k.ID)
		if err != nil {
			return err
		}
		if on := b.restsOn(target); on != nil {
			return fmt.Errorf("%s %s rests on it: withdraw or correct that first", on.Kind, on.ID)
		}
	}
	return nil
}

// units says which of some units is not in the book.
func (b *Book) units(plant string, ids []string) error {
	for _, id := range ids {
		if _, err := b.find(plant, KindUnit, id); err != nil {
			return err
		}
	}
	return nil
}

// unspent says which of some units was placed or lost already: what is gone
// cannot be placed, lost or sold again.
func (b *Book) unspent(plant string, ids []string) error {
	for _, id := range ids {
		if by := b.spent(plant, id); by != nil {
			return fmt.Errorf("unit %s is spent: %s %s of leaf %d names it", id, by.Kind, by.ID, by.Leaf)
		}
	}
	return nil
}

// counted returns the share of a delivery that transports count to lots.
func (b *Book) counted(plant, delivery string) (share float64) {
	for _, t := range b.named(plant, KindDelivery, delivery, KindTransport) {
		share += t.Transport.Share
	}
	return share
}

// spent returns the standing use or loss that names a unit.
func (b *Book) spent(plant, unit string) *Kept {
	for _, k := range b.citing(plant, KindUnit, unit) {
		if k.Use != nil || k.Lost != nil {
			return k
		}
	}
	return nil
}

// restsOn returns a standing record that names another one.
func (b *Book) restsOn(target *Kept) *Kept {
	if on := b.naming[target.key()]; len(on) > 0 {
		return on[0]
	}
	if target.Kind == KindRule {
		return b.restsOnRule(target, nil)
	}
	return nil
}

// restsOnRule returns a standing record that names a lot which the rule makes
// and the other one does not.
func (b *Book) restsOnRule(rule *Kept, other *Rule) *Kept {
	for _, k := range b.records {
		if k.Plant != rule.Plant || !k.Stands() {
			continue
		}
		for _, n := range k.named() {
			if _, made := rule.Rule.named(n.id); n.kind != KindLot || !made {
				continue
			}
			if other == nil {
				return k
			}
			if _, still := other.named(n.id); !still {
				return k
			}
		}
	}
	return nil
}

// named returns the records that a record names.
func (k *Kept) named() (all []key) {
	add := func(kind Kind, ids ...string) {
		for _, id := range ids {
			if id != "" {
				all = append(all, key{plant: k.Plant, kind: kind, id: id})
			}
		}
	}
	switch k.Kind {
	case KindClose:
		add(KindLot, k.ID)
	case KindUnit:
		add(KindLot, k.Unit.Lot)
	case KindSample:
		add(KindLot, k.Sample.Lot)
		add(KindLot, k.Sample.StandsFor...)
		add(KindUnit, k.Sample.Unit)
	case KindReport:
		add(KindSample, sorted(k.Report.Results)...)
	case KindTransport:
		add(KindLot, k.Transport.Lot)
		add(KindUnit, k.Transport.Units...)
		add(KindDelivery, k.Transport.Deliveries...)
	case KindActivity:
		add(KindLot, k.Activity.Lot)
	case KindSale:
		add(KindUnit, k.Sale.Units...)
	case KindUse:
		add(KindUnit, k.Use.Units...)
	case KindLost:
		add(KindUnit, k.Lost.Units...)
	}
	return all
}

// Files returns the digests of the files that the records of a plant name,
// also those of superseded records, sorted.
func (b *Book) Files(plant string) (all []string) {
	for _, k := range b.Records(plant) {
		all = append(all, k.Files()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Files returns the digests of the files that a record names.
func (r *Record) Files() (all []string) {
	var named []string
	switch {
	case r.Report != nil:
		named = []string{r.Report.Original}
	case r.Use != nil:
		named = []string{r.Use.Proof}
		if r.Use.Retail != nil {
			named = append(named, r.Use.Retail.Contract, r.Use.Retail.Labelling)
		}
	case r.Calibration != nil:
		named = []string{r.Calibration.Certificate}
	}
	for _, d := range named {
		if strings.HasPrefix(d, "sha256:") {
			all = append(all, d)
		}
	}
	return all
}

func sorted[V any](m map[string]V) []string {
	all := make([]string, 0, len(m))
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

// closes says why a lot cannot be closed so.
func (b *Book) closes(k *Kept) error {
	lot, err := b.find(k.Plant, KindLot, k.ID)
	if err != nil {
		return err
	}
	switch {
	case !lot.Lot.To.IsZero():
		return fmt.Errorf("lot %s was given its end when it was opened", k.ID)
	case !lot.Lot.From.Before(k.Close.To):
		return fmt.Errorf("lot %s begins at %s: it cannot end before", k.ID, lot.Lot.From.Format("2006-01-02T15:04:05Z"))
	}
	for _, other := range b.spans(k.Plant, k.ID) {
		if other.w.Overlaps(measure.Interval{From: lot.Lot.From, To: k.Close.To}) {
			return fmt.Errorf("lot %s has begun by then", other.name)
		}
	}
	return nil
}
