package console_test

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nielu/nielu/measure"
)

// fakeStore plays the projections: three pilots whose values are plain
// functions of time, with a silent instrument, an instrument in service, a
// doubtful one, holes in the history and a lot that is not eligible.
type fakeStore struct {
	clock  func() time.Time
	plants []plantJSON
	empty  bool        // plants are known, nothing was read yet
	broken atomic.Bool // every answer is an error
	asked  atomic.Int64
}

type plantJSON struct {
	Plant   string            `json:"plant"`
	Name    string            `json:"name"`
	Site    string            `json:"site"`
	Process string            `json:"process"`
	Nodes   map[string]string `json:"nodes"`
	Streams []streamJSON      `json:"streams"`
	Energy  []energyJSON      `json:"energy"`
	Tags    []tagJSON         `json:"tags"`
	Product string            `json:"product"`

	flows map[string]float64 // kg/h by stream; NaN: not known
}

type streamJSON struct {
	Stream string `json:"stream"`
	About  string `json:"about"`
	From   string `json:"from"`
	To     string `json:"to"`
	Phase  string `json:"phase"`
}

type energyJSON struct {
	Energy string         `json:"energy"`
	About  string         `json:"about"`
	From   string         `json:"from"`
	To     string         `json:"to"`
	Power  map[string]any `json:"power"`
}

type tagJSON struct {
	Tag        string `json:"tag"`
	About      string `json:"about"`
	Instrument string `json:"instrument"`
	Unit       string `json:"unit"`
	Stale      string `json:"stale,omitempty"`
	Counter    bool   `json:"counter,omitempty"`

	usual   float64
	quality measure.Quality
	old     time.Duration // how long ago it was last read
}

type rollupJSON struct {
	Tag      string          `json:"tag"`
	From     int64           `json:"from"`
	Count    int             `json:"count"`
	Mean     float64         `json:"mean"`
	Average  float64         `json:"average"`
	Min      float64         `json:"min"`
	Max      float64         `json:"max"`
	Last     float64         `json:"last"`
	Total    float64         `json:"total"`
	Coverage float64         `json:"coverage"`
	Quality  measure.Quality `json:"quality"`
}

type object map[string]any

var errBroken = errors.New("read latest: database disk image is malformed")

func (f *fakeStore) fault() error {
	f.asked.Add(1)
	if f.broken.Load() {
		return errBroken
	}
	return nil
}

func (f *fakeStore) Plants(context.Context) (any, error) { return f.plants, f.fault() }

func (f *fakeStore) plant(name string) plantJSON {
	for _, p := range f.plants {
		if p.Plant == name {
			return p
		}
	}
	return plantJSON{}
}

// wave is a calm signal around usual: a slow swing and a little noise.
func wave(tag string, usual float64, at time.Time) float64 {
	h := fnv.New32a()
	h.Write([]byte(tag))
	phase := float64(h.Sum32()%628) / 100
	s := float64(at.Unix())
	return usual * (1 + 0.03*math.Sin(s/5400+phase) + 0.008*math.Sin(s/97+3*phase) + 0.004*math.Sin(s/7.3+phase))
}

func (f *fakeStore) Now(_ context.Context, name string) (any, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	p, now := f.plant(name), f.clock()
	out := object{"plant": name, "time": now, "tags": []object{}, "streams": []object{}, "closure": nil}
	if f.empty {
		return out, nil
	}
	var tags, streams []object
	for i, t := range p.Tags {
		at := now.Add(-t.old - time.Duration(i%4)*700*time.Millisecond)
		value := wave(t.Tag, t.usual, at)
		if !t.quality.Usable() {
			value = 0
		}
		tags = append(tags, object{"tag": t.Tag, "time": at, "value": value, "unit": t.Unit, "quality": t.quality})
	}
	for _, s := range p.Streams {
		quality, value := measure.GoodQuality, any(nil)
		if kg := p.flows[s.Stream]; !math.IsNaN(kg) {
			value = wave(s.Stream, kg, now)
		} else {
			quality = measure.BadBecause(measure.NoReply)
		}
		if quality == measure.GoodQuality && now.Sub(now.Truncate(time.Hour)).Hours() < 0.8 {
			quality = measure.UncertainBecause(measure.Partial)
		}
		if name == "htl1" && s.Stream == "aqueous" {
			quality = measure.UncertainBecause(measure.RateTooHigh)
		}
		streams = append(streams, object{"stream": s.Stream, "mass_flow": object{"value": value, "unit": "kg/h", "quality": quality}})
	}
	out["tags"], out["streams"], out["closure"] = tags, streams, f.closure(p, now.Truncate(time.Hour))
	return out, nil
}

// closure is the balance of one hour; one in progress is covered in part.
func (f *fakeStore) closure(p plantJSON, from time.Time) object {
	covered := min(1, f.clock().Sub(from).Hours())
	into := 0.0
	var streams, flows []object
	for _, s := range p.Streams {
		kg, quality := p.flows[s.Stream], measure.GoodQuality
		if covered < 0.8 {
			quality = measure.UncertainBecause(measure.Partial)
		}
		if math.IsNaN(kg) {
			streams = append(streams, object{"stream": s.Stream, "from": s.From, "to": s.To, "mass": nil, "coverage": 0, "quality": "bad:no-reply"})
			continue
		}
		if s.From == "environment" {
			into += kg
		}
		streams = append(streams, object{"stream": s.Stream, "from": s.From, "to": s.To, "mass": kg * covered, "coverage": covered, "quality": quality})
	}
	for _, e := range p.Energy {
		kw := 8.0
		for _, t := range p.Tags {
			if t.Tag == e.Power["tag"] {
				kw = t.usual
			}
		}
		flows = append(flows, object{"energy": e.Energy, "from": e.From, "to": e.To, "amount": kw * 3.6 * covered, "coverage": covered, "quality": "good"})
	}
	side := func(ratio, in float64, unit string) object {
		r := wave(p.Plant+unit, ratio, from)
		budget := object{"in": in * covered, "out": in * r * 0.996 * covered, "accumulation": in * r * 0.004 * covered, "unit": unit, "closure": r, "complete": true}
		if covered < 0.8 || ratio == 0 {
			budget["closure"], budget["complete"] = nil, false
		}
		return budget
	}
	c := object{"plant": p.Plant, "from": from.UnixNano(), "to": from.Add(time.Hour).UnixNano(), "streams": streams, "flows": flows, "coverage": 0.98 * covered, "quality": measure.GoodQuality, "missing": []string{}}
	switch p.Plant {
	case "pyro1":
		c["mass"], c["carbon"], c["energy"] = side(0.987, into, "kg"), side(1.034, into*0.274, "kg"), side(0.941, into*10.6, "MJ")
	case "htl1":
		c["mass"], c["carbon"], c["energy"] = side(1.012, into, "kg"), side(0.902, into*0.1, "kg"), side(1.27, into*3, "MJ")
		c["quality"] = measure.UncertainBecause(measure.RateTooHigh)
	default:
		c["mass"], c["carbon"], c["energy"] = side(0.998, into, "kg"), side(0, 0, "kg"), side(0, 0, "MJ")
		c["coverage"], c["quality"] = 0, measure.BadBecause(measure.NoReply)
		c["missing"] = []string{
			"cover_emission: no carbon: tag lf1/cover/ch4_flux: bad:service", "cover_emission: no mass: tag lf1/cover/ch4_flux: bad:service",
			"engine_exhaust: no mass: it is not measured", "flare_exhaust: no mass: it is not measured",
			"biochar: no carbon: the lot has no value char_carbon", "biochar: no energy: the lot has no value char_hhv",
		}
	}
	return c
}

func (f *fakeStore) Rollups(_ context.Context, tag measure.Tag, w measure.Interval, step time.Duration) (any, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	var t tagJSON
	for _, t = range f.plant(tag.Plant()).Tags {
		if t.Tag == string(tag) {
			break
		}
	}
	list, now := []rollupJSON{}, f.clock()
	for at := w.From.Truncate(step); at.Before(w.To) && !f.empty; at = at.Add(step) {
		ago := now.Sub(at)
		r := rollupJSON{Tag: t.Tag, From: at.UnixNano(), Count: 60, Coverage: 1, Quality: measure.GoodQuality, Mean: wave(t.Tag, t.usual, at)}
		switch {
		case ago < t.old, ago > 18*time.Minute && ago < 26*time.Minute && strings.Contains(t.Tag, "mass_flow"), ago > 60*time.Hour && ago < 78*time.Hour:
			continue // a hole: no row at all
		case !t.quality.Usable() && ago < 22*time.Minute:
			r = rollupJSON{Tag: t.Tag, From: at.UnixNano(), Quality: t.quality}
		case t.quality.Level == measure.Uncertain && ago < 14*time.Minute:
			r.Quality, r.Coverage = t.quality, 0.8
		case ago > 40*time.Minute && ago < 44*time.Minute && strings.Contains(t.Tag, "temperature"):
			r.Quality, r.Coverage, r.Count = measure.UncertainBecause(measure.Partial), 0.4, 24
		}
		if r.Count > 0 {
			spread := 0.006 + 0.004*math.Sin(float64(at.Unix()/600))
			r.Average, r.Last, r.Min, r.Max = r.Mean, r.Mean, r.Mean*(1-spread), r.Mean*(1+spread)
		}
		list = append(list, r)
	}
	return object{"tag": tag, "unit": t.Unit, "rollups": list}, nil
}

func (f *fakeStore) Closures(_ context.Context, plant string, w measure.Interval) (any, error) {
	var list []object
	for at := w.From.Truncate(time.Hour); at.Before(w.To) && !f.empty; at = at.Add(time.Hour) {
		list = append(list, f.closure(f.plant(plant), at))
	}
	return list, f.fault()
}

func (f *fakeStore) Batches(_ context.Context, limit int) (any, error) {
	var list []object
	now := f.clock()
	for i := 0; i < limit && !f.empty; i++ {
		p := f.plants[i%len(f.plants)].Plant
		to := now.Add(-time.Duration(i/3*5+2) * time.Second)
		first := 482_310 - 120*(i/3)
		list = append(list, object{
			"index": 18_244 - i, "agent": "gw-" + p, "epoch": "6f1c09ab44d27e10", "first": first, "last": first + 119, "scans": 120,
			"bytes": 4213 + 37*i, "from": to.Add(-5 * time.Second), "to": to, "received": to.Add(900 * time.Millisecond),
		})
	}
	return list, f.fault()
}

func (f *fakeStore) Statements(_ context.Context, plant string) (any, error) {
	list := []object{}
	add := func(p, lot string, figure float64, eligible bool, unmet ...string) {
		if f.empty || (plant != "" && plant != p) {
			return
		}
		to := f.clock().Truncate(24 * time.Hour)
		var net any // null where the lot is not eligible
		if eligible {
			net = figure
		}
		list = append(list, object{
			"index": 17_902, "plant": p, "lot": lot, "interval": object{"from": to.Add(-7 * 24 * time.Hour), "to": to},
			"net": net, "indicative": figure, "unit": "t", "eligible": eligible, "unmet": unmet,
			"text": fmt.Sprintf("nielu statement 3\nlot %s\nrevision 1\nmethod puro-2025\nC_stored 7.413 t\nE_production -1.102 t\nCORCs %.3f t\n", lot, figure),
		})
	}
	add("pyro1", "pyro1-2026-w45", 5.871, true)
	add("pyro1", "pyro1-2026-w44", 5.127, false, "H/Corg of three accredited samples: one is missing", "coverage of char/mass_flow is 81 %, at least 95 % is asked for")
	return list, f.fault()
}

func newFakeStore(clock func() time.Time) *fakeStore {
	t := func(tag, about, instrument, unit string, usual float64) tagJSON {
		return tagJSON{Tag: tag, About: about, Instrument: instrument, Unit: unit, usual: usual, quality: measure.GoodQuality, Stale: "30 s", Counter: strings.HasSuffix(tag, "_total")}
	}
	worse := func(t tagJSON, q measure.Quality, old time.Duration) tagJSON {
		t.quality, t.old = q, old
		return t
	}
	power := func(tag string) map[string]any { return map[string]any{"tag": tag} }
	constant := map[string]any{"value": "8 kW", "source": "design envelope loss"}
	return &fakeStore{clock: clock, plants: []plantJSON{
		{
			Plant: "pyro1", Name: "Slow pyrolysis pilot", Site: "demo-park", Process: "slow-pyrolysis", Product: "char",
			Nodes: map[string]string{"kiln": "Rotary kiln, externally heated"},
			Streams: []streamJSON{
				{"feed", "wet wood chips", "environment", "kiln", "solid"},
				{"purge", "nitrogen purge", "environment", "kiln", "gas"},
				{"char", "biochar", "kiln", "environment", "solid"},
				{"gas", "pyrolysis gas", "kiln", "environment", "gas"},
				{"liquid", "condensate", "kiln", "environment", "liquid"},
			},
			Energy: []energyJSON{
				{"electricity", "drives and heating", "environment", "kiln", power("pyro1/power/active_power")},
				{"useful_heat", "to the district heating", "kiln", "environment", power("pyro1/heat/thermal_power")},
				{"heat_loss", "through the envelope", "kiln", "environment", constant},
			},
			flows: map[string]float64{"feed": 98.4, "purge": 2.1, "char": 21.6, "gas": 34.8, "liquid": 43.2},
			Tags: []tagJSON{
				t("pyro1/feed/mass_flow", "feed belt scale", "WT-101", "kg/h", 98.4),
				t("pyro1/feed/mass_total", "feed belt scale, counter", "WT-101", "kg", 184_220),
				t("pyro1/feed/moisture", "near-infrared moisture", "MT-102", "%", 43.7),
				t("pyro1/kiln/temperature_1", "drying zone", "TT-201", "Cel", 318),
				worse(t("pyro1/kiln/temperature_2", "pyrolysis zone", "TT-202", "Cel", 548), measure.UncertainBecause(measure.Spike), 0),
				t("pyro1/kiln/temperature_3", "outlet", "TT-203", "Cel", 562),
				t("pyro1/kiln/residence_time", "from the kiln's speed", "SC-204", "min", 21.4),
				t("pyro1/char/mass_flow", "char screw scale", "WT-301", "kg/h", 21.6),
				t("pyro1/char/mass_total", "char screw scale, counter", "WT-301", "kg", 40_431),
				t("pyro1/char/moisture", "after quench", "MT-302", "%", 4.2),
				t("pyro1/char/hopper_weight", "char hopper on load cells", "WT-303", "kg", 212),
				t("pyro1/gas/volume_flow", "gas to the burner", "FT-401", "m3{N}/h", 28.8),
				t("pyro1/gas/co", "infrared analyser", "QT-402", "%", 24.1),
				t("pyro1/gas/h2", "thermal conductivity", "QT-403", "%", 8.7),
				worse(t("pyro1/gas/ch4", "multi-gas probe", "QT-404", "%", 12.9), measure.BadBecause(measure.NoReply), 0),
				worse(t("pyro1/gas/co2", "multi-gas probe", "QT-404", "%", 39), measure.BadBecause(measure.NoReply), 0),
				t("pyro1/liquid/mass_flow", "condensate", "FT-501", "kg/h", 43.2),
				t("pyro1/purge/volume_flow", "nitrogen purge", "FC-601", "L{N}/min", 28),
				t("pyro1/heat/thermal_power", "useful heat", "JT-701", "kW", 64.4),
				t("pyro1/power/active_power", "whole pilot", "JQ-901", "kW", 11.3),
				t("pyro1/power/energy", "whole pilot", "JQ-901", "kW.h", 18_842.6),
				worse(t("pyro1/hall/temperature", "hall sensor", "TT-911", "Cel", 18.4), measure.GoodQuality, 12*time.Minute),
				worse(t("pyro1/hall/humidity", "hall sensor", "TT-911", "%", 41), measure.GoodQuality, 12*time.Minute),
			},
		},
		{
			Plant: "htl1", Name: "Hydrothermal liquefaction pilot", Site: "demo-park", Process: "htl", Product: "solids",
			Nodes: map[string]string{"reactor": "Continuous tube reactor with separator"},
			Streams: []streamJSON{
				{"feed", "sludge slurry", "environment", "reactor", "liquid"},
				{"biocrude", "oil phase", "reactor", "environment", "liquid"},
				{"aqueous", "water phase", "reactor", "environment", "liquid"},
				{"solids", "hydrochar", "reactor", "environment", "solid"},
				{"gas", "off-gas", "reactor", "environment", "gas"},
			},
			Energy: []energyJSON{
				{"electricity", "pumps and heaters", "environment", "reactor", power("htl1/power/active_power")},
				{"thermal", "heat recovered", "reactor", "environment", power("htl1/heat/thermal_power")},
			},
			flows: map[string]float64{"feed": 60.2, "biocrude": 3.9, "aqueous": 53.1, "solids": 1.3, "gas": 2.4},
			Tags: []tagJSON{
				t("htl1/feed/mass_flow", "Coriolis meter", "FT-101", "kg/h", 60.2),
				t("htl1/feed/mass_total", "Coriolis meter, counter", "FT-101", "kg", 91_002),
				t("htl1/feed/dry_solids", "microwave analyser", "QT-102", "%", 20.1),
				t("htl1/reactor/temperature", "tube outlet", "TT-201", "Cel", 322),
				t("htl1/reactor/pressure", "tube outlet", "PT-202", "bar{g}", 184),
				t("htl1/biocrude/mass_flow", "oil phase", "FT-301", "kg/h", 3.9),
				t("htl1/biocrude/tank_weight", "tank on load cells", "WT-302", "kg", 388),
				worse(t("htl1/aqueous/mass_flow", "water phase", "FT-401", "kg/h", 53.1), measure.UncertainBecause(measure.RateTooHigh), 0),
				t("htl1/aqueous/carbon", "online TOC", "QT-402", "%", 1.9),
				worse(t("htl1/solids/mass_flow", "filter cake", "WT-501", "kg/h", 1.3), measure.UncertainBecause(measure.Calibration), 0),
				t("htl1/gas/volume_flow", "off-gas", "FT-601", "m3{N}/h", 1.31),
				t("htl1/gas/co2", "multi-gas probe", "QT-602", "%", 91.2),
				t("htl1/gas/ch4", "multi-gas probe", "QT-602", "%", 1.1),
				t("htl1/heat/thermal_power", "heat recovered", "JT-701", "kW", 12.2),
				t("htl1/power/active_power", "whole pilot", "JQ-901", "kW", 21.7),
				t("htl1/power/energy", "whole pilot", "JQ-901", "kW.h", 30_118),
				t("htl1/tank/temperature", "feed tank", "TT-103", "Cel", 41.5),
			},
		},
		{
			Plant: "lf1", Name: "Landfill-biochar pilot", Site: "demo-park", Process: "landfill-biochar", Product: "biochar",
			Nodes: map[string]string{
				"cover":  "Closed cell with biochar in its cover",
				"header": "Well field header",
				"engine": "Gas engine",
				"flare":  "Enclosed flare",
			},
			Streams: []streamJSON{
				{"biochar", "placed in the cover", "environment", "cover", "solid"},
				{"raw_gas", "from the wells", "cover", "header", "gas"},
				{"cover_emission", "through the cover", "cover", "environment", "gas"},
				{"engine_gas", "", "header", "engine", "gas"},
				{"flare_gas", "", "header", "flare", "gas"},
				{"engine_exhaust", "", "engine", "environment", "gas"},
				{"flare_exhaust", "", "flare", "environment", "gas"},
			},
			Energy: []energyJSON{{"power_made", "to the grid", "engine", "environment", power("lf1/engine/active_power")}},
			flows:  map[string]float64{"biochar": 41, "raw_gas": 152, "cover_emission": math.NaN(), "engine_gas": 96, "flare_gas": 55, "engine_exhaust": math.NaN(), "flare_exhaust": math.NaN()},
			Tags: []tagJSON{
				t("lf1/header/volume_flow", "header", "FT-101", "m3{N}/h", 122),
				t("lf1/header/ch4", "multi-gas probe", "QT-102", "%", 47.3),
				t("lf1/header/co2", "multi-gas probe", "QT-102", "%", 35.8),
				t("lf1/header/o2", "paramagnetic", "QT-103", "%", 1.2),
				t("lf1/header/n2", "rest, PLC", "QT-104", "%", 15.7),
				t("lf1/header/pressure", "suction", "PT-105", "mbar{g}", -18.3),
				t("lf1/flare/volume_flow", "to the flare", "FT-201", "m3{N}/h", 44),
				t("lf1/flare/temperature", "flame", "TT-202", "Cel", 1021),
				t("lf1/engine/volume_flow", "to the engine", "FT-301", "m3{N}/h", 78),
				t("lf1/engine/active_power", "generator", "JQ-302", "kW", 131),
				t("lf1/engine/energy", "generator", "JQ-302", "kW.h", 412_884),
				t("lf1/cover/soil_temperature", "20 cm deep", "TT-910", "Cel", 7.2),
				t("lf1/cover/moisture", "20 cm deep", "MT-911", "%", 31.8),
				worse(t("lf1/cover/ch4_flux", "flux chamber", "QT-930", "g/(m2.d)", 1.8), measure.BadBecause(measure.Service), 0),
				worse(t("lf1/cover/co2_flux", "flux chamber", "QT-930", "g/(m2.d)", 24), measure.BadBecause(measure.Service), 0),
				t("lf1/biochar/placed_total", "weighbridge", "WT-401", "kg", 68_250),
				t("lf1/power/energy", "own use", "JQ-901", "kW.h", 5_120),
			},
		},
	}}
}
