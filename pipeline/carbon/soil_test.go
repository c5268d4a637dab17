package carbon

import "testing"

// A soil between two degrees counts as the warmer one, unless a reading is named.
func TestSoilBetweenTwoDegrees(t *testing.T) {
	r := full(t)
	soil, hc := 14.4, .35
	r.Certify, r.Analysis.Hydrogen, r.Analysis.HCorg, r.Sink.SoilTemperature = false, nil, &hc, &soil
	puro := method(t, "puro-2025")
	for reading, want := range map[string]float64{"": 91.87 - .35*28.16, "puro-soil-up": 91.87 - .35*28.16, "puro-soil-nearest": 92.38 - .35*26.33, "puro-soil-between": (92.38 - .4*.51) - .35*(26.33+.4*1.83)} {
		r.Variants = nil
		if reading != "" {
			r.Variants = []string{reading}
		}
		expect(t, account(t, puro, r), "PF", want, 1e-9)
	}
	r.Variants, r.Certify = []string{"puro-soil-between"}, true
	if a := account(t, puro, r); a.Eligible {
		t.Error("a reading that is not the cautious one is certified")
	}
	soil, r.Certify = 40, false
	expect(t, account(t, puro, r), "PF", 86.19-.35*48.25, 1e-9)
}

// A laboratory's carbon counts, whichever way it is stated; none never helps.
// VM0044 with low technology: 100 t of wood char of H/C 0.4.
func TestStatedCarbonCounts(t *testing.T) {
	low := func(change func(r *Request)) Request {
		r := Request{Char: Char{DryMass: 100e9, Produced: 100e9}, Production: Production{Technology: "low", Carbonisation: "pyrolysis"}, Feed: Feed{Kind: "wood"}, Analysis: Analysis{HCorg: share(.4)}, Uncertainty: Uncertainty{DryMass: share(.01)}}
		r.Production.Temperature, r.Sink.SoilTemperature, r.Sink.EndUse = share(620), share(10), "agricultural-soil"
		change(&r)
		return r
	}
	for _, id := range []string{"vm0044-1.2", "woolf-2021", "ipcc-2019"} {
		m := method(t, id)
		both := account(t, m, low(func(r *Request) { r.Analysis.CarbonTotal, r.Analysis.CarbonInorganic = share(.5), share(0) }))
		organic := account(t, m, low(func(r *Request) { r.Analysis.OrganicCarbon = share(.5) }))
		total := account(t, m, low(func(r *Request) { r.Analysis.CarbonTotal, r.Analysis.OrganicCarbon = share(.52), share(.5) }))
		if *organic.Indicative != *both.Indicative || *total.Indicative != *both.Indicative || (organic.Net == nil) != (both.Net == nil) {
			t.Errorf("%s: organic alone %v, beside total %v, total and inorganic %v", id, organic.Indicative, total.Indicative, both.Indicative)
		}
		if none := account(t, m, low(func(*Request) {})); none.Eligible || none.Net != nil {
			t.Errorf("%s: no carbon at all, and %v counts", id, none.Net)
		}
	}
}

// What meters counted and no line states is deducted with the largest factor
// that is stated, or closes the gate, by every method that counts emissions.
func TestMeteredAgainstStated(t *testing.T) {
	of := map[string]string{"puro-2025": "E_production", "isometric-1.3": "Operations", "csi-3.3": "CO2", "vm0044-1.2": "PE_EC"}
	for _, id := range issuing() {
		m := method(t, id)
		r := full(t)
		whole := account(t, m, r)
		metered := 6720.0
		r.Measurements.Electricity, r.Measurements.ElectricityU = &metered, .01
		if a := account(t, m, r); a.Eligible {
			t.Errorf("%s: nothing says what 6720 kW.h emitted", id)
		}
		line := func(kwh string) Emission {
			e := request(t, "batch: { dry_mass: 1 t }\nemissions: [{ group: "+of[id]+", name: grid, of: electricity, amount: "+kwh+", factor: 60 g/(kW.h), source: a test }]\n").Emissions[0]
			return e
		}
		r.Emissions = append(append([]Emission{}, r.Emissions...), line("6720 kW.h"))
		all := account(t, m, r)
		r.Emissions[len(r.Emissions)-1] = line("1 kW.h")
		some := account(t, m, r)
		if all.Net == nil || some.Net == nil || some.Net.CO2e() != all.Net.CO2e() || all.Net.CO2e() >= whole.Net.CO2e() {
			t.Errorf("%s: all stated %v, one kilowatt hour stated %v; without electricity %v", id, all.Net, some.Net, whole.Net)
		}
		r.Emissions[len(r.Emissions)-1] = line("6600 kW.h") // within twice the meter's uncertainty
		if _, deducted := account(t, m, r).Line("electricity_metered"); deducted {
			t.Errorf("%s: a difference within the meter's uncertainty is deducted", id)
		}
	}
}
