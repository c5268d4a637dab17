package centre_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nielu/nielu/centre/entry"
	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/measure"
)

// What a gateway stamped an hour late is put right by a person, with a name and
// a reason, and the projections follow without being made again.
func TestCorrectingAClockMovesReadings(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "lead.token"), []byte("0123456789abcdef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, _ := opened(t, "authors: [{ name: shift lead, token_file: "+filepath.Join(dir, "lead.token")+" }]\n")
	defer c.Close()
	key, err := evidence.LoadOrCreateKey(filepath.Join(dir, "gw.key"), "gw-clock")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Intake.Enrol(t.Context(), "gw-clock", "park", key.Public()); err != nil {
		t.Fatal(err)
	}
	const tag = "pyro1/feed/mass_flow"
	catalogue := devices.Catalogue{Agent: "gw-clock", Site: "park", Blocks: []devices.Block{{
		Instrument: "WT-101", Bus: "tcp://x", Every: 10e9, UnitID: 1, Function: 3, Quantity: 1,
		Points: []devices.Point{{Tag: tag, Layout: devices.Layout{Type: devices.Uint16, Unit: measure.MustUnit("kg/h")}}},
	}}}.Encode()
	last := evidence.Hash{}
	add := func(l evidence.Leaf, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		l.Epoch = 1
		if last != (evidence.Hash{}) {
			l.Prev = last[:]
		}
		data, err := evidence.SignLeaf(l, key.Sign)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Evidence.Append(t.Context(), data); err != nil {
			t.Fatal(err)
		}
		last = evidence.LeafHash(data)
	}
	add(ingest.EncodeCatalogue("park", "gw-clock", []string{"pyro1"}, catalogue))
	from := time.Now().UTC().Truncate(time.Hour).Add(-5 * time.Hour)
	var scans []measure.Scan
	for i := range 360 {
		scans = append(scans, measure.Scan{Seq: uint64(i + 1), At: from.Add(time.Duration(i) * 10 * time.Second).UnixNano(), Raw: []byte{0, 100}})
	}
	add(ingest.EncodeBatch(ingest.Batch{Site: "park", Agent: "gw-clock", Plants: []string{"pyro1"}, Epoch: 1, Catalogue: evidence.CatalogueDigest(catalogue), Scans: scans}))
	usable := func(from time.Time) (n int) {
		t.Helper()
		if err := c.Worker.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		r, err := c.Store.Rollups(t.Context(), tag, measure.Interval{From: from, To: from.Add(time.Hour)}, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range r.Rollups {
			if m.Count > 0 {
				n++
			}
		}
		return n
	}
	if a, b := usable(from), usable(from.Add(-time.Hour)); a != 60 || b != 0 {
		t.Fatalf("%d minutes as stamped, %d an hour before, want 60 and 0", a, b)
	}
	post := func(o entry.ClockOrder) *httptest.ResponseRecorder {
		body, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, "/api/v1/clocks", bytes.NewReader(body))
		r.Host = "127.0.0.1"
		r.Header.Set("Authorization", "Bearer 0123456789abcdef")
		w := httptest.NewRecorder()
		c.Console.ServeHTTP(w, r)
		return w
	}
	order := entry.ClockOrder{Plant: "pyro1", Agent: "gw-clock", From: from, To: from.Add(time.Hour), By: "-1h", Reason: "summer time was set"}
	if w := post(order); w.Code != http.StatusCreated {
		t.Fatal(w.Code, w.Body)
	}
	if a, b := usable(from), usable(from.Add(-time.Hour)); a != 0 || b != 60 {
		t.Errorf("%d minutes as stamped, %d an hour before, want 0 and 60", a, b)
	}
	order.By, order.Reason = "0s", "it was not"
	if w := post(order); w.Code != http.StatusCreated {
		t.Fatal(w.Code, w.Body)
	}
	if a, b := usable(from), usable(from.Add(-time.Hour)); a != 60 || b != 0 {
		t.Errorf("%d minutes as stamped, %d an hour before, want 60 and 0", a, b)
	}
	order.Reason = ""
	if w := post(order); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("without a reason the answer is %d", w.Code)
	}
}
