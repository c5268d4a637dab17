package reconciled_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/pipeline/balance/reconcile"
	"github.com/nielu/nielu/pipeline/closure"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/pipelinetest"
	"github.com/nielu/nielu/pipeline/reconciled"
)

// The equations of a plant, as a process engineer reads them.
func TestEquationsOfAPlant(t *testing.T) {
	p, _ := pipelinetest.FullPlant(t)
	var b strings.Builder
	for _, e := range reconciled.New(p).Equations {
		fmt.Fprintf(&b, "%s\n\t%s\n", e.ID, e.Expr)
	}
	b.WriteString("\n")
	for _, q := range reconciled.New(p).Quantities {
		from := "nobody measures it"
		if v := q.Source; v != nil && v.Tag != "" {
			from = string(v.Tag)
		} else if v != nil && v.Lab != "" {
			from = "laboratory: " + v.Lab
		} else if v != nil {
			from = "stated: " + v.Constant.String()
		}
		fmt.Fprintf(&b, "%-22s %-10s %s; %s\n", q.Name, q.Unit, q.What, from)
	}
	pipelinetest.Golden(t, "network/equations.txt", b.String())
}

// What the equations say a stream carries is what the raw closure counts, for
// all bases, gases with and without a state, materials like others and tanks
// without scales.
func TestTheEquationsCountAsTheClosureDoes(t *testing.T) {
	p, lab := pipelinetest.FullPlant(t)
	result := pipelinetest.Compute(t, p, lab, pipelinetest.Readings(p, pipelinetest.FullPlantReadings, 1), pipelinetest.Window(0, time.Hour))
	c, r := result.Closures[0], result.Balances[0]
	if r.Refused != "" {
		t.Fatal(r.Refused)
	}
	// Every reading exact, and no balance: what is left are the sums.
	problem := &reconcile.Problem{ID: "sums", Variables: slices.Clone(reconciled.New(p).Problem("", result.Balances).Variables)}
	for i := range problem.Variables {
		if problem.Variables[i].Value != nil {
			zero := 0.0
			problem.Variables[i].SD = &zero
		}
	}
	for _, e := range reconciled.New(p).Equations {
		if strings.Contains(e.Expr.String(), " = ") {
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
		i := slices.IndexFunc(c.Streams, func(a closure.StreamAmount) bool { return a.Stream == s.ID })
		for kind, amount := range map[flowsheet.BalanceKind]*float64{flowsheet.MassBalance: c.Streams[i].Mass, flowsheet.CarbonBalance: c.Streams[i].Carbon, flowsheet.AshBalance: c.Streams[i].Ash, flowsheet.EnergyBalance: c.Streams[i].Energy} {
			k := reconciled.New(p).StreamTotal(s, kind)
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
	one, _ := pipelinetest.FullPlant(t)
	one.Nodes = []flowsheet.Node{{ID: "kiln"}}
	one.Streams = slices.DeleteFunc(one.Streams, func(s flowsheet.Stream) bool { return !s.Measured() })
	one.Energy = slices.DeleteFunc(one.Energy, func(f flowsheet.EnergyFlow) bool { return f.Power == nil })
	inside := func(node *string) {
		if *node != flowsheet.Environment {
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
	result = pipelinetest.Compute(t, one, lab, pipelinetest.Readings(one, pipelinetest.FullPlantReadings, 1), pipelinetest.Window(0, time.Hour))
	c, r = result.Closures[0], result.Balances[0]
	for kind, b := range map[flowsheet.BalanceKind]closure.Budget{flowsheet.MassBalance: c.Mass, flowsheet.CarbonBalance: c.Carbon, flowsheet.AshBalance: c.Ash, flowsheet.EnergyBalance: c.Energy} {
		i := slices.IndexFunc(r.Balances, func(b reconciled.NodeResidual) bool { return b.Node == "kiln" && b.Kind == kind })
		if want := b.In - b.Out - b.Accumulation; i < 0 || r.Balances[i].Residual == nil || math.Abs(*r.Balances[i].Residual-want) > 1e-9*b.In {
			t.Errorf("%s: residual %+v, raw %v of %v, refused %q", kind, r.Balances, want, b.In, r.Refused)
		}
	}
}
