package carbon

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/measure"
)

func share(x float64) *float64 { return &x }

func tonnes(x float64) *measure.CO2e { m := measure.CO2e(x * 1e9); return &m }

// One change of a request that counts, and what each method then says. An
// empty answer means that it still counts.
func TestGatesOfPlantAndSite(t *testing.T) {
	methods := map[string]Method{}
	for _, id := range Methods() {
		methods[id] = method(t, id)
	}
	emit := func(r *Request, group string, t float64) {
		r.Emissions = append(append([]Emission{}, r.Emissions...), Emission{Group: group, Name: "more", Amount: measure.Quantity{Value: t * 1000, Unit: kilogram}})
	}
	for _, c := range []struct {
		name, id string
		change   func(r *Request)
		says     string
	}{
		{"energy used", "csi-3.3", func(r *Request) { r.Production.EnergyUse = share(.60) }, ""},
		{"energy lost", "csi-3.3", func(r *Request) { r.Production.EnergyUse = share(.599) }, "batch.energy_use"},
		{"a year", "csi-3.3", func(r *Request) { r.Batch.Made.To = r.Batch.Made.From.AddDate(0, 0, 365) }, ""},
		{"more than a year", "csi-3.3", func(r *Request) { r.Batch.Made.To = r.Batch.Made.From.AddDate(0, 0, 366) }, "more than 365 days"},
		{"fossil before 2030", "csi-3.3", func(r *Request) { emit(r, "CO2", .2) }, ""},
		{"fossil from 2030", "csi-3.3", func(r *Request) {
			emit(r, "CO2", .05) // 83 kg/t of biochar, but 105 of its carbon
			r.Batch.Made = measure.Interval{From: r.Batch.Made.From.AddDate(4, 0, 0), To: r.Batch.Made.To.AddDate(4, 0, 0)}
		}, "from 2030"},
		{"half of the mix", "csi-3.3", func(r *Request) { r.Sink.BiocharShare = share(.5) }, ""},
		{"more than half of the mix", "csi-3.3", func(r *Request) { r.Sink.BiocharShare = share(.51) }, "sink.biochar_share"},
		{"more than half of the mix", "isometric-1.3", func(r *Request) { r.Sink.BiocharShare = share(.51) }, "sink.biochar_share"},
		{"no proof of use", "csi-3.3", func(r *Request) { r.Sink.Proof = "" }, "use.proof"},
		{"no proof of feedstock", "vm0044-1.2", func(r *Request) { r.Feed.Proof = "" }, "use.biomass_proof"},
		{"a year to the field", "vm0044-1.2", func(r *Request) { r.Sink.PlacedAt = r.Batch.Made.From.AddDate(1, 0, 0) }, ""},
		{"more than a year to the field", "vm0044-1.2", func(r *Request) { r.Sink.PlacedAt = r.Batch.Made.From.AddDate(1, 0, 1) }, "sink.placed"},
		{"an old plant", "vm0044-1.2", func(r *Request) { r.Production.Facility = "retrofit" }, "batch.facility"},
		{"an old plant", "puro-2025", func(r *Request) { r.Production.Facility = "retrofit" }, ""},
		{"charcoal with a study", "puro-2025", func(r *Request) { r.Production.Facility = "repurpose"; emit(r, "C_baseline", 1) }, ""},
		{"a reading nobody knows", "puro-2025", func(r *Request) { r.Variants = []string{"iso1000"} }, "variants"},
		{"a reading of another method", "puro-2025", func(r *Request) { r.Variants = []string{"iso1000-eq6"} }, ""},
		{"a symbol nobody knows", "puro-2025", func(r *Request) { emit(r, "E_ues", 1) }, "E_ues is no group"},
		{"a method that is blocked", "crcf-art4", func(*Request) {}, "blocked label"},
	} {
		r := full(t)
		c.change(&r)
		a := account(t, methods[c.id], r)
		if a.Eligible != (c.says == "") || !strings.Contains(strings.Join(a.Unmet, "\n"), c.says) {
			t.Errorf("%s, %s: eligible %v, unmet %q", c.name, c.id, a.Eligible, a.Unmet)
		}
	}
	r := full(t)
	r.Certify = false
	for rate, says := range map[float64]string{5: "", 5.01: "sink.application_rate"} {
		r.Sink.ApplicationRate = &rate
		if a := account(t, methods["crcf-art4"], r); a.Eligible != (says == "") || !strings.Contains(strings.Join(a.Unmet, "\n"), says) {
			t.Errorf("%v kg/m2: %v %q", rate, a.Eligible, a.Unmet)
		}
	}
}

// Of a figure that is given and one that is computed the cautious one counts.
func TestCautiousOfTwo(t *testing.T) {
	crcf, vm := method(t, "crcf-art4"), method(t, "vm0044-1.2")
	computed, _ := account(t, crcf, full(t)).Line("CRtotal")
	for given, want := range map[float64]float64{-100: computed.Value, -1: -1} {
		r := full(t)
		r.CRCF.Total = tonnes(given)
		expect(t, account(t, crcf, r), "CRtotal", want, 1e-9)
	}
	for given, want := range map[float64]float64{.1: .27, 1: 1} {
		r := full(t)
		r.CRCF.Associated = tonnes(given)
		a := account(t, crcf, r)
		if got := -computed.Value - a.Indicative.Tonnes(); math.Abs(got-want) > 1e-8 {
			t.Errorf("%v t given: %v t were counted, want %v", given, got, want)
		}
	}
	// Low technology: the laboratory's carbon where it is less than Table 4,
	// methane as measured where it is more than the default.
	low := full(t)
	low.Production.Technology, low.Production.Carbonisation, low.Certify = "low", "pyrolysis", false
	expect(t, account(t, vm, low), "F_Cp", .77, 0)
	low.Analysis.CarbonTotal = share(.60)
	expect(t, account(t, vm, low), "F_Cp", .595, 1e-12)
	expect(t, account(t, vm, low), "PE_EP", 3*.049*28, 1e-9)
	low.Emissions = append(low.Emissions, Emission{Group: "PE_EP", Name: "measured", Amount: measure.Quantity{Value: 5000, Unit: kilogram}})
	a := account(t, vm, low)
	expect(t, a, "PE_PS", (.05+5+.05)*3/4, 1e-9)
}

// Where Method B opens, and how steady a target moisture is.
func TestIsometricEdges(t *testing.T) {
	m := method(t, "isometric-1.3")
	for drop, eligible := range map[int]bool{0: true, 1: false} {
		r := story(t, 10, nil)
		r.Process.Method = "B"
		r.Samples = r.Samples[drop:]
		if a := account(t, m, r); a.Eligible != eligible {
			t.Errorf("%d samples: %v %q", len(r.Samples), a.Eligible, a.Unmet)
		}
	}
	for spread, eligible := range map[float64]bool{.02: true, .16: false} {
		r := story(t, 2, grabs("K1-wood", "this", 14, .799, .80, .801))
		r.Process.MoisturePathway = "target"
		for i := range r.Samples {
			r.Samples[i].Moisture = share(.20 + spread*float64(1-2*(i%2)))
		}
		if a := account(t, m, r); a.Eligible != eligible {
			t.Errorf("moisture ± %v: %v %q", spread, a.Eligible, a.Unmet)
		}
	}
	// An outlier of an unsampled batch's pool is held by the other batches.
	r := story(t, 11, nil)
	r.Process.Method = "B"
	r.Samples[0].CarbonTotal = share(.99)
	a := account(t, m, r)
	pool := Pool(r.Process, r.Samples, r.Batch.Made.From, 6)
	x := values(pool, organicOf)
	mean, sd := MeanSD(values(without(pool, "b0"), organicOf))
	x[0] = mean + 3*sd
	for i := 1; i < len(x); i++ {
		if others := values(without(pool, pool[i].Batch), organicOf); len(others) >= 30 {
			mean, sd := MeanSD(others)
			x[i] = min(mean+3*sd, max(mean-3*sd, x[i]))
		}
	}
	want, _ := MeanLessSE(x)
	expect(t, a, "C_biochar", want, 1e-12)
	// A time before the batch: what is taken later is no history.
	r = story(t, 10, nil)
	r.Process.Method = "B"
	r.Samples[29].At = r.Batch.Made.From.Add(time.Hour)
	if a := account(t, m, r); a.Eligible {
		t.Errorf("a sample of later opens Method B: %q", a.Unmet)
	}
}
