package custody

import (
	"github.com/nielu/nielu/measure/strict"
	"github.com/nielu/nielu/pipeline/lots"
)

func readSample(r *Record, x strict.Node, f map[string]strict.Node) {
	s := &Sample{Lot: f["lot"].PlainName("lot"), Of: f["of"].PlainName("stream"), At: instant(f["at"]), By: f["by"].Text(), Unit: name(f["unit"], "unit", false),
		Point: f["point"].Text(), StandsFor: names(f["stands_for"], "lot")}
	if f["unit"].Present() && f["point"].Present() {
		f["point"].Fault("the sample was taken from unit %s: its point is there", s.Unit)
	}
	for _, lot := range s.StandsFor {
		if lot == s.Lot {
			f["stands_for"].Fault("the sample is of lot %s: name the others", lot)
		}
	}
	r.Sample = s
}

func readReport(r *Record, x strict.Node, f map[string]strict.Node) {
	about := f["laboratory"].Fields("name", "accreditation")
	f["laboratory"].Need(about, "name", "accreditation")
	p := &Report{Laboratory: about["name"].Text(), Accreditation: about["accreditation"].Text(), At: instant(f["at"]), Original: digest(f["original"]),
		Results: map[string]map[string]lots.LabValue{}, Reflectance: map[string]lots.Reflectance{}, places: map[string]Place{}}
	r.Report = p
	for _, e := range f["results"].Entries() {
		sample := name(e.Key, "sample", false)
		p.Results[sample], p.places[sample] = map[string]lots.LabValue{}, placeOf(e.Key)
		for _, v := range e.Value.Entries() {
			if v.Text == "reflectance" {
				p.Reflectance[sample] = readReflectance(v.Value.As("report " + r.ID + ": " + sample + ": reflectance"))
				continue
			}
			if !lots.Analyte(v.Text) {
				v.Key.Fault("%s: no laboratory value is called so%s", v.Text, lots.MeantAnalyte(v.Text))
				continue
			}
			if value, ok := lots.ReadLabValue(v.Text, v.Value.As("report "+r.ID+": "+sample+": "+v.Text)); ok {
				p.Results[sample][v.Text] = value
			}
		}
		agree(e.Key.As("report "+r.ID+": "+sample), p.Results[sample])
	}
	if len(p.Results) == 0 && f["results"].Present() {
		f["results"].Fault("holds no result")
	}
}

// agree holds the values of one sample against each other.
//
//	C_inorg ≤ C_tot        C + H + N + S + O + ash ≤ 105 %, where ash may hold the inorganic carbon a second time
func agree(x strict.Node, values map[string]lots.LabValue) {
	share := func(name string) float64 {
		v, err := values[name].Value.In(one)
		if err != nil {
			return 0
		}
		return v
	}
	total, twice := values["carbon_total"]
	if carbon, both := values["carbon"]; both && twice && carbon.Value != total.Value {
		x.Fault("carbon is %s and carbon_total %s: they are two names of one value; give one of them", carbon.Value, total.Value)
	}
	carbon := max(share("carbon"), share("carbon_total"))
	inorganic := share("carbon_inorganic")
	if carbon > 0 && inorganic > carbon {
		x.Fault("carbon_inorganic is above the total carbon")
	}
	sum := carbon - inorganic
	for _, name := range []string{"hydrogen", "nitrogen", "sulphur", "oxygen", "ash"} {
		sum += share(name)
	}
	if sum > 1.05 {
		x.Fault("carbon, hydrogen, nitrogen, sulphur, oxygen and ash add up to %.1f %% of dry mass", 100*sum)
	}
}

// readReflectance reads { mean, sd, readings, durable, gaussian, heterogeneity }.
func readReflectance(x strict.Node) lots.Reflectance {
	f := x.Fields("mean", "sd", "readings", "durable", "gaussian", "heterogeneity")
	x.Need(f, "mean", "readings")
	r := lots.Reflectance{SD: within(f["sd"], one, 0, 0.2), Readings: f["readings"].Whole(0, 1, 1e6), Durable: f["durable"].Share(),
		Gaussian: f["gaussian"].Flag(), Heterogeneity: within(f["heterogeneity"], one, 0, 1000)}
	if m := within(f["mean"], one, 0, 0.2); m != nil {
		r.Mean = *m
	}
	return r
}
