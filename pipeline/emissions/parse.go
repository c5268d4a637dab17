package emissions

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
)

// ParseActivity reads what a project did, as nielu emissions takes it; file is
// its name, for errors. All faults come at once, each with its place. Every
// entry has name, group and from; scope: 1 to 3 says otherwise than its kind.
//
//	inventory: pyro1, week 45
//	period: { from: 2026-11-02T00:00:00Z, to: 2026-11-09T00:00:00Z }
//	gwp: puro-2025
//	factors: [ ... ]              # your own, as in a factor file; named own/ID
//	electricity:
//	  - { name: drives, group: E_production, amount: 6720 kW.h, coverage: 99 %, most: 60 kW, location: own/grid,
//	      residual: own/residual, market: [{ amount: 1000 kW.h, factor: own/wind, proof: "..." }], counts: market, from: { tag: ... } }
//	fuels:
//	  - { name: burner, group: E_production, amount: 100 L, factor: eu-mrr/gas-oil, density: 0.832 kg/L, from: { record: invoice 4711 } }
//	transport:
//	  - { name: chips in, group: E_biomass, mass: 120 t, distance: 80 km, factor: puro-2025/lorry, loaded: "...", from: { record: ... } }
//	stack:
//	  - { name: flue gas, group: E_production, volume: "9000 m3{N}", coverage: 97 %, most: "80 m3{N}/h", from: { tag: ... },
//	      gases: [{ gas: ch4_biogenic, share: "12 [ppm]", most: "200 [ppm]" }, { gas: n2o, share: "3 [ppm]", most: "50 [ppm]" }] }
//	embodied:
//	  - { name: kiln, group: E_emb, amount: 1, factor: own/kiln, lifetime: 20 a, crediting: 10 a, share: 2 %, from: { record: ... } }
//	heat: [ ... ]                 # each of these { name, group, amount, coverage, most, factor, from }
//	process: [ ... ]
//	reagents: [ ... ]
//	land_use: [ ... ]
//	claims:                       # nothing is claimed unless somebody does
//	  avoided: [{ name: ..., destroyed: 1200 kg, share: 0 %, oxidised: 10 %, baseline: "...", claim: "...", from: { tag: ... } }]
//	  substitution: [{ name: ..., energy: 12 GJ, instead: eu-mrr/natural-gas, efficiency: 90 %, claim: "...", from: { tag: ... } }]
func ParseActivity(file string, data []byte, l *Library) (*Activity, error) {
	d, root := strict.Open(file, data)
	f := root.Fields("inventory", "period", "gwp", "factors", "electricity", "fuels", "transport", "stack", "embodied", "heat", "process", "reagents", "land_use", "claims")
	root.Need(f, "inventory", "period", "gwp")
	sum := sha256.Sum256(data)
	p := &reader{Activity: Activity{Name: f["inventory"].Text()}}
	p.l = l.with(readFactors(f["factors"], ownSet, hex.EncodeToString(sum[:])))
	p.period(f["period"])
	if name := f["gwp"].Text(); name != "" {
		g, ok := l.GWP(name)
		if p.GWP = g; !ok {
			f["gwp"].Fault("there is no set of potentials %q%s", name, strict.Meant(name, l.GWPNames()))
		}
	}
	p.power(f["electricity"])
	p.fuels(f["fuels"])
	p.transport(f["transport"])
	p.stack(f["stack"])
	p.embodied(f["embodied"])
	p.used(f["heat"], Heat)
	p.used(f["process"], ProcessGas)
	p.used(f["reagents"], Reagent)
	p.used(f["land_use"], LandUse)
	p.claims(f["claims"])
	if err := d.Err(); err != nil {
		return nil, err
	}
	return &p.Activity, nil
}

// reader is an activity being read.
type reader struct {
	Activity
	l *Library
}

func (p *reader) period(x strict.Node) {
	if !x.Present() {
		return
	}
	f := x.Fields("from", "to")
	x.Need(f, "from", "to")
	p.Period = measure.Interval{From: f["from"].Instant(), To: f["to"].Instant()}
	if from, to := p.Period.From, p.Period.To; !from.IsZero() && !to.IsZero() && !from.Before(to) {
		x.Fault("is empty: from must be before to")
	}
}

// entry reads what every entry has, and returns its keys.
func (p *reader) entry(x strict.Node, keys ...string) (map[string]strict.Node, Record, strict.Node) {
	x = x.As(x.Peek("name"))
	f := x.Fields(append([]string{"name", "group", "scope", "from"}, keys...)...)
	x.Need(f, "name", "group", "from")
	return f, Record{Name: f["name"].Text(), Group: f["group"].Text(), Scope: f["scope"].Whole(0, 1, 3), From: readOrigin(f["from"])}, x
}

func readOrigin(x strict.Node) (o Origin) {
	if !x.Present() {
		return o
	}
	f := x.Fields("tag", "record", "lab")
	o = Origin{Tag: f["tag"].Tag(), Record: f["record"].Text(), Lab: f["lab"].Text()}
	given := 0
	for _, key := range []string{"tag", "record", "lab"} {
		if f[key].Present() {
			given++
		}
	}
	if given != 1 {
		x.Fault("needs one of tag, record and lab: where the amount comes from")
	}
	return o
}

// keep takes an entry if it can be worked out, else says at the key why not.
func (p *reader) keep(x strict.Node, f map[string]strict.Node, e Entry) {
	if p.GWP == nil || !p.Period.From.Before(p.Period.To) {
		return
	}
	_, err := e.lines(world{p.Period, p.GWP})
	if said(x, f, err) {
		return
	}
	p.Entries = append(p.Entries, e)
}

// said puts a fault where it belongs.
func said(x strict.Node, f map[string]strict.Node, err error) bool {
	var w wrong
	switch {
	case err == nil:
		return false
	case errors.As(err, &w) && f[w.key].Present():
		f[w.key].Fault("%v", w.err)
	default:
		x.Fault("%v", err)
	}
	return true
}

// metered reads an amount. What a tag measured needs a coverage; a document is
// of all of the period.
func metered(f map[string]strict.Node, from Origin) (m Metered, ok bool) {
	if m.Amount, ok = f["amount"].Needed("6720 kW.h").Quantity(); !ok {
		return m, false
	}
	m.Coverage = f["coverage"].Share()
	if from.Tag != "" && !f["coverage"].Present() {
		f["coverage"].Needed("99 %, the share of the period that readings of the tag cover")
		return m, false
	}
	if f["coverage"].Present() && m.Coverage == nil {
		return m, false
	}
	if q, given := f["most"].Quantity(); given {
		m.Most = &q
	} else if f["most"].Present() {
		return m, false
	}
	return m, true
}
