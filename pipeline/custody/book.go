package custody

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/lots"
)

// Posting is a record of the book and where it stands in the log.
type Posting struct {
	Record
	Plant      string
	Author     string
	Leaf       uint64
	Entered    time.Time // by the centre's clock; zero: nobody knows
	Superseded uint64    // leaf of the record in its place; 0: it stands
	Why        string    // why it was superseded

	at int // its place among all records
}

// InForce tells whether nothing took the record's place.
func (p *Posting) InForce() bool { return p.Superseded == 0 }

// Refusal is a record, or a lot of a laboratory file, that could not be kept.
type Refusal struct {
	Leaf uint64 `json:"leaf"`
	Place
	Record string `json:"record"` // kind and name
	Why    string `json:"why"`
}

// Error prints "line:column: record: why".
func (p Refusal) Error() string {
	return fmt.Sprintf("%d:%d: %s: %s", p.Line, p.Column, p.Record, p.Why)
}

// Book is what all entries say together.
type Book struct {
	Refusals []Refusal

	entries  []Entry
	labs     []*lots.Lab
	postings []*Posting // in the order of the log

	// Of the records that stand:
	current   map[key]*Posting
	byKind    map[Kind][]*Posting // in the order of the log
	citations map[key][]*Posting  // those that name a record, in the order of the log

	changes    []Change         // in the order of the log
	superseded map[key]*Posting // the last record of a name that was withdrawn or corrected
}

type key struct {
	plant string
	kind  Kind
	id    string
}

// Replay goes through entries in the order of the log. A record that cannot be
// kept, because it names what is not there or is there twice, is left out and
// told in Refusals; the same entries always give the same book.
func Replay(entries []Entry) *Book {
	b := &Book{entries: entries, current: map[key]*Posting{}, byKind: map[Kind][]*Posting{}, citations: map[key][]*Posting{}, superseded: map[key]*Posting{}}
	for _, e := range entries {
		b.Refusals = append(b.Refusals, b.add(e)...)
	}
	return b
}

// Try returns the book as it would be if this were the next entry, and what of
// it could not be kept. It leaves the book as it is.
func (b *Book) Try(next Entry) (*Book, []Refusal) {
	then := Replay(append(slices.Clip(b.entries), next))
	return then, then.Refusals[len(b.Refusals):]
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

func (b *Book) add(e Entry) (problems []Refusal) {
	if e.Lab != nil {
		problems = b.file(e)
	}
	if e.Submission == nil {
		return problems
	}
	for _, r := range e.Submission.Records {
		err := b.post(&Posting{Record: r, Plant: e.Submission.Plant, Author: e.Submission.Author, Leaf: e.Leaf, Entered: e.At})
		if err == nil {
			continue
		}
		p := Refusal{Leaf: e.Leaf, Place: r.Place, Record: string(r.Kind) + " " + r.ID, Why: err.Error()}
		var at faultAt
		if errors.As(err, &at) {
			p.Place = at.Place
		}
		problems = append(problems, p)
	}
	return problems
}

// faultAt is an error that stands elsewhere than its record begins.
type faultAt struct {
	Place
	error
}

// post enters one record, or says why it cannot be.
func (b *Book) post(k *Posting) error {
	k.at = len(b.postings)
	change := b.changing(k)
	old := b.current[k.key()]
	switch {
	case old != nil && k.Corrects == "":
		return fmt.Errorf("is in the book already (leaf %d); to correct it add corrects: and why", old.Leaf)
	case old == nil && k.Corrects != "":
		return fmt.Errorf("corrects a record that is not in the book")
	}
	if old != nil { // its own older form does not stand in its way
		b.supersede(old, k.Leaf, k.Corrects)
	}
	err := cmp.Or(b.allowed(k, old), b.checkOrder(k))
	if err == nil && old != nil {
		err = b.checkDependants(k)
	}
	if err != nil {
		if old != nil {
			old.Superseded, old.Why = 0, ""
			b.index(old)
		}
		return err
	}
	b.postings = append(b.postings, k)
	if w := k.Withdraw; w != nil { // it takes a name away and has none of its own
		b.supersede(b.posting(k.Plant, w.Kind, k.ID), k.Leaf, w.Reason)
	} else {
		b.index(k)
	}
	b.changed(k, change)
	return nil
}

func (p *Posting) key() key { return key{plant: p.Plant, kind: p.Kind, id: p.ID} }

// posting returns the record of a name that stands, nil if there is none.
func (b *Book) posting(plant string, kind Kind, id string) *Posting {
	return b.current[key{plant: plant, kind: kind, id: id}]
}

// citing returns the records that stand and name another one, in the order of the log.
func (b *Book) citing(plant string, kind Kind, id string) []*Posting {
	return b.citations[key{plant: plant, kind: kind, id: id}]
}

// index enters a record in the indexes of those that stand.
func (b *Book) index(k *Posting) {
	b.current[k.key()] = k
	b.byKind[k.Kind] = with(b.byKind[k.Kind], k)
	for _, n := range k.cites() {
		b.citations[n] = with(b.citations[n], k)
	}
}

// supersede takes a record out of them and says what took its place.
func (b *Book) supersede(k *Posting, by uint64, why string) {
	b.unindex(k)
	b.superseded[k.key()] = k
	k.Superseded, k.Why = max(by, 1), why
}

func (b *Book) unindex(k *Posting) {
	delete(b.current, k.key())
	b.byKind[k.Kind] = without(b.byKind[k.Kind], k)
	for _, n := range k.cites() {
		b.citations[n] = without(b.citations[n], k)
	}
}

func byPlace(a, b *Posting) int { return cmp.Compare(a.at, b.at) }

func with(all []*Posting, k *Posting) []*Posting {
	i, _ := slices.BinarySearchFunc(all, k, byPlace)
	return slices.Insert(all, i, k)
}

func without(all []*Posting, k *Posting) []*Posting {
	i, found := slices.BinarySearchFunc(all, k, byPlace)
	if !found {
		return all
	}
	return slices.Delete(all, i, i+1)
}

// citedBy returns the records of a kind that stand and name another one, in the
// order of the log.
func (b *Book) citedBy(plant string, kind Kind, id string, by Kind) (all []*Posting) {
	for _, k := range b.citing(plant, kind, id) {
		if k.Kind == by {
			all = append(all, k)
		}
	}
	return all
}

// inOrder returns records in the order of the log, each once.
func inOrder(all []*Posting) []*Posting {
	slices.SortFunc(all, byPlace)
	return slices.Compact(all)
}

// find returns a standing record, or says that there is none.
func (b *Book) find(plant string, kind Kind, id string) (*Posting, error) {
	if k := b.posting(plant, kind, id); k != nil {
		return k, nil
	}
	return nil, fmt.Errorf("there is no %s %s of %s: enter it first", kind, id, plant)
}

// InForce returns the records of a kind that stand, in the order of the log; of every plant where plant is "".
func (b *Book) InForce(plant string, kind Kind) (all []*Posting) {
	for _, k := range b.byKind[kind] {
		if plant == "" || k.Plant == plant {
			all = append(all, k)
		}
	}
	return all
}

// Records returns all records of a plant in the order of the log, also those that were superseded.
func (b *Book) Records(plant string) (all []*Posting) {
	for _, k := range b.postings {
		if k.Plant == plant {
			all = append(all, k)
		}
	}
	return all
}

// allowed says why a record may not be entered. old is the one that it corrects.
func (b *Book) allowed(k, old *Posting) error {
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
				return faultAt{k.Report.places[sample], err}
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
	case KindLoss:
		return cmp.Or(b.units(k.Plant, k.Loss.Units), b.unspent(k.Plant, k.Loss.Units))
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
	for _, t := range b.citedBy(plant, KindDelivery, delivery, KindTransport) {
		share += t.Transport.Share
	}
	return share
}

// spent returns the standing use or loss that names a unit.
func (b *Book) spent(plant, unit string) *Posting {
	for _, k := range b.citing(plant, KindUnit, unit) {
		if k.Use != nil || k.Loss != nil {
			return k
		}
	}
	return nil
}

// restsOn returns a standing record that names another one.
func (b *Book) restsOn(target *Posting) *Posting {
	if on := b.citations[target.key()]; len(on) > 0 {
		return on[0]
	}
	if target.Kind == KindRule {
		return b.restsOnRule(target, nil)
	}
	return nil
}

// restsOnRule returns a standing record that names a lot which the rule makes
// and the other one does not.
func (b *Book) restsOnRule(rule *Posting, other *Rule) *Posting {
	for _, k := range b.postings {
		if k.Plant != rule.Plant || !k.InForce() {
			continue
		}
		for _, n := range k.cites() {
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

// cites returns the records that a record names.
func (p *Posting) cites() (all []key) {
	add := func(kind Kind, ids ...string) {
		for _, id := range ids {
			if id != "" {
				all = append(all, key{plant: p.Plant, kind: kind, id: id})
			}
		}
	}
	switch p.Kind {
	case KindClose:
		add(KindLot, p.ID)
	case KindUnit:
		add(KindLot, p.Unit.Lot)
	case KindSample:
		add(KindLot, p.Sample.Lot)
		add(KindLot, p.Sample.StandsFor...)
		add(KindUnit, p.Sample.Unit)
	case KindReport:
		add(KindSample, sorted(p.Report.Results)...)
	case KindTransport:
		add(KindLot, p.Transport.Lot)
		add(KindUnit, p.Transport.Units...)
		add(KindDelivery, p.Transport.Deliveries...)
	case KindActivity:
		add(KindLot, p.Activity.Lot)
	case KindSale:
		add(KindUnit, p.Sale.Units...)
	case KindUse:
		add(KindUnit, p.Use.Units...)
	case KindLoss:
		add(KindUnit, p.Loss.Units...)
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
func (b *Book) closes(k *Posting) error {
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
