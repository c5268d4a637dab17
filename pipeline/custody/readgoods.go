package custody

import (
	"strings"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/emissions"
)

func readDelivery(r *Record, x strict.Node, f map[string]strict.Node) {
	r.Delivery = &Delivery{At: instant(f["at"]), Wet: wetMass(f["wet_mass"], 100e6), Moisture: water(f["moisture"]), Feedstock: f["feedstock"].Text(),
		Category: f["category"].Text(), Origin: f["origin"].Text(), Distance: within(f["distance"], kilometre, 0, longestWay), Document: f["document"].Text(),
		Impurity: f["impurity"].Share(), Fossil: f["fossil_carbon"].Share()}
}

// longestWay is half way around the Earth and back, in km.
const longestWay = 41000

// water reads a share of water in what has some dry mass.
func water(x strict.Node) *float64 {
	share := x.Share()
	if share != nil && *share > 0.98 {
		x.Fault("%s of water leaves nothing that is dry", x.Text())
		return nil
	}
	return share
}

func readUnit(r *Record, x strict.Node, f map[string]strict.Node) {
	u := &Unit{Lot: f["lot"].PlainName("lot"), At: instant(f["at"]), Wet: wetMass(f["wet_mass"], 50e3), Moisture: water(f["moisture"]), Scale: f["scale"].Text(),
		Volume: within(f["volume"], cubicMetre, 0, 200), Subsamples: f["subsamples"].Whole(0, 0, 10000), Dried: f["dried"].Duration()}
	r.Unit = u
	u.MassU, u.MoistureU = within(f["mass_uncertainty"], kilogram, 0, u.Wet.Kilograms()), within(f["moisture_uncertainty"], one, 0, 1)
	switch moisture, dry := f["moisture"].Present(), f["dry_mass"].Present(); {
	case moisture == dry:
		x.Fault("needs moisture or dry_mass, one of the two")
	case dry:
		kg, _ := f["dry_mass"].In(kilogram)
		m, err := measure.DryMassOf(kg)
		f["dry_mass"].Take(err)
		if u.Dry = m; m <= 0 || float64(m) > float64(u.Wet) {
			f["dry_mass"].Fault("must be more than 0 and no more than the wet mass")
		}
	case u.Moisture != nil:
		m, err := measure.DryMassOf(float64(u.Wet.Kilograms() * (1 - *u.Moisture)))
		f["moisture"].Take(err)
		u.Dry = m
	}
}

func readTransport(r *Record, x strict.Node, f map[string]strict.Node) {
	t := &Transport{At: instant(f["at"]), Lot: f["lot"].PlainName("lot"), Group: f["group"].Choice(carbon.Symbols()...), Units: names(f["units"], "unit"), Deliveries: names(f["deliveries"], "delivery"),
		Source: f["source"].Text(), Reason: f["reason"].Text(), Empty: emissions.EmptyReturn, Share: 1}
	r.Transport = t
	given := 0
	for _, key := range []string{"units", "deliveries", "mass"} {
		if f[key].Present() {
			given++
		}
	}
	if given != 1 {
		x.Fault("needs units, deliveries or a mass, one of the three: what was moved")
	}
	if !f["units"].Present() && !f["lot"].Present() {
		x.Fault("needs the lot that it is counted to")
	}
	if f["mass"].Present() {
		m := wetMass(f["mass"], 100e6)
		t.Mass = &m
	}
	if f["share"].Present() {
		share := f["share"].Share()
		if share != nil {
			t.Share = *share
		}
		if !f["deliveries"].Present() || share != nil && *share == 0 {
			f["share"].Fault("is the part of the deliveries that is counted to the lot, more than 0 %%")
		}
	}
	if km := within(f["distance"], kilometre, 0, longestWay); km != nil {
		t.Distance = *km
		if *km < shortestWay {
			reason(f, "distance", "say with reason: why there was next to no way")
		}
	}
	if q, ok := f["factor"].Quantity(); ok {
		t.Factor = q
		if _, err := (carbon.Emission{Name: r.ID, Amount: measure.Quantity{Value: 1, Unit: tonneKilometre}, Factor: &q}).CO2e(); err != nil {
			f["factor"].Fault("%s is no emission of a tonne and kilometre: write it as in 58.5 g/(t.km)", q)
		} else if g, err := q.In(gramTonneKm); err == nil && g < 0 {
			f["factor"].Fault("%s is below 0", q)
		} else if err == nil && g < leastFactor {
			reason(f, "factor", "say with reason: why the way emits next to nothing")
		}
	}
	if f["empty_return"].Present() {
		if k, ok := f["empty_return"].In(one); ok {
			switch t.Empty = k; {
			case k < 1:
				f["empty_return"].Fault("%s is below 1: an empty way back adds", f["empty_return"].Text())
			case k > 3:
				f["empty_return"].Fault("%s is above 3: it multiplies the way there", f["empty_return"].Text())
			}
		}
	}
}

// Below these an emission is next to nothing, and asks for a reason: 0.1 km of
// way; 1 g of CO2e for a tonne and kilometre or for a kilowatt hour.
const shortestWay, leastFactor = 0.1, 1

// reason asks for the reason of a value.
func reason(f map[string]strict.Node, key, ask string) {
	if strings.TrimSpace(f["reason"].Text()) == "" {
		f[key].Fault("%s: %s", f[key].Text(), ask)
	}
}

func readActivity(r *Record, x strict.Node, f map[string]strict.Node) {
	r.Activity = &Activity{Lot: f["lot"].PlainName("lot"), Item: f["item"].PlainName("item"), Reason: f["reason"].Text(), Emission: carbon.Emission{Group: f["group"].Choice(carbon.Symbols()...), Name: f["about"].Text(), Source: f["source"].Text(), Of: f["of"].Choice(carbon.OfElectricity, carbon.OfProcessGas, carbon.OfFeed)}}
	e := &r.Activity.Emission
	e.Item = r.Activity.Item
	if e.Name == "" {
		e.Name = r.ID
	}
	q, ok := f["amount"].Quantity()
	if !ok {
		return
	}
	e.Amount = q
	if q, ok := f["factor"].Quantity(); ok {
		e.Factor = &q
	} else if f["factor"].Present() {
		return
	}
	const ask = "say with reason: why it emits next to nothing"
	switch m, err := e.CO2e(); {
	case err != nil:
		x.Fault("%v", err)
	case m < 0 || q.Value < 0:
		f["amount"].Fault("an emission below 0: what is avoided or substituted is entered in no account of removals")
	case m == 0 && q.Value == 0:
		reason(f, "amount", ask)
	case m == 0:
		reason(f, "factor", ask)
	case e.Factor != nil:
		if g, err := e.Factor.In(gramKilowattHour); err == nil && g < leastFactor {
			reason(f, "factor", ask)
		}
	}
}

func readSale(r *Record, x strict.Node, f map[string]strict.Node) {
	r.Sale = &Sale{At: instant(f["at"]), Units: names(f["units"], "unit"), To: f["to"].Text(), Document: f["document"].Text()}
}

func readUse(r *Record, x strict.Node, f map[string]strict.Node) {
	place := f["place"].Fields("name", "latitude", "longitude")
	u := &Use{At: instant(f["at"]), Units: names(f["units"], "unit"), EndUse: f["end_use"].Text(), Matrix: f["matrix"].Text(), Place: place["name"].Text(),
		Latitude: place["latitude"].Optional(degree), Longitude: place["longitude"].Optional(degree),
		SoilTemperature: within(f["soil_temperature"], celsius, -30, 60), Horizon: within(f["horizon"], year, 1, 1e5), Proof: proof(f["proof"]),
		TemperatureFrom: f["soil_temperature_from"].Choice("measured", "dataset", "air"), TemperatureSpread: within(f["soil_temperature_spread"], kelvin, 0, 60),
		Share: f["biochar_share"].Share(), Rate: within(f["application_rate"], kgPerSquareMetre, 0, 1000), BaselineN2O: within(f["baseline_n2o"], kilogram, 0, 1e6)}
	if f["received"].Present() {
		m := wetMass(f["received"], 100e6)
		u.Received = &m
	}
	if retail := f["retail"]; retail.Present() {
		r := retail.Fields("contract", "labelling", "discount")
		retail.Need(r, "contract", "labelling", "discount")
		u.Retail = &Retail{Contract: proof(r["contract"]), Labelling: proof(r["labelling"]), Discount: r["discount"].Share()}
	}
	if (u.Latitude == nil) != (u.Longitude == nil) {
		f["place"].Fault("needs both latitude and longitude, or none")
	}
	if u.Latitude != nil && u.Longitude != nil && !(*u.Latitude >= -90 && *u.Latitude <= 90 && *u.Longitude >= -180 && *u.Longitude <= 180) {
		f["place"].Fault("lies on no map: latitude is -90 to 90 deg, longitude -180 to 180 deg")
	}
	r.Use = u
}
