package export_test

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/devices/devicetest"
	"github.com/nielu/nielu/devices/polling"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/evidence/evidencetest"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/export"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/rollup"
	"github.com/nielu/nielu/pipeline/statement"
	"github.com/nielu/nielu/verifier"
)

const (
	plant = "pyro1"
	agent = "gw-pyro1"
	site  = "demo-park"
)

var (
	commissioned = time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	start        = time.Date(2026, 11, 20, 14, 0, 0, 0, time.UTC)
	hour         = measure.Interval{From: start, To: start.Add(time.Hour)}
)

// world is an evidence log of a simulated plant, and the keys of all who sign.
type world struct {
	t         testing.TB
	log       *evidencetest.Log
	lot       measure.Interval // of the laboratory file
	plantFile []byte           // nil: that of pyro1
	method    []byte           // nil: puro-2025 as published
	catalogue devices.Catalogue
	sim       *devicetest.Sim

	logKey, agentKey, centreKey, exportKey *evidence.SigningKey

	prev       evidence.Hash // of the agent's chain
	epoch, seq uint64
	leaves     [][]byte // in order of index
	decisions  evidence.Decisions
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, sim: devicetest.New(plant, 11, commissioned), epoch: 1, lot: hour}
	w.keys()
	w.catalogue = newWorldCatalogue(w)
	w.log = &evidencetest.Log{Key: w.logKey}
	w.enrol(w.centreKey)
	w.enrol(w.agentKey)
	return w
}

func (w *world) keys() {
	w.t.Helper()
	for name, key := range map[string]**evidence.SigningKey{"demo-log": &w.logKey, agent: &w.agentKey, "centre": &w.centreKey, "demo-export": &w.exportKey} {
		signer, _, err := evidence.GenerateKey(name)
		w.must(err)
		*key, err = evidence.ParseKey(signer)
		w.must(err)
	}
}

// newWorldCatalogue is what the agent of the simulated plant sends.
func newWorldCatalogue(w *world) devices.Catalogue {
	w.t.Helper()
	file := devicetest.AgentConfig(plant, "127.0.0.1:5020", "mqtt://127.0.0.1:1883", w.logKey.Verifier())
	config, err := polling.ParseConfig("agent.yaml", file, func(name string) ([]byte, error) {
		if name == "./plc-"+plant+".yaml" {
			return devicetest.PLCProfile(plant), nil
		}
		return configs.Profile(name)
	})
	w.must(err)
	return config.Catalogue()
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// append signs a leaf and appends it.
func (w *world) append(l evidence.Leaf, key *evidence.SigningKey) uint64 {
	w.t.Helper()
	l.Site = site
	if l.Decides() && l.Before == nil {
		l.Before = w.decisions.Before(l)
	}
	data, err := evidence.SignLeaf(l, key.Sign)
	w.must(err)
	index, err := w.log.Append(w.t.Context(), data)
	w.must(err)
	w.leaves = append(w.leaves, data)
	l.Signature = nil
	w.decisions.Add(l, evidence.LeafHash(data))
	return index
}

// roll appends a roll of the decisions so far, once the lot is over.
func (w *world) roll() uint64 { return w.rollAt(hour.To.Add(time.Hour)) }

func (w *world) rollAt(now time.Time) uint64 {
	w.t.Helper()
	return w.append(evidence.Leaf{Kind: evidence.Roll, Signer: w.centreKey.Name(), From: now.UnixNano(), To: now.UnixNano() + 1, Body: w.decisions.Roll()}, w.centreKey)
}

func (w *world) enrol(key *evidence.SigningKey) { w.enrolment(key, w.logKey, false) }

// role is what a key is enrolled for.
func (w *world) role(key *evidence.SigningKey) evidence.Role {
	if key == w.centreKey {
		return evidence.Centre
	}
	return evidence.Gateway
}

func (w *world) enrolment(key, by *evidence.SigningKey, revoked bool) {
	w.t.Helper()
	l, err := evidence.EncodeEnrolment(by.Name(), evidence.Enrolment{Site: site, Agent: key.Name(), Public: key.Public(), From: commissioned.UnixNano(), Revoked: revoked, Role: w.role(key)})
	w.must(err)
	w.append(l, by)
}

// enter appends a file under the centre's key.
func (w *world) enter(kind evidence.Kind, name string, plants []string, body []byte) uint64 {
	w.t.Helper()
	return w.append(evidence.Leaf{Kind: kind, Signer: w.centreKey.Name(), Plants: plants, Name: name, Body: body, From: start.UnixNano(), To: start.UnixNano() + 1}, w.centreKey)
}

// link appends the next leaf of the agent's chain.
func (w *world) link(l evidence.Leaf) {
	w.t.Helper()
	l.Signer, l.Epoch = w.agentKey.Name(), w.epoch
	if w.prev != (evidence.Hash{}) {
		l.Prev = w.prev[:]
	}
	w.append(l, w.agentKey)
	w.prev = evidence.LeafHash(w.leaves[len(w.leaves)-1])
}

func (w *world) enterCatalogue() {
	w.t.Helper()
	l, err := ingest.EncodeCatalogue(site, agent, []string{plant}, w.catalogue.Encode())
	w.must(err)
	w.link(l)
}

// scans returns what every block brings in the interval, all blocks at once
// every step.
func (w *world) scans(of measure.Interval, step time.Duration) (scans []measure.Scan) {
	w.t.Helper()
	for t := of.From; t.Before(of.To); t = t.Add(step) {
		for i, b := range w.catalogue.Blocks {
			w.seq++
			s := measure.Scan{Seq: w.seq, Block: uint32(i), At: t.UnixNano()}
			if b.Topic != "" {
				payload, err := w.sim.Message(b.Topic, t)
				w.must(err)
				s.Raw = payload
			} else {
				words, err := w.sim.Registers(b.UnitID, b.Function, b.Address, b.Quantity, t)
				w.must(err)
				for _, word := range words {
					s.Raw = binary.BigEndian.AppendUint16(s.Raw, word)
				}
			}
			scans = append(scans, s)
		}
	}
	return scans
}

// batches appends batches of the given length until the end of the interval.
// skip tells which of them the gateway keeps silent about.
func (w *world) batches(of measure.Interval, length, step time.Duration, skip func(i int) bool) {
	w.t.Helper()
	for i := 0; of.From.Before(of.To); i++ {
		part := measure.Interval{From: of.From, To: of.From.Add(length)}
		of.From = part.To
		if skip != nil && skip(i) {
			w.scans(part, step)
			continue
		}
		l, err := ingest.EncodeBatch(ingest.Batch{Site: site, Agent: w.agentKey.Name(), Plants: []string{plant}, Epoch: w.epoch, Catalogue: w.catalogue.Digest(), Clock: evidence.ClockSynced, Scans: w.scans(part, step)})
		w.must(err)
		w.link(l)
	}
}

const labText = `laboratory: { name: Demo laboratory, accreditation: none }
lots:
  - lot: pyro1-hour
    plant: pyro1
    from: 2026-11-20T14:00:00Z
    to: 2026-11-20T15:00:00Z
    values:
      feed_carbon: { value: 49.6 %%, uncertainty: 0.4 %% }
      feed_ash: { value: 1.1 %%, uncertainty: 0.1 %% }
      feed_hhv: { value: "19.8 MJ/kg{HHV}" }
      char_carbon: { value: 87.4 %%, uncertainty: 0.7 %% }
      char_ash: { value: 4.1 %% }
      char_hhv: { value: "32.1 MJ/kg{HHV}" }
      liquid_moisture: { value: 60 %% }
      liquid_carbon: { value: 45 %% }
      liquid_hhv: { value: "20 MJ/kg{HHV}" }
      char_carbon_total: { value: %s, uncertainty: 0.7 %% }
      char_carbon_inorganic: { value: 0.5 %%, uncertainty: 0.1 %% }
      char_hydrogen: { value: 2.1 %%, uncertainty: 0.06 %% }
    use: { end_use: agricultural-soil, soil_temperature: 7 Cel, feedstock: wood, technology: high, production_temperature: 550 Cel, proof: spreading record 12, biomass_proof: forest certificate 7, placed: 500 kg }
    sampling: { regime: B, analyses_in_year: 4 }
    emissions:
      - { group: E_biomass, name: chips, amount: 12 kg, source: given }
      - { group: E_production, name: power, amount: 3 kg, source: given }
      - { group: E_use, name: transport, amount: 2 kg, source: given }
`

// files enters plant file, method and laboratory values.
func (w *world) files() {
	w.t.Helper()
	w.enter(evidence.Config, "plants/pyro1.yaml", []string{plant}, w.plantText())
	w.enter(evidence.Config, "methods/puro-2025.yaml", nil, w.methodText())
	w.enter(evidence.Lab, "lab.yaml", []string{plant}, w.lab())
}

// plantText is the plant file that counts.
func (w *world) plantText() []byte {
	w.t.Helper()
	if w.plantFile != nil {
		return w.plantFile
	}
	text, err := configs.Plants.ReadFile("plants/pyro1.yaml")
	w.must(err)
	return text
}

// methodText is the method file that counts.
func (w *world) methodText() []byte {
	w.t.Helper()
	if w.method != nil {
		return w.method
	}
	text, err := configs.Methods.ReadFile("methods/puro-2025.yaml")
	w.must(err)
	return text
}

// lab is the laboratory file of the lot.
func (w *world) lab() []byte {
	text := fmt.Sprintf(labText, "87.4 %")
	text = strings.Replace(text, "from: "+hour.From.Format(time.RFC3339), "from: "+w.lot.From.Format(time.RFC3339), 1)
	return []byte(strings.Replace(text, "to: "+hour.To.Format(time.RFC3339), "to: "+w.lot.To.Format(time.RFC3339), 1))
}

// statement makes the lot's statement as a centre does, from the whole log.
func (w *world) statement() statement.Statement {
	w.t.Helper()
	return w.statementFrom(&ingest.Reader{Log: w.log, Decode: devices.Decode})
}

func (w *world) statementFrom(reader *ingest.Reader) statement.Statement {
	w.t.Helper()
	lab, err := lots.Parse("lab.yaml", w.lab())
	w.must(err)
	method, err := carbon.ParseMethod("methods/puro-2025.yaml", w.methodText())
	w.must(err)
	written, err := reader.Log.Find(w.t.Context(), evidence.Query{Kinds: []evidence.Kind{evidence.Config, evidence.Lab, evidence.Records}, Plant: plant})
	w.must(err)
	var files []statement.PlantFile
	for _, at := range written {
		leaf, err := evidence.DecodeLeaf(w.leaves[at.Index])
		w.must(err)
		if p, err := flowsheet.Parse(leaf.Name, leaf.Body); err == nil && leaf.Kind == evidence.Config {
			files = append(files, statement.PlantFile{Index: at.Index, Entered: time.Unix(0, leaf.From), Plant: p})
		}
	}
	batches, err := reader.BatchesIn(w.t.Context(), plant, rollup.Around(files[0].Plant, w.lot))
	w.must(err)
	var found []evidence.Entry
	for _, index := range batches {
		found = append(found, evidence.Entry{Index: index})
	}
	losses, err := reader.Log.Find(w.t.Context(), evidence.Query{Kinds: []evidence.Kind{evidence.Loss, evidence.Clock}})
	w.must(err)
	found = append(found, losses...)
	slices.SortFunc(found, func(a, b evidence.Entry) int { return cmp.Compare(a.Index, b.Index) })
	rests := w.evidence(found)
	s, err := statement.StateLot(w.t.Context(), statement.Input{
		Lab: lab, Lot: "pyro1-hour", Method: *method, Evidence: rests, Entered: w.evidence(written),
	}, statement.FilesOfLot(files, w.lot, rests.First), reader)
	w.must(err)
	return s
}

func (w *world) evidence(found []evidence.Entry) statement.Evidence {
	digest := sha256.New()
	for _, e := range found {
		h := evidence.LeafHash(w.leaves[e.Index])
		digest.Write(h[:])
	}
	return statement.Evidence{First: found[0].Index, Last: found[len(found)-1].Index, Leaves: uint64(len(found)), Digest: hex.EncodeToString(digest.Sum(nil))}
}

func (w *world) state(text []byte, key *evidence.SigningKey) uint64 {
	w.t.Helper()
	return w.append(evidence.Leaf{Kind: evidence.Statement, Signer: w.centreKey.Name(), Plants: []string{plant}, Name: "pyro1-hour", From: w.lot.From.UnixNano(), To: w.lot.To.UnixNano(), Body: text}, key)
}

// maker makes bundles of this world's log.
func (w *world) maker() export.Maker {
	return export.Maker{Log: w.log, Replay: verifier.Readings, LogKey: w.logKey.Verifier(), Key: w.exportKey.Verifier(), Sign: w.exportKey.SignNote, Name: "nielu test"}
}

func (w *world) build() []byte {
	w.t.Helper()
	return w.export(w.maker(), export.Query{Plant: plant, Interval: hour})
}

func (w *world) export(m export.Maker, q export.Query) []byte {
	w.t.Helper()
	var bundle bytes.Buffer
	w.must(export.Build(w.t.Context(), m, q, &bundle))
	return bundle.Bytes()
}

func (w *world) policy() export.Policy {
	return export.Policy{Logs: []string{w.logKey.Verifier()}, Exports: []string{w.exportKey.Verifier()}}
}

func (w *world) verify(bundle []byte) *export.Report {
	w.t.Helper()
	return w.verifyWith(bundle, export.Options{Policy: w.policy()})
}

func (w *world) verifyWith(bundle []byte, o export.Options) *export.Report {
	w.t.Helper()
	o.Replay, o.Published = verifier.Readings, verifier.Method
	report, err := export.Verify(w.t.Context(), bytes.NewReader(bundle), int64(len(bundle)), o)
	w.must(err)
	return report
}

// fill makes a whole, ordinary hour with a quarter on each side.
func (w *world) fill() {
	w.t.Helper()
	w.files()
	w.enterCatalogue()
	w.batches(measure.Interval{From: start.Add(-15 * time.Minute), To: start.Add(75 * time.Minute)}, 5*time.Minute, 30*time.Second, nil)
	w.state(w.statement().Text(), w.centreKey)
}

// once is a world and the bundle made from it.
var once struct {
	sync.Once
	world  world
	bundle []byte
}

// ordinary is a bundle of an ordinary hour, made once, with its world, whose
// log stays as it is.
func ordinary(t testing.TB) (*world, []byte) {
	t.Helper()
	once.Do(func() {
		w := newWorld(t)
		w.fill()
		once.bundle = w.build()
		once.world = *w
	})
	if once.bundle == nil {
		t.Fatal("no bundle was made, see the first failure")
	}
	return once.world.in(t), once.bundle
}

// in returns the world as another test sees it.
func (w *world) in(t testing.TB) *world {
	other := *w
	other.t = t
	return &other
}
