// Package centretest makes a centre over a real log in a temporary folder, for
// the tests of its rooms: one plant, pyro1, a gateway that delivers an hour of
// it, a laboratory file of the lot of that hour, and the keys of all who sign.
//
// Start reading at [New].
package centretest

import (
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nielu/nielu/centre"
	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/devices/devicetest"
	"github.com/nielu/nielu/devices/polling"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/measure"
)

// Names of what a [World] holds.
const (
	Plant  = "pyro1"
	Lot    = "pyro1-hour"
	Author = "shift lead"
	Agent  = "gw-pyro1"
)

// World is a centre, and those who work with it.
type World struct {
	*centre.Centre
	Hour     measure.Interval // over: the gateway delivers it, and it is the time of the lot
	Maker    *evidence.SigningKey
	Verifier *evidence.SigningKey

	t    testing.TB
	dir  string
	key  *evidence.SigningKey
	sim  *devicetest.Sim
	prev evidence.Hash // of the gateway's chain
	seq  uint64
}

// New opens a centre in an empty folder. It is closed with the test.
func New(t testing.TB) *World {
	t.Helper()
	dir := t.TempDir()
	to := time.Now().UTC().Truncate(time.Hour).Add(-4 * time.Hour)
	w := &World{t: t, dir: dir, Hour: measure.Interval{From: to.Add(-time.Hour), To: to}, sim: devicetest.New(Plant, 11, to.AddDate(0, 0, -30))}
	for name, key := range map[string]**evidence.SigningKey{"maker": &w.Maker, "verifier": &w.Verifier, Agent: &w.key} {
		var err error
		*key, err = evidence.LoadOrCreateKey(filepath.Join(dir, name+".key"), name)
		w.must(err)
	}
	w.must(os.Mkdir(filepath.Join(dir, "lab"), 0o700))
	w.write("lead.token", "0123456789abcdef\n")
	w.write("nielu.yaml", fmt.Sprintf(`site: demo-park
listen: 127.0.0.1:0
broker: { listen: 127.0.0.1:0 }
plants: [pyro1]
agents: [{ key: %q, site: demo-park }]
authors: [{ name: %s, token_file: lead.token }]
makers: [%q]
verifiers: [%q]
lab: lab
`, w.key.Verifier(), Author, w.Maker.Verifier(), w.Verifier.Verifier()))
	config, err := centre.ReadConfig(filepath.Join(dir, "nielu.yaml"))
	w.must(err)
	w.Centre, err = centre.Open(context.Background(), config, slog.New(slog.DiscardHandler))
	w.must(err)
	t.Cleanup(func() { w.must(w.Close()) })
	return w
}

func (w *World) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *World) write(name, text string) {
	w.t.Helper()
	w.must(os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600))
}

// Deliver brings the hour of the plant and some minutes around it into the log, as its
// gateway would.
func (w *World) Deliver() {
	w.t.Helper()
	file := devicetest.AgentConfig(Plant, "127.0.0.1:5020", "mqtt://127.0.0.1:1883", w.LogKey.Verifier())
	config, err := polling.ParseConfig("agent.yaml", file, func(name string) ([]byte, error) {
		if name == "./plc-"+Plant+".yaml" {
			return devicetest.PLCProfile(Plant), nil
		}
		return configs.Profile(name)
	})
	w.must(err)
	catalogue := config.Catalogue()
	l, err := ingest.EncodeCatalogue(w.Config.Site, Agent, []string{Plant}, catalogue.Encode())
	w.must(err)
	w.link(l)
	// Stocks are known from the minutes before, and a lot is stated a quarter of
	// an hour after it.
	for at := w.Hour.From.Add(-10 * time.Minute); at.Before(w.Hour.To.Add(20 * time.Minute)); at = at.Add(10 * time.Minute) {
		l, err := ingest.EncodeBatch(ingest.Batch{
			Site: w.Config.Site, Agent: Agent, Plants: []string{Plant}, Epoch: 1, Catalogue: catalogue.Digest(), Clock: evidence.ClockSynced,
			Scans: w.scans(catalogue, measure.Interval{From: at, To: at.Add(10 * time.Minute)}),
		})
		w.must(err)
		w.link(l)
	}
	w.publish()
}

// scans returns what every block brings in an interval, twice a minute.
func (w *World) scans(catalogue devices.Catalogue, of measure.Interval) (scans []measure.Scan) {
	w.t.Helper()
	for at := of.From; at.Before(of.To); at = at.Add(30 * time.Second) {
		for i, b := range catalogue.Blocks {
			w.seq++
			s := measure.Scan{Seq: w.seq, Block: uint32(i), At: at.UnixNano()}
			if b.Topic != "" {
				payload, err := w.sim.Message(b.Topic, at)
				w.must(err)
				s.Raw = payload
			} else {
				words, err := w.sim.Registers(b.UnitID, b.Function, b.Address, b.Quantity, at)
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

// link appends the next leaf of the gateway's chain.
func (w *World) link(l evidence.Leaf) {
	w.t.Helper()
	l.Epoch = 1
	if w.prev != (evidence.Hash{}) {
		l.Prev = w.prev[:]
	}
	w.prev = w.append(l)
}

// Forge appends a leaf that the gateway signs, of whatever kind it is.
func (w *World) Forge(l evidence.Leaf) {
	w.t.Helper()
	l.Site, l.Signer = w.Config.Site, Agent
	w.append(l)
	w.publish()
}

// Decide appends a decision that the centre's key signs.
func (w *World) Decide(l evidence.Leaf) {
	w.t.Helper()
	l.Site, l.Signer = w.Config.Site, w.StatementKey.Name()
	_, err := w.Evidence.Decide(w.t.Context(), &l, w.StatementKey.Sign)
	w.must(err)
	w.publish()
}

func (w *World) append(l evidence.Leaf) evidence.Hash {
	w.t.Helper()
	data, err := evidence.SignLeaf(l, w.key.Sign)
	w.must(err)
	_, err = w.Evidence.Append(w.t.Context(), data)
	w.must(err)
	return evidence.LeafHash(data)
}

// publish waits until all of the log can be read by others.
func (w *World) publish() {
	w.t.Helper()
	_, err := w.Evidence.Published(w.t.Context(), w.Evidence.Size())
	w.must(err)
}

// Analyse puts a laboratory file of the lot, with what it weighed and where it
// was used, into the laboratory's folder and enters it.
func (w *World) Analyse() {
	w.t.Helper()
	w.write("lab/lot.yaml", fmt.Sprintf(`laboratory: { name: Demo laboratory, accreditation: none }
lots:
  - lot: %s
    plant: pyro1
    from: %s
    to: %s
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
      char_carbon_total: { value: 87.4 %%, uncertainty: 0.7 %% }
      char_carbon_inorganic: { value: 0.5 %%, uncertainty: 0.1 %% }
      char_hydrogen: { value: 2.1 %%, uncertainty: 0.06 %% }
    use: { end_use: agricultural-soil, soil_temperature: 7 Cel, feedstock: wood, technology: high, production_temperature: 550 Cel, proof: spreading record 12, biomass_proof: forest certificate 7, placed: 500 kg }
    sampling: { regime: B, analyses_in_year: 4 }
    emissions:
      - { group: E_biomass, name: chips, amount: 12 kg, source: given }
      - { group: E_production, name: power, amount: 3 kg, source: given }
      - { group: E_use, name: transport, amount: 2 kg, source: given }
`, Lot, w.Hour.From.Format(time.RFC3339), w.Hour.To.Format(time.RFC3339)))
	w.must(w.Entry.EnterLab(w.t.Context()))
	w.publish()
}

// CatchUp brings the projections up to the log; a lot that is due is stated.
func (w *World) CatchUp() {
	w.t.Helper()
	w.must(w.Worker.CatchUp(w.t.Context()))
	w.publish()
}
