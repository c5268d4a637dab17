package pipeline

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance/reconcile"
)

var update = flag.Bool("update", false, "write golden files anew")

// golden compares text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (-update writes it anew):\n%s", file, got)
	}
}

// everything is the plant of testdata/network and its laboratory.
func everything(t testing.TB) (*Plant, *Lab) {
	t.Helper()
	plant, err := os.ReadFile("testdata/network/plant.yaml")
	if err != nil {
		t.Fatal(err)
	}
	lab, err := os.ReadFile("testdata/network/lab.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return plantOf(t, string(plant)), labOf(t, string(lab))
}

// everyReading is what its instruments read: the counters at an hour count,
// the levels as they rise in the hour.
var everyReading = map[measure.Tag]func(h float64) float64{
	"t/feed/belt":        func(h float64) float64 { return 100 },
	"t/feed/total":       func(h float64) float64 { return 7 + 0.101*h },
	"t/feed/moisture":    func(h float64) float64 { return 21 },
	"t/char/flow":        func(h float64) float64 { return 20 },
	"t/gas/flow":         func(h float64) float64 { return 31 },
	"t/gas/temperature":  func(h float64) float64 { return 38 },
	"t/gas/pressure":     func(h float64) float64 { return 1050 },
	"t/gas/humidity":     func(h float64) float64 { return 97 },
	"t/gas/ch4":          func(h float64) float64 { return 12 },
	"t/gas/co2":          func(h float64) float64 { return 320_000 },
	"t/gas/co":           func(h float64) float64 { return 29 },
	"t/bleed/flow":       func(h float64) float64 { return 25 },
	"t/liquid/flow":      func(h float64) float64 { return 41 },
	"t/dust/flow":        func(h float64) float64 { return 12 },
	"t/tank/level":       func(h float64) float64 { return 80 + 0.7*h },
	"t/tank/temperature": func(h float64) float64 { return 20 },
	"t/hopper/weight":    func(h float64) float64 { return 50 + 2*h },
	"t/power/energy":     func(h float64) float64 { return 3 + 17*h },
}

// readings makes series of what each tag reads at each minute around the epoch.
func readings(p *Plant, values map[measure.Tag]func(h float64) float64, hours int) memory {
	var m memory
	for _, t := range p.Tags {
		s := measure.Series{Tag: t.Tag, Unit: t.Unit}
		for at := -time.Hour; at <= time.Duration(hours+1)*time.Hour; at += time.Minute {
			s.Samples = append(s.Samples, measure.Sample{At: epoch.Add(at).UnixNano(), Value: values[t.Tag](at.Hours()), Quality: measure.GoodQuality})
		}
		m = append(m, s)
	}
	return m
}

// The equations of a plant, as a process engineer reads them.
func TestEquationsOfAPlant(t *testing.T) {
	p, _ := everything(t)
	var b strings.Builder
	for _, e := range NewNetwork(p).equations {
		fmt.Fprintf(&b, "%s\n\t%s\n", e.ID, e.Expr)
	}
	b.WriteString("\n")
	for _, q := range NewNetwork(p).quantities {
		from := "nobody measures it"
		if v := q.source; v != nil && v.Tag != "" {
			from = string(v.Tag)
		} else if v != nil && v.Lab != "" {
			from = "laboratory: " + v.Lab
		} else if v != nil {
			from = "stated: " + v.Constant.String()
		}
		fmt.Fprintf(&b, "%-22s %-10s %s; %s\n", q.name, q.unit, q.what, from)
	}
	golden(t, "network/equations.txt", b.String())
}

// What the equations say a stream carries is what the raw closure counts, for
// all bases, gases with and without a state, materials like others and tanks
// without scales.
func TestTheEquationsCountAsTheClosureDoes(t *testing.T) {
	p, lab := everything(t)
	result := computed(t, p, lab, readings(p, everyReading, 1), window(0, time.Hour))
	c, r := result.Closures[0], result.Balances[0]
	if r.Refused != "" {
		t.Fatal(r.Refused)
	}
	// Every reading exact, and no balance: what is left are the sums.
	problem := &reconcile.Problem{ID: "sums", Variables: slices.Clone(NewNetwork(p).Problem("", result.Balances).Variables)}
	for i := range problem.Variables {
		if problem.Variables[i].Value != nil {
			zero := 0.0
			problem.Variables[i].SD = &zero
		}
	}
	for _, e := range NewNetwork(p).equations {
		if strings.Contains(e.Expr, " = ") {
			problem.Equations = append(problem.Equations, e)
		}
	}
	solved, err := problem.Solve()
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, s := range p.Streams {
		if !s.Measured() {
			continue
		}
		i := slices.IndexFunc(c.Streams, func(a StreamAmount) bool { return a.Stream == s.ID })
		for kind, amount := range map[BalanceKind]*float64{MassBalance: c.Streams[i].Mass, CarbonBalance: c.Streams[i].Carbon, AshBalance: c.Streams[i].Ash, EnergyBalance: c.Streams[i].Energy} {
			k := NewNetwork(p).streamTotal(s, kind)
			switch {
			case k < 0 && amount != nil && *amount == 0:
			case k < 0 || amount == nil || solved.Values[k].Reconciled == nil:
				t.Errorf("%s of %s: closure %v, equations %d", kind, s.ID, amount, k)
			case math.Abs(*solved.Values[k].Reconciled-*amount) > 1e-9*math.Abs(*amount)+1e-12:
				t.Errorf("%s of %s: %v by equation, %v counted", kind, s.ID, *solved.Values[k].Reconciled, *amount)
			default:
				checked++
			}
		}
	}
	if checked < 20 {
		t.Errorf("only %d sums compared", checked)
	}
	// All of it as one node that only measured streams enter and leave.
	one, _ := everything(t)
	one.Nodes = []Node{{ID: "kiln"}}
	one.Streams = slices.DeleteFunc(one.Streams, func(s Stream) bool { return !s.Measured() })
	one.Energy = slices.DeleteFunc(one.Energy, func(f EnergyFlow) bool { return f.Power == nil })
	inside := func(node *string) {
		if *node != Environment {
			*node = "kiln"
		}
	}
	for i := range one.Streams {
		inside(&one.Streams[i].From)
		inside(&one.Streams[i].To)
	}
	for i := range one.Energy {
		inside(&one.Energy[i].From)
		inside(&one.Energy[i].To)
	}
	for i := range one.Stocks {
		inside(&one.Stocks[i].Node)
	}
	result = computed(t, one, lab, readings(one, everyReading, 1), window(0, time.Hour))
	c, r = result.Closures[0], result.Balances[0]
	for kind, b := range map[BalanceKind]Budget{MassBalance: c.Mass, CarbonBalance: c.Carbon, AshBalance: c.Ash, EnergyBalance: c.Energy} {
		i := slices.IndexFunc(r.Balances, func(b NodeResidual) bool { return b.Node == "kiln" && b.Kind == kind })
		if want := b.In - b.Out - b.Accumulation; i < 0 || r.Balances[i].Residual == nil || math.Abs(*r.Balances[i].Residual-want) > 1e-9*b.In {
			t.Errorf("%s: residual %+v, raw %v of %v, refused %q", kind, r.Balances, want, b.In, r.Refused)
		}
	}
}
