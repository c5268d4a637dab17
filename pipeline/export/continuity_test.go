package export

import (
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
	"pgregory.net/rapid"
)

const second = int64(time.Second)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC).UnixNano()

func seconds(from, to int64) measure.Interval {
	return measure.Interval{From: at(noon + from*second), To: at(noon + to*second)}
}

// story is a chain of one agent: a batch of ten scans every ten seconds.
func story(n int) []leafRef {
	var chain []leafRef
	for i := range n {
		l := leafRef{
			Index: uint64(i), hash: sha256.Sum256([]byte{byte(i)}), head: &head{Kind: evidence.Batch, Signer: "gw"},
			From: noon + int64(i)*10*second, To: noon + int64(i)*10*second + 9*second,
			link: link{Epoch: 1, First: uint64(i)*10 + 1, Last: uint64(i)*10 + 10},
		}
		if i > 0 {
			l.Prev = chain[i-1].hash
		}
		chain = append(chain, l)
	}
	return chain
}

func noLoss(leafRef) (evidence.LossRecord, error) {
	return evidence.LossRecord{}, errors.New("no loss record expected")
}

func TestChains(t *testing.T) {
	tests := []struct {
		name   string
		window measure.Interval
		change func(c []leafRef) []leafRef
		gap    string // "": none
		fault  string
	}{
		{"whole", seconds(0, 99), func(c []leafRef) []leafRef { return c }, "", ""},
		{"one leaf taken out", seconds(0, 99), func(c []leafRef) []leafRef { return slices.Delete(c, 4, 5) }, "scans 41 to 50 of epoch 1 are missing", ""},
		{"first leaf taken out", seconds(0, 99), func(c []leafRef) []leafRef { return c[3:] }, "no evidence of this agent before 2026-11-02T12:00:30Z", ""},
		{"the agent's first leaf", seconds(-99, 99), func(c []leafRef) []leafRef { return c }, "", ""},
		{"last leaves taken out", seconds(0, 99), func(c []leafRef) []leafRef { return c[:5] }, "", ""}, // the readings show it
		{"a forged leaf instead", seconds(0, 99), func(c []leafRef) []leafRef { c[4].hash[0]++; return c }, "", "names a leaf before it that is not in the bundle"},
		{"a leaf twice", seconds(0, 99), func(c []leafRef) []leafRef {
			again := c[4]
			again.Index = 77
			return append(c, again)
		}, "", "also claimed by leaf 4"},
		{"a restart", seconds(0, 99), func(c []leafRef) []leafRef {
			for i := range c[5:] {
				c[5+i].Epoch, c[5+i].First, c[5+i].Last = 2, uint64(i)*10+1, uint64(i)*10+10
			}
			return c
		}, "", ""},
		{"a restart that lost the end of its epoch", seconds(0, 99), func(c []leafRef) []leafRef {
			for i := range c[5:] {
				c[5+i].Epoch, c[5+i].First, c[5+i].Last = 2, uint64(i)*10+1, uint64(i)*10+10
			}
			return slices.Delete(c, 4, 5)
		}, "leaves at the end of epoch 1 are missing", ""},
		{"silence", seconds(0, 199), func(c []leafRef) []leafRef {
			for i := range c[5:] {
				c[5+i].From, c[5+i].To = c[5+i].From+100*second, c[5+i].To+100*second
			}
			return c
		}, "the agent was silent", ""},
		{"silence outside the interval", seconds(0, 40), func(c []leafRef) []leafRef {
			for i := range c[5:] {
				c[5+i].From, c[5+i].To = c[5+i].From+100*second, c[5+i].To+100*second
			}
			return c
		}, "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			gaps, faults := chains(test.change(story(10)), noLoss, test.window, 5*time.Second)
			if test.gap == "" && len(gaps) > 0 || test.gap != "" && (len(gaps) != 1 || !strings.Contains(gaps[0].Reason, test.gap)) {
				t.Errorf("gaps %v, want %q", gaps, test.gap)
			}
			if test.fault == "" && len(faults) > 0 || test.fault != "" && !strings.Contains(faults[0].What, test.fault) {
				t.Errorf("faults %v, want %q", faults, test.fault)
			}
		})
	}
}

func TestLossRecordIsAGap(t *testing.T) {
	chain := append(story(10), leafRef{Index: 11, head: &head{Kind: evidence.Loss, Signer: "gw"}, From: noon + 99*second, To: noon + 100*second, link: link{Epoch: 1, First: 101, Last: 101}})
	gaps, faults := chains(chain, func(leafRef) (evidence.LossRecord, error) {
		return evidence.LossRecord{From: noon + 20*second, To: noon + 25*second, Count: 17, Reason: "the disk is full"}, nil
	}, seconds(0, 99), 5*time.Second)
	if len(faults) != 0 || len(gaps) != 1 || gaps[0].Reason != "loss record, leaf 11: 17 scans: the disk is full" {
		t.Fatalf("gaps %v, faults %v", gaps, faults)
	}
}

// Whatever inner leaves are taken away, and in whatever order the rest
// stands, the chain shows it.
func TestAnyMissingLeafIsSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		chain := story(30)
		for i := rapid.IntRange(1, 30).Draw(t, "restart"); i < 30; i++ {
			chain[i].Epoch = 2
			chain[i].First, chain[i].Last = chain[i].First-chain[i].First/10*10, 0
		}
		for i := range chain {
			if chain[i].Epoch == 2 {
				n := uint64(0)
				if i > 0 && chain[i-1].Epoch == 2 {
					n = chain[i-1].Last
				}
				chain[i].First, chain[i].Last = n+1, n+10
			}
		}
		first := rapid.IntRange(1, 28).Draw(t, "first")
		last := rapid.IntRange(first, 28).Draw(t, "last")
		cut := rapid.Permutation(slices.Concat(chain[:first], chain[last+1:])).Draw(t, "order")
		gaps, faults := chains(cut, noLoss, seconds(0, 299), 5*time.Second)
		if len(gaps)+len(faults) == 0 {
			t.Fatalf("leaves %d to %d are missing, nothing seen", first, last)
		}
	})
}
