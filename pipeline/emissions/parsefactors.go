package emissions

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
)

// Set is a file of factors.
type Set struct {
	ID      string
	Name    string
	Digest  string // sha256 of the file, hexadecimal
	Factors []*Factor
}

// ParseFactors reads a file of factors, as under configs/factors; file is its
// name, for errors. All faults come at once, each with its place.
//
//	factors: eu-mrr
//	name: "Regulation (EU) 2018/2066, Annex VI"
//	list:
//	  - id: gas-oil
//	    about: gas or diesel oil
//	    kind: fuel                   # electricity heat fuel transport process-gas embodied reagent land-use
//	    region: EU
//	    valid: { from: 2021-01-01T00:00:00Z }       # and to; left out if its source states none
//	    co2_fossil: 74.1 t/TJ{LHV}   # and co2_biogenic ch4_fossil ch4_biogenic ch4 (of untold origin) n2o, each by the same unit of activity;
//	    ncv: 43.0 TJ/Gg{LHV}         # or co2e, with gwp: the set it was made with, or unknown
//	    density: 0.832 kg/L
//	    empty_return: 1.5            # of a transport; 1.5 if it is left out
//	    mix: [{ share: 81 %, co2_fossil: 0.69 kg/(kW.h) }, ...]   # of electricity, in the place of rates: a generation mix;
//	    losses: 3 %                  # and what of it the grid loses
//	    label: primary               # secondary reproduced computed unverified
//	    source: "..."
func ParseFactors(file string, data []byte) (*Set, error) {
	d, root := strict.Open(file, data)
	f := root.Fields("factors", "name", "list")
	root.Need(f, "factors", "name", "list")
	sum := sha256.Sum256(data)
	s := &Set{ID: readName(f["factors"]), Name: f["name"].Text(), Digest: hex.EncodeToString(sum[:])}
	if s.ID == ownSet {
		f["factors"].Fault("%q is what factors in an activity file are called: name the file otherwise", ownSet)
	}
	s.Factors = readFactors(f["list"], s.ID, s.Digest)
	if err := d.Err(); err != nil {
		return nil, err
	}
	return s, nil
}

func readFactors(x strict.Node, set, digest string) (all []*Factor) {
	known := map[string]bool{}
	for _, item := range x.List() {
		f := readFactor(item.As("factor "+item.Peek("id")), set)
		if known[f.ID] {
			item.Fault("factor %s is given twice", f.ID)
		}
		known[f.ID], f.Digest = true, digest
		all = append(all, f)
	}
	return all
}

func readFactor(x strict.Node, set string) *Factor {
	keys := []string{"id", "about", "kind", "region", "valid", "label", "source", "ncv", "density", "empty_return", "gwp", "mix", "losses"}
	for _, k := range gasKeys {
		keys = append(keys, k.key)
	}
	v := x.Fields(keys...)
	x.Need(v, "id", "about", "kind", "region", "label", "source")
	f := &Factor{
		Set: set, ID: readName(v["id"]), About: v["about"].Text(), Region: v["region"].Text(), Valid: readValidity(v["valid"]),
		Label: readLabel(v["label"]), Source: v["source"].Text(), Return: 1, Rates: map[Gas]float64{},
		Kind: Kind(v["kind"].Choice(string(Electricity), string(Heat), string(FuelKind), string(Transport), string(ProcessGas), string(Embodied), string(Reagent), string(LandUse))),
	}
	if v["mix"].Present() {
		f.readMix(v)
	} else {
		f.readRates(x, v)
	}
	f.NCV = above0(v["ncv"], lowerHeating)
	f.Dense = above0(v["density"], density)
	for _, key := range []string{"ncv", "density"} {
		if v[key].Present() && f.Kind != FuelKind {
			v[key].Fault("only a fuel has it")
		}
	}
	if f.Kind == Transport {
		f.Return = EmptyReturn
	}
	if r := v["empty_return"]; r.Present() {
		f.Return, _ = r.In(one)
		if f.Kind != Transport || f.Return < 1 {
			r.Fault("only a transport has it, and it is 1 or more: what the way back multiplies the emission with")
		}
	}
	f.Made = v["gwp"].Text()
	_, unsplit := f.Rates[Unsplit]
	switch {
	case unsplit && f.Made == "":
		v["gwp"].Needed("ar5, or unknown if its source does not say")
	case !unsplit && f.Made != "":
		v["gwp"].Fault("only co2e needs it; the gases are kept apart and any set can be used for them")
	}
	return f
}

// readMix reads what a kilowatt hour of a generation mix emits.
//
//	F_g = Σ s_i F_i,g / (Σ s_i (1 - λ))      λ what the grid loses
//
// Shares add up to 1 within 2 %. A gas that any of the parts gives is one of
// the mix; a part that does not give it has none.
//
// Source: GHG Protocol, Scope 2 Guidance, ch. 6.
func (f *Factor) readMix(v map[string]strict.Node) {
	if f.Kind != Electricity {
		v["mix"].Fault("only electricity is generated from a mix")
		return
	}
	sum := 0.0
	for _, item := range v["mix"].List() {
		keys := []string{"share", "about"}
		for _, k := range gasKeys {
			keys = append(keys, k.key)
		}
		p := item.Fields(keys...)
		item.Need(p, "share")
		share, _ := p["share"].Fraction()
		sum += share
		part := &Factor{Kind: f.Kind, Rates: map[Gas]float64{}}
		part.readRates(item, p)
		for gas, rate := range part.Rates {
			f.Rates[gas] += float64(share * rate)
		}
		f.Per = kilowattHour
	}
	lost := 0.0
	if v["losses"].Present() {
		lost, _ = v["losses"].Fraction()
	}
	if sum < 0.98 || sum > 1.02 || lost >= 1 {
		v["mix"].Fault("its shares add up to %.4g %%, not to 100 %%, or the grid loses all of it", 100*sum)
		return
	}
	for gas := range f.Rates {
		f.Rates[gas] = f.Rates[gas] / sum / (1 - lost)
	}
}

// readRates reads what comes with a unit of activity, and finds that unit.
func (f *Factor) readRates(x strict.Node, v map[string]strict.Node) {
	bases := f.Kind.bases()
	var names []string
	for _, b := range bases {
		names = append(names, "kg/("+b.String()+")")
	}
	for _, k := range gasKeys {
		q, ok := v[k.key].Quantity()
		if !ok || len(bases) == 0 {
			continue
		}
		base, rate, ok := perBase(q, bases)
		switch {
		case !ok:
			v[k.key].Fault("%s: a factor of kind %s is a mass of gas a unit of activity: write it in %s", q, f.Kind, strings.Join(names, " or "))
		case rate < 0:
			v[k.key].Fault("%s is below 0: what is avoided or substituted is a claim and no factor", q)
		case len(f.Rates) > 0 && base != f.Per:
			v[k.key].Fault("%s: the other gases of this factor are given by %s: use one unit of activity", q, f.Per)
		default:
			f.Per, f.Rates[k.gas] = base, rate
		}
	}
	if _, unsplit := f.Rates[Unsplit]; unsplit && (len(f.Rates) > 2 || len(f.Rates) == 2 && !f.gives(CO2Biogenic)) {
		v["co2e"].Fault("is CO2e of all gases: they would count twice; leave it or them out")
	}
	if len(f.Rates) == 0 && v["kind"].Present() {
		x.Fault("gives no gas: one of co2_fossil, co2_biogenic, ch4_fossil, ch4_biogenic, ch4, n2o or co2e is needed")
	}
}

func (f *Factor) gives(gas Gas) bool {
	_, ok := f.Rates[gas]
	return ok
}

// perBase returns the unit of activity that a factor is by, and kg by it.
func perBase(q measure.Quantity, bases []measure.Unit) (measure.Unit, float64, bool) {
	for _, base := range bases {
		if per, err := kilogram.Per(base); err == nil {
			if rate, err := q.In(per); err == nil {
				return base, rate, true
			}
		}
	}
	return measure.Unit{}, 0, false
}

func above0(x strict.Node, u measure.Unit) *float64 {
	v := x.Optional(u)
	if v != nil && !(*v > 0) {
		x.Fault("%s must be more than 0", x.Text())
		return nil
	}
	return v
}
