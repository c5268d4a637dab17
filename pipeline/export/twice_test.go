package export_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/export"
	"github.com/nielu/nielu/pipeline/statement"
)

// removed claims as a removal what the formulas give.
func (w *world) removed(m *measure.CO2e) *measure.Removal {
	r, err := measure.RemovalOf(*m)
	w.must(err)
	return &r
}

// A centre that states a certified hour again, as a lot of another name or by
// counting its units in another lot, is found, and so is who signs that.
func TestAnHourThatIsCertifiedTwice(t *testing.T) {
	w := newWorld(t)
	w.fill()
	certified := w.statement()
	certified.Units, certified.Account.Eligible = []string{"BB-1"}, true
	if certified.Account.Net == nil {
		certified.Account.Net = w.removed(certified.Account.Indicative)
	}
	enter := func(s statement.Statement) (seal, sign uint64) {
		leaf := evidence.Leaf{Kind: evidence.Statement, Signer: w.centreKey.Name(), Plants: []string{plant}, Name: s.Lot, From: s.Interval.From.UnixNano(), To: s.Interval.To.UnixNano(), Body: s.Text()}
		seal = w.append(leaf, w.centreKey)
		for _, event := range []statement.EventKind{statement.Sign, statement.Certify} {
			key := map[statement.EventKind]*evidence.SigningKey{statement.Sign: w.centreKey, statement.Certify: w.exportKey}[event]
			note, err := key.SignNote(string(s.Text()))
			w.must(err)
			sign = w.append(evidence.Leaf{Kind: evidence.Signature, Signer: w.centreKey.Name(), Plants: []string{plant}, Name: string(event), Body: note, From: leaf.From, To: leaf.To}, w.centreKey)
		}
		return seal, sign
	}
	enter(certified)
	again, next := certified, certified
	again.Lot = "by-another-name"
	again.Units = []string{"BB-2"}
	next.Lot = "the-same-bag"
	next.Interval.From, next.Interval.To = certified.Interval.To, certified.Interval.To.Add(certified.Interval.Length())
	for _, s := range []statement.Statement{again, next} {
		seal, sign := enter(s)
		why := map[string]string{"by-another-name": "share time of production", "the-same-bag": "both count unit BB-1"}[s.Lot]
		w.roll()
		r := w.verify(w.build())
		said := ""
		for _, f := range r.Faults {
			said += f.Where + ": " + f.What + "\n"
		}
		if r.Result != export.Failed || !strings.Contains(said, fmt.Sprintf("leaf %d: lot %s", seal, s.Lot)) || !strings.Contains(said, why) {
			t.Errorf("%s in leaves %d to %d: %s\n%s%s", s.Lot, seal, sign, r.Result, said, strings.Join(r.Notes, "\n"))
		}
	}
}
