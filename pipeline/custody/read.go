package custody

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
)

// How much one submission may hold: a leaf of the log has 64 KB.
const (
	MostBytes   = 48 << 10
	mostRecords = 500
)

// Read reads a submission; file is its name, for errors. All faults come at
// once, each as "file:line:col: message".
func Read(file string, data []byte) (*Submission, error) {
	if len(data) > MostBytes {
		return nil, strict.Problems{{File: file, Line: 1, Column: 1, Message: fmt.Sprintf("holds %d bytes; at most %d fit in one submission: split it", len(data), MostBytes)}}
	}
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

const conditionKeys = "process feedstock category biomass_proof counterfactual carbonisation technology production_temperature regime regime_proof technology_proof facility flame_log " +
	"energy_use heat_used methane_compensation inventory emissions_test_temperature sampling_method sampling_plan agreed_samples moisture_pathway"

// forms in the order in which a record's kind is looked for: a sample names a
// lot and a unit, so what names others comes first.
func forms() []form {
	return []form{
		{kind: KindWithdraw, keys: "kind reason", needs: "kind reason", read: readWithdraw},
		{kind: KindClose, keys: "to", needs: "to", read: func(r *Record, x strict.Node, f map[string]strict.Node) { r.Close = &Close{instant(f["to"])} }},
		{kind: KindRule, keys: "every from until lot " + conditionKeys, needs: "every from lot", read: readRule},
		{kind: KindDelivery, keys: "at wet_mass moisture feedstock category origin distance document impurity fossil_carbon", needs: "at wet_mass feedstock", read: readDelivery},
		{kind: KindReport, keys: "laboratory at original results", needs: "laboratory at results", read: readReport},
		{kind: KindSample, keys: "lot of at by unit point stands_for", needs: "lot of at", read: readSample},
		{kind: KindTransport, keys: "at lot group units deliveries share mass distance factor empty_return source reason", needs: "at group distance factor", read: readTransport},
		{kind: KindActivity, keys: "lot group item about amount factor source reason of", needs: "lot group amount", read: readActivity},
		{kind: KindSale, keys: "at units to document", needs: "at units to", read: readSale},
		{kind: KindUse, keys: "at units received end_use matrix place soil_temperature soil_temperature_from soil_temperature_spread horizon biochar_share application_rate baseline_n2o retail proof", needs: "at units end_use", read: readUse},
		{kind: KindLoss, keys: "at units about", needs: "at units about", read: readLoss},
		{kind: KindCalibration, keys: "instrument at due certificate about", needs: "instrument at due", read: readCalibration},
		{kind: KindDowntime, keys: "from to kind about", needs: "from to kind", read: readDowntime},
		{kind: KindUnit, keys: "lot at wet_mass mass_uncertainty moisture moisture_uncertainty dry_mass scale volume subsamples dried", needs: "lot at wet_mass", read: readUnit},
		{kind: KindLot, keys: "from to " + conditionKeys, needs: "from", read: readLot},
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
		r := Record{Kind: form.kind, ID: id, Corrects: f["corrects"].Text(), Place: placeOf(x)}
		name(f[string(form.kind)], "name", form.kind == KindLot || form.kind == KindClose)
		if f["corrects"].Present() && strings.TrimSpace(r.Corrects) == "" {
			f["corrects"].Fault("say why the record is corrected")
		}
		form.read(&r, x, f)
		r.fields = fieldsOf(x)
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

func placeOf(x strict.Node) Place { return Place{x.Line(), x.Column()} }

// instant reads a time of this century: one before it is a slip, or stands for none.
func instant(x strict.Node) time.Time {
	t := x.Instant()
	if !t.IsZero() && t.Year() < 2000 {
		x.Fault("%s lies before 2000", x.Text())
	}
	return t
}

// within reads a quantity in a unit that lies between two bounds; nil if it is
// not given or does not.
func within(x strict.Node, u measure.Unit, low, high float64) *float64 {
	v, ok := x.In(u)
	switch {
	case !ok:
		return nil
	case !(v >= low && v <= high):
		x.Fault("%s cannot be: it is %s to %s %s", x.Text(), measure.FormatNumber(low), measure.FormatNumber(high), u)
		return nil
	}
	return &v
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

func readWithdraw(r *Record, x strict.Node, f map[string]strict.Node) {
	r.Withdraw = &Withdraw{Kind: Kind(f["kind"].Choice(kinds()...)), Reason: f["reason"].Text()}
	if f["reason"].Present() && strings.TrimSpace(r.Withdraw.Reason) == "" {
		f["reason"].Fault("say why the record is withdrawn")
	}
	if r.Withdraw.Kind == KindWithdraw {
		f["kind"].Fault("a withdrawal stands; enter the record again")
	}
}

func readLoss(r *Record, x strict.Node, f map[string]strict.Node) {
	r.Loss = &Loss{At: instant(f["at"]), Units: names(f["units"], "unit"), About: f["about"].Text()}
}

func readCalibration(r *Record, x strict.Node, f map[string]strict.Node) {
	c := &Calibration{Instrument: f["instrument"].Text(), At: instant(f["at"]), Due: instant(f["due"]), Certificate: proof(f["certificate"]), About: f["about"].Text()}
	if f["at"].Present() && f["due"].Present() && !c.At.Before(c.Due) {
		f["due"].Fault("the next calibration is due before this one was made")
	}
	r.Calibration = c
}

func readDowntime(r *Record, x strict.Node, f map[string]strict.Node) {
	d := &Downtime{Interval: measure.Interval{From: instant(f["from"]), To: instant(f["to"])}, Kind: f["kind"].Choice("stop", "flame-out", "maintenance", "sensor"), About: f["about"].Text()}
	if f["from"].Present() && f["to"].Present() && !d.Interval.From.Before(d.Interval.To) {
		f["to"].Fault("ends before it starts")
	}
	r.Downtime = d
}

func wetMass(x strict.Node, most float64) measure.WetMass {
	kg, ok := x.In(kilogram)
	if !ok {
		return 0
	}
	m, err := measure.WetMassOf(kg)
	x.Take(err)
	switch {
	case err != nil:
	case m <= 0:
		x.Fault("%s is no amount: it must be more than 0", x.Text())
	case kg > most:
		x.Fault("%s is more than the %s kg that it can be: look at its unit", x.Text(), measure.FormatNumber(most))
	}
	return m
}

// digest reads "sha256:" and 64 hexadecimal digits, "" if it is not given.
func digest(x strict.Node) string {
	s := x.Text()
	if s != "" && !IsDigest(s) {
		x.Fault("%q is no digest: write sha256: and 64 hexadecimal digits, or send the file with nielu custody file, which prints it", s)
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
	kelvin           = measure.MustUnit("K")
	cubicMetre       = measure.MustUnit("m3")
	gramTonneKm      = measure.MustUnit("g/(t.km)")
	gramKilowattHour = measure.MustUnit("g/(kW.h)")
	kgPerSquareMetre = measure.MustUnit("kg/m2")
	year             = measure.MustUnit("a")
)
