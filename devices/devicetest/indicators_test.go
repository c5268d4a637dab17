package devicetest_test

import (
	"math"
	"testing"
	"time"

	"github.com/nielu/nielu/devices/devicetest"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/closure"
	"github.com/nielu/nielu/pipeline/process"
	"github.com/nielu/nielu/suite"
)

// From registers to the report of a day: with instruments that do not err the
// yields, recoveries and destroyed methane are the true ones. Analyses are
// those of the week, so what differs from day to day is asked for as a whole.
func TestIndicatorsTellTheTruth(t *testing.T) {
	suite.Slow(t)
	w := measure.Interval{From: steady.Truncate(24 * time.Hour), To: steady.Truncate(24 * time.Hour).Add(24 * time.Hour)}
	for _, plant := range devicetest.Plants() {
		s := devicetest.New(plant, 4, commissioned)
		s.Noise = 0
		result := compute(t, s, measure.Interval{From: w.From.Add(-time.Hour), To: w.To}, time.Minute)
		p, lab := plantFile(t, plant), labFile(t, s, w.From)
		got := map[string]float64{}
		for _, i := range process.Indicators(p, closure.RawBalance(p, w, result.Rollups, lab), result.Rollups, lab) {
			if v := i.In(i.Claim.Ledger); v != nil {
				got[i.Name] = *v
			}
			if i.Flag != "" {
				t.Logf("%s: %s: %s", plant, i.Name, i.Flag)
			}
		}
		for name, want := range truthOf(s, w) {
			v, ok := got[name]
			if !ok || math.Abs(v-want) > 0.005*math.Abs(want) {
				t.Errorf("%s: %s is %v, in truth %v", plant, name, v, want)
			}
			t.Logf("%s: %s %.4f, in truth %.4f", plant, name, v, want)
		}
	}
}

// truthOf adds up what truly happened.
func truthOf(s *devicetest.Sim, w measure.Interval) map[string]float64 {
	const step = 30 * time.Second
	sum := map[string]devicetest.Amounts{}
	ch4 := map[string]float64{}
	for at := w.From.Add(step / 2); at.Before(w.To); at = at.Add(step) {
		for _, f := range s.At(at).Streams {
			sum[f.Name] = add(sum[f.Name], f.Rate, step.Hours())
			ch4[f.Name] += f.Volume * f.Gas["CH4"] * step.Hours() / 22.41397 * 16.043
		}
	}
	stock := func(name string) devicetest.Amounts {
		return add(s.At(w.To).Stock(name).Held, s.At(w.From).Stock(name).Held, -1)
	}
	dry := func(a devicetest.Amounts) float64 { return a.Mass - a.Water }
	feed := sum["feed"]
	switch s.Plant() {
	case "pyro1":
		char := add(sum["char"], stock("char_hopper"), 1)
		gas := sum["gas"].Mass - sum["purge"].Mass
		return map[string]float64{
			"Y_char_ar": 100 * char.Mass / feed.Mass, "Y_char_dry": 100 * dry(char) / dry(feed), "Y_char_ash": 100 * dry(char) / dry(feed),
			"Y_char_daf": 100 * (dry(char) - char.Ash) / (dry(feed) - feed.Ash), "Y_liquid_ar": 100 * sum["liquid"].Mass / feed.Mass,
			"Y_liquid_reaction": 100 * (sum["liquid"].Mass - feed.Water + char.Water) / dry(feed), "Y_gas_dry": 100 * gas / dry(feed),
			"C_char": 100 * char.Carbon / feed.Carbon, "C_gas": 100 * sum["gas"].Carbon / feed.Carbon, "C_sum": 100, "K_m": 100, "K_E": 100, "R_ash": 100, "Y_sum_dry": 100, "regime_A": 100,
		}
	case "htl1":
		oil := add(sum["biocrude"], stock("biocrude_tank"), 1)
		return map[string]float64{
			"Y_biocrude_daf": 100 * dry(oil) / (dry(feed) - feed.Ash), "Y_biocrude_dry": 100 * dry(oil) / dry(feed), "Y_solids_dry": 100 * sum["solids"].Mass / dry(feed),
			"Y_gas_dry": 100 * sum["gas"].Mass / dry(feed), "R_C_biocrude": 100 * oil.Carbon / feed.Carbon, "R_C_aqueous": 100 * sum["aqueous"].Carbon / feed.Carbon,
			"R_N_biocrude": 100 * oil.Nitrogen / feed.Nitrogen, "R_P_solids": 100 * sum["solids"].Phosphorus / feed.Phosphorus, "ER": 100 * oil.Energy / feed.Energy,
			"K_m": 100, "K_C": 100, "K_N": 100, "K_P": 100, "m_C_solids": sum["solids"].Carbon,
		}
	}
	destroyed := .9*ch4["flare_gas"] + .99*ch4["engine_gas"]
	return map[string]float64{
		"F_sent_flare": ch4["flare_gas"], "F_sent_engine": ch4["engine_gas"], "F_captured": ch4["landfill_gas"], "F_destroyed": destroyed, "ER_avoided": .9 * 28 * destroyed / 1000,
		"e_ratio": 100 * (1 - sum["cover_ch4"].Mass/sum["cover_raw_ch4"].Mass), "m_biochar_dry": dry(sum["biochar"]), "m_biochar_C": sum["biochar"].Carbon,
	}
}

func add(a, b devicetest.Amounts, x float64) devicetest.Amounts {
	return devicetest.Amounts{
		Mass: a.Mass + x*b.Mass, Water: a.Water + x*b.Water, Carbon: a.Carbon + x*b.Carbon, Ash: a.Ash + x*b.Ash, Energy: a.Energy + x*b.Energy,
		Nitrogen: a.Nitrogen + x*b.Nitrogen, Phosphorus: a.Phosphorus + x*b.Phosphorus,
	}
}
