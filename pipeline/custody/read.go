package custody

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/carbon"
)

// mostRecords is how many records one submission may hold.
const mostRecords = 500

// Read reads a submission; file is its name, for errors. All faults come at
// once, each as "file:line:col: message".
func Read(file string, data []byte) (*Submission, error) {
	d, root := strict.Open(file, data)
	sum := sha256.Sum256(data)
	f := root.Fields("author", "plant", "records")
	root.Need(f, "author", "plant", "records")
	s := &Submission{Author: strings.TrimSpace(f["author"].Text()), Plant: f["plant"].PlainName("plant"), Digest: hex.EncodeToString(sum[:])}
	if f["author"].Present() && s.Author == "" {
		f["author"].Fault("name who says this")
	}
	items := f["records"].List()
	if len(items) == 0 && f["records"].Present() {
		f["records"].Fault("holds no record")
	}
	if len(items) > mostRecords {
		f["records"].Fault("holds %d records; at most %d fit in one submission: split it", len(items), mostRecords)
		items = items[:mostRecords]
	}
	for _, item := range items {
		if r, ok := readRecord(item); ok {
			s.Records = append(s.Records, r)
		}
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	return s, nil
}

// form is how one kind of record is read: the keys it may have and must have.
type form struct {
	kind  Kind
	keys  string
	needs string
	read  func(r *Record, x strict.Node, f map[string]strict.Node)
}

const conditionKeys = "process feedstock biomass_proof technology production_temperature regime regime_proof technology_proof facility"

// forms in the order in which a record's kind is looked for: a sample names a
// lot and a unit, so what names others comes first.
func forms() []form {
	return []form{
		{KindWithdraw, "kind reason", "kind reason", readWithdraw},
		{KindClose, "to", "to", func(r *Record, x strict.Node, f map[string]strict.Node) { r.Close = &Close{f["to"].Instant()} }},
		{KindRule, "every from until lot " + conditionKeys, "every from lot", readRule},
		{KindDelivery, "at wet_mass moisture feedstock category origin distance document", "at wet_mass feedstock", readDelivery},
		{KindReport, "laboratory at original results", "laboratory at results", readReport},
		{KindSample, "lot of at by unit", "lot of at", readSample},
		{KindTransport, "at lot group units deliveries mass distance factor empty_return source", "at group distance factor", readTransport},
		{KindActivity, "lot group about amount factor source", "lot group amount", readActivity},
		{KindSale, "at units to document", "at units to", readSale},
		{KindUse, "at units end_use matrix place soil_temperature soil_temperature_from horizon biochar_share application_rate proof", "at units end_use", readUse},
		{KindLost, "at units about", "at units about", readLost},
		{KindCalibration, "instrument at due certificate about", "instrument at due", readCalibration},
		{KindDowntime, "from to kind about", "from to kind", readDowntime},
		{KindUnit, "lot at wet_mass moisture dry_mass scale", "lot at wet_mass", readUnit},
		{KindLot, "from to " + conditionKeys, "from", readLot},
	}
}

// kinds lists the kinds of records, sorted.
func kinds() (all []string) {
	for _, form := range forms() {
		all = append(all, string(form.kind))
	}
	slices.Sort(all)
	return all
}

func readRecord(x strict.Node) (Record, bool) {
	if !x.IsMapping() {
		x.Fault("needs a record: its kind and name, and what it says, as in { delivery: D-1, at: 2026-11-01T08:00:00Z, ... }")
		return Record{}, false
	}
	for _, form := range forms() {
		id := x.Peek(string(form.kind))
		if id == "" {
			continue
		}
		x = x.As(string(form.kind) + " " + id)
		f := x.Fields(append(strings.Fields(form.keys), string(form.kind), "corrects")...)
		x.Need(f, strings.Fields(form.needs)...)
		r := Record{Kind: form.kind, ID: id, Corrects: f["corrects"].Text(), Line: x.Line()}
		name(f[string(form.kind)], "name", form.kind == KindLot || form.kind == KindClose)
		if f["corrects"].Present() && strings.TrimSpace(r.Corrects) == "" {
			f["corrects"].Fault("say why the record is corrected")
		}
		form.read(&r, x, f)
		return r, true
	}
	x.Fault("names no kind of record; known are %s", strings.Join(kinds(), ", "))
	return Record{}, false
}

// name reads a record's name: letters, digits, '.', '_', '/' and '-'. A lot's
// is also the name of a statement and so a plain one.
func name(x strict.Node, what string, lot bool) string {
	if lot {
		return x.PlainName("lot")
	}
	s := x.Text()
	bad := func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("._/-", c))
	}
	if x.Present() && (s == "" || len(s) > 80 || strings.ContainsFunc(s, bad)) {
		x.Fault("%s %q: must be 1 to 80 letters, digits, '.', '_', '/' or '-'", what, s)
	}
	return s
}

func names(x strict.Node, what string) (all []string) {
	for _, item := range x.List() {
		n := name(item, what, false)
		if slices.Contains(all, n) {
			item.Fault("%s %s is named twice", what, n)
		}
		all = append(all, n)
	}
	return all
}

func readConditions(f map[string]strict.Node) Conditions {
	return Conditions{
		Process: f["process"].Text(), Feedstock: f["feedstock"].Text(), BiomassProof: f["biomass_proof"].Text(),
		Technology: f["technology"].Choice("high", "low"), ProductionTemperature: f["production_temperature"].Optional(celsius),
		Regime: f["regime"].Choice("A", "B"), RegimeProof: f["regime_proof"].Text(),
		TechnologyProof: f["technology_proof"].Text(), Facility: f["facility"].Choice("new", "retrofit", "repurpose"),
	}
}

func readLot(r *Record, x strict.Node, f map[string]strict.Node) {
	r.Lot = &Lot{From: f["from"].Instant(), To: f["to"].Instant(), Conditions: readConditions(f)}
	if f["to"].Present() && !r.Lot.From.Before(r.Lot.To) {
		f["to"].Fault("the lot ends before it starts")
	}
}

func readRule(r *Record, x strict.Node, f map[string]strict.Node) {
	r.Rule = &Rule{Every: f["every"].Choice("day", "week", "month"), From: f["from"].Instant(), Until: f["until"].Instant(),
		Lot: f["lot"].PlainName("lot"), Conditions: readConditions(f)}
	if f["until"].Present() && !r.Rule.From.Before(r.Rule.Until) {
		f["until"].Fault("the rule ends before it starts")
	}
}

func readWithdraw(r *Record, x strict.Node, f map[string]strict.Node) {
	r.Withdraw = &Withdraw{Kind: Kind(f["kind"].Choice(kinds()...)), Reason: f["reason"].Text()}
	if f["reason"].Present() && strings.TrimSpace(r.Withdraw.Reason) == "" {
		f["reason"].Fault("say why the record is withdrawn")
	}
	if r.Withdraw.Kind == KindWithdraw {
		f["kind"].Fault("a withdrawal stands; enter the record again")
	}
}

func readDelivery(r *Record, x strict.Node, f map[string]strict.Node) {
	r.Delivery = &Delivery{At: f["at"].Instant(), Wet: wetMass(f["wet_mass"]), Moisture: f["moisture"].Share(), Feedstock: f["feedstock"].Text(),
		Category: f["category"].Text(), Origin: f["origin"].Text(), Distance: f["distance"].Optional(kilometre), Document: f["document"].Text()}
}

func readUnit(r *Record, x strict.Node, f map[string]strict.Node) {
	u := &Unit{Lot: f["lot"].PlainName("lot"), At: f["at"].Instant(), Wet: wetMass(f["wet_mass"]), Moisture: f["moisture"].Share(), Scale: f["scale"].Text()}
	r.Unit = u
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

func readSample(r *Record, x strict.Node, f map[string]strict.Node) {
	r.Sample = &Sample{Lot: f["lot"].PlainName("lot"), Of: f["of"].PlainName("stream"), At: f["at"].Instant(), By: f["by"].Text(), Unit: name(f["unit"], "unit", false)}
}

func readReport(r *Record, x strict.Node, f map[string]strict.Node) {
	about := f["laboratory"].Fields("name", "accreditation")
	f["laboratory"].Need(about, "name", "accreditation")
	p := &Report{Laboratory: about["name"].Text(), Accreditation: about["accreditation"].Text(), At: f["at"].Instant(), Original: digest(f["original"]),
		Results: map[string]map[string]pipeline.LabValue{}}
	r.Report = p
	for _, e := range f["results"].Entries() {
		sample := name(e.Key, "sample", false)
		p.Results[sample] = map[string]pipeline.LabValue{}
		for _, v := range e.Value.Entries() {
			of := v.Key.PlainName("laboratory value")
			if value, ok := pipeline.ReadLabValue(v.Value); ok {
				p.Results[sample][of] = value
			}
		}
	}
	if len(p.Results) == 0 && f["results"].Present() {
		f["results"].Fault("holds no result")
	}
}

func readTransport(r *Record, x strict.Node, f map[string]strict.Node) {
	t := &Transport{At: f["at"].Instant(), Lot: f["lot"].PlainName("lot"), Group: f["group"].Text(), Units: names(f["units"], "unit"), Deliveries: names(f["deliveries"], "delivery"),
		Source: f["source"].Text(), Empty: 1}
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
		m := wetMass(f["mass"])
		t.Mass = &m
	}
	if km, ok := f["distance"].In(kilometre); ok {
		if t.Distance = km; km < 0 {
			f["distance"].Fault("%s is below 0", f["distance"].Text())
		}
	}
	if q, ok := f["factor"].Quantity(); ok {
		t.Factor = q
		if _, err := (carbon.Emission{Name: r.ID, Amount: measure.Quantity{Value: 1, Unit: tonneKilometre}, Factor: &q}).CO2e(); err != nil {
			f["factor"].Fault("%s is no emission of a tonne and kilometre: write it as in 58.5 g/(t.km)", q)
		}
	}
	if f["empty_return"].Present() {
		if k, ok := f["empty_return"].In(one); ok {
			if t.Empty = k; k < 1 {
				f["empty_return"].Fault("%s is below 1: an empty way back adds", f["empty_return"].Text())
			}
		}
	}
}

func readActivity(r *Record, x strict.Node, f map[string]strict.Node) {
	r.Activity = &Activity{Lot: f["lot"].PlainName("lot"), Emission: carbon.Emission{Group: f["group"].Text(), Name: f["about"].Text(), Source: f["source"].Text()}}
	e := &r.Activity.Emission
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
	if m, err := e.CO2e(); err != nil {
		x.Fault("%v", err)
	} else if m < 0 {
		f["amount"].Fault("an emission below 0: what is avoided or substituted is entered in no account of removals")
	}
}

func readSale(r *Record, x strict.Node, f map[string]strict.Node) {
	r.Sale = &Sale{f["at"].Instant(), names(f["units"], "unit"), f["to"].Text(), f["document"].Text()}
}

func readUse(r *Record, x strict.Node, f map[string]strict.Node) {
	place := f["place"].Fields("name", "latitude", "longitude")
	u := &Use{At: f["at"].Instant(), Units: names(f["units"], "unit"), EndUse: f["end_use"].Text(), Matrix: f["matrix"].Text(), Place: place["name"].Text(),
		Latitude: place["latitude"].Optional(degree), Longitude: place["longitude"].Optional(degree),
		SoilTemperature: f["soil_temperature"].Optional(celsius), Horizon: f["horizon"].Optional(year), Proof: proof(f["proof"]),
		TemperatureFrom: f["soil_temperature_from"].Choice("measured", "dataset", "air"), Share: f["biochar_share"].Share(), Rate: f["application_rate"].Optional(kgPerSquareMetre)}
	if (u.Latitude == nil) != (u.Longitude == nil) {
		f["place"].Fault("needs both latitude and longitude, or none")
	}
	if u.Latitude != nil && u.Longitude != nil && !(*u.Latitude >= -90 && *u.Latitude <= 90 && *u.Longitude >= -180 && *u.Longitude <= 180) {
		f["place"].Fault("lies on no map: latitude is -90 to 90 deg, longitude -180 to 180 deg")
	}
	r.Use = u
}

func readLost(r *Record, x strict.Node, f map[string]strict.Node) {
	r.Lost = &Lost{f["at"].Instant(), names(f["units"], "unit"), f["about"].Text()}
}

func readCalibration(r *Record, x strict.Node, f map[string]strict.Node) {
	c := &Calibration{Instrument: f["instrument"].Text(), At: f["at"].Instant(), Due: f["due"].Instant(), Certificate: proof(f["certificate"]), About: f["about"].Text()}
	if f["at"].Present() && f["due"].Present() && !c.At.Before(c.Due) {
		f["due"].Fault("the next calibration is due before this one was made")
	}
	r.Calibration = c
}

func readDowntime(r *Record, x strict.Node, f map[string]strict.Node) {
	d := &Downtime{Interval: measure.Interval{From: f["from"].Instant(), To: f["to"].Instant()}, Kind: f["kind"].Choice("stop", "flame-out", "maintenance", "sensor"), About: f["about"].Text()}
	if f["from"].Present() && f["to"].Present() && !d.Interval.From.Before(d.Interval.To) {
		f["to"].Fault("ends before it starts")
	}
	r.Downtime = d
}

func wetMass(x strict.Node) measure.WetMass {
	kg, ok := x.In(kilogram)
	if !ok {
		return 0
	}
	m, err := measure.WetMassOf(kg)
	x.Take(err)
	if err == nil && m <= 0 {
		x.Fault("%s is no amount: it must be more than 0", x.Text())
	}
	return m
}

// digest reads "sha256:" and 64 hexadecimal digits, "" if it is not given.
func digest(x strict.Node) string {
	s := x.Text()
	if s != "" && !IsDigest(s) {
		x.Fault("%q is no digest: write sha256: and 64 hexadecimal digits, or enter the file with nielu record", s)
	}
	return s
}

// proof reads a digest or words.
func proof(x strict.Node) string {
	if s := x.Text(); !strings.HasPrefix(s, "sha256:") {
		return s
	}
	return digest(x)
}

// IsDigest tells whether a text names a file by its digest.
func IsDigest(s string) bool {
	hexadecimal, ok := strings.CutPrefix(s, "sha256:")
	if !ok || len(hexadecimal) != 64 || strings.ToLower(hexadecimal) != hexadecimal {
		return false
	}
	_, err := hex.DecodeString(hexadecimal)
	return err == nil
}

var (
	one              measure.Unit
	kilogram         = measure.MustUnit("kg")
	kilometre        = measure.MustUnit("km")
	tonneKilometre   = measure.MustUnit("t.km")
	celsius          = measure.MustUnit("Cel")
	degree           = measure.MustUnit("deg")
	kgPerSquareMetre = measure.MustUnit("kg/m2")
	year             = measure.MustUnit("a")
)
