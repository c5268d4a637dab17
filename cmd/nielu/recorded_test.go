package main

import (
	"bytes"
	"encoding/csv"
	"flag"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/projection"
	"github.com/nielu/nielu/pipeline/rollup"
)

var update = flag.Bool("update", false, "write the pictures of the docs anew")

// recordings finds the recorded data: NIELU_DATA, or shared/data above.
func recordings(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv("NIELU_DATA"); dir != "" {
		return dir
	}
	dir := must[string](t)(os.Getwd())
	for ; ; dir = filepath.Dir(dir) {
		data := filepath.Join(dir, "shared", "data")
		if _, err := os.Stat(data); err == nil {
			return data
		}
		if dir == filepath.Dir(dir) {
			t.Skip("SKIPPED, NOTHING WAS TESTED: no recorded data; set NIELU_DATA to the folder that holds idaes_escalante_boiler and ghe_biogas_meter")
		}
	}
}

// replayed is what a replay left behind.
type replayed struct {
	dir    string
	plant  string
	report string // what it printed
	log    *evidence.Reader
	reader *ingest.Reader
	store  *projection.Store
}

// replay plays a recording as a user does and opens what is left: the log and
// the projections.
func replayOf(t *testing.T, plant string, args ...string) *replayed {
	t.Helper()
	r := &replayed{dir: filepath.Join(t.TempDir(), "made", "by", "it"), plant: plant}
	o := finish(t, itself(), append([]string{"replay", "--data", recordings(t), "--dir", r.dir, "--listen", free(t)}, args...)...).ends(t, 0)
	r.report = o.out
	data := filepath.Join(r.dir, "data")
	r.log = must[*evidence.Reader](t)(evidence.OpenReader(filepath.Join(data, "log")))
	r.reader = &ingest.Reader{Log: r.log, Decode: devices.Decode}
	r.store = must[*projection.Store](t)(projection.Open(t.Context(), filepath.Join(data, "projection.db"), nil))
	t.Cleanup(func() { r.store.Close() })
	return r
}

// drawn compares the pictures that a replay drew with those of the docs;
// -update writes these anew.
func drawn(t *testing.T, folder, recording string) {
	t.Helper()
	files := must[[]string](t)(filepath.Glob(filepath.Join(folder, recording+"-*.svg")))
	if len(files) < 3 {
		t.Errorf("drawn of %s: %v", recording, files)
	}
	for _, file := range files {
		name, got := filepath.Join("..", "..", "docs", "pictures", filepath.Base(file)), must[[]byte](t)(os.ReadFile(file))
		if *update {
			write(t, name, got)
		}
		if want, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what a replay draws (-update writes it anew): %v", name, err)
		}
	}
}

// rollups returns the stored rollups of a tag by the start of their window.
func (r *replayed) rollups(t *testing.T, tag measure.Tag, w measure.Interval, step time.Duration) map[int64]rollup.Rollup {
	t.Helper()
	out := map[int64]rollup.Rollup{}
	for _, rollup := range must[projection.RollupRange](t)(r.store.Rollups(t.Context(), tag, w.Align(step), step)).Rollups {
		out[rollup.From] = rollup
	}
	return out
}

// readings returns the usable readings of each tag, as decoded from the log.
func (r *replayed) readings(t *testing.T, w measure.Interval) map[measure.Tag][]measure.Sample {
	t.Helper()
	usable := map[measure.Tag][]measure.Sample{}
	for _, series := range must[[]measure.Series](t)(r.reader.Readings(t.Context(), r.plant, w)) {
		for _, s := range series.Samples {
			if s.Quality.Usable() {
				usable[series.Tag] = append(usable[series.Tag], s)
			}
		}
	}
	return usable
}

// size logs what the log takes on disk: as it was replayed, and if the gateway
// had cut its batches after so many scans, as in live operation.
func (r *replayed) size(t *testing.T, readings, live int) {
	t.Helper()
	leaves, bodies := 0, 0
	var batches []ingest.Batch
	for i := range r.log.Size() {
		data := must[[]byte](t)(r.log.Entry(t.Context(), i))
		leaf := must[evidence.Leaf](t)(evidence.DecodeLeaf(data))
		leaves += len(data)
		if leaf.Kind == evidence.Batch {
			batches = append(batches, must[ingest.Batch](t)(ingest.DecodeBatch(leaf)))
			bodies += len(leaf.Body)
		}
	}
	folder := int64(0)
	err := filepath.WalkDir(filepath.Join(r.dir, "data", "log"), func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		folder += info.Size()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	per := func(n int) float64 { return float64(n) / float64(readings) }
	t.Logf("%d readings in %d batches: bodies %.2f bytes a reading; all %d leaves %.2f; the log's folder %.2f (%d bytes); in batches of %d scans leaves of %.2f",
		readings, len(batches), per(bodies), r.log.Size(), per(leaves), per(int(folder)), folder, live, per(recut(t, batches, live)))
}

// recut returns the bytes of the leaves that the scans of batches would take
// in batches of n.
func recut(t *testing.T, batches []ingest.Batch, n int) (bytes int) {
	t.Helper()
	slices.SortFunc(batches, func(a, b ingest.Batch) int { return int(a.Scans[0].Seq) - int(b.Scans[0].Seq) })
	b := batches[0]
	var scans []measure.Scan
	for _, part := range batches {
		scans = append(scans, part.Scans...)
	}
	b.Prev = make([]byte, 32)
	for part := range slices.Chunk(scans, n) {
		b.Scans = part
		leaf := must[evidence.Leaf](t)(ingest.EncodeBatch(b))
		leaf.Signature = make([]byte, 64)
		bytes += len(must[[]byte](t)(evidence.EncodeLeaf(leaf)))
	}
	return bytes
}

// sheet reads a CSV file with a header, without any code of ours. The byte
// order mark is no part of the first name.
func sheet(t testing.TB, file string, skip int) (header []string, rows [][]string) {
	t.Helper()
	text := strings.TrimPrefix(string(must[[]byte](t)(os.ReadFile(file))), "\ufeff")
	for range skip {
		_, text, _ = strings.Cut(text, "\n")
	}
	in := csv.NewReader(strings.NewReader(text))
	in.FieldsPerRecord = -1
	records := must[[][]string](t)(in.ReadAll())
	return records[0], records[1:]
}

func number(t testing.TB, text string) float64 {
	t.Helper()
	return must[float64](t)(strconv.ParseFloat(strings.TrimSpace(text), 64))
}

// near compares with a relative tolerance of a thousand millionth.
func near(got, want float64) bool { return math.Abs(got-want) <= 1e-9*math.Abs(want)+1e-12 }

// point is one reading as a naive computation sees it.
type point struct {
	at    time.Time
	value float64
}

// naive is what readings say about one window, computed without hurry.
type naive struct {
	count   int
	sum     float64
	area    float64 // of the straight lines, in unit·s
	seconds float64 // that have a line
}

// naively computes every window of a length from readings in order of time.
// Lines are drawn between readings no further apart than stale.
func naively(points []point, length, stale time.Duration) map[int64]*naive {
	out := map[int64]*naive{}
	window := func(at time.Time) *naive {
		from := at.Truncate(length).UnixNano()
		if out[from] == nil {
			out[from] = &naive{}
		}
		return out[from]
	}
	for i, p := range points {
		w := window(p.at)
		w.count++
		w.sum += p.value
		if i == 0 || p.at.Sub(points[i-1].at) > stale {
			continue
		}
		a := points[i-1]
		slope := (p.value - a.value) / p.at.Sub(a.at).Seconds()
		for from := a.at; from.Before(p.at); {
			to := from.Truncate(length).Add(length)
			if to.After(p.at) {
				to = p.at
			}
			u, v := a.value+slope*from.Sub(a.at).Seconds(), a.value+slope*to.Sub(a.at).Seconds()
			w := window(from)
			w.area += (u + v) / 2 * to.Sub(from).Seconds()
			w.seconds += to.Sub(from).Seconds()
			from = to
		}
	}
	return out
}

// agrees compares the stored rollups of a tag with the naive windows, and
// returns how many windows there were.
func agrees(t *testing.T, tag measure.Tag, got map[int64]rollup.Rollup, want map[int64]*naive, length time.Duration) int {
	t.Helper()
	for from, n := range want {
		r, ok := got[from]
		at := time.Unix(0, from).UTC()
		switch {
		case !ok:
			t.Errorf("%s %s: no rollup", tag, at)
		case r.Count != n.count:
			t.Errorf("%s %s: %d readings, the file has %d", tag, at, r.Count, n.count)
		case n.count > 0 && !near(r.Average, n.sum/float64(n.count)):
			t.Errorf("%s %s: average %v, the file says %v", tag, at, r.Average, n.sum/float64(n.count))
		case !near(r.Coverage, n.seconds/length.Seconds()):
			t.Errorf("%s %s: coverage %v, the file says %v", tag, at, r.Coverage, n.seconds/length.Seconds())
		case n.seconds > 0 && !near(r.Mean, n.area/n.seconds):
			t.Errorf("%s %s: mean over time %v, the file says %v", tag, at, r.Mean, n.area/n.seconds)
		}
	}
	for from, r := range got {
		if want[from] == nil && (r.Count > 0 || r.Coverage > 0) {
			t.Errorf("%s %s: a rollup of %d readings, the file has none", tag, time.Unix(0, from).UTC(), r.Count)
		}
	}
	return len(want)
}

// oneLie lets a recorded counter lie once in many ways: it books no more than
// its max_rate allows for the time to the readings beside it.
func (r *replayed) oneLie(t *testing.T, tag measure.Tag, day time.Time) {
	t.Helper()
	const seed = 20261128
	random := rand.New(rand.NewPCG(seed, 5))
	plant := must[*flowsheet.Plant](t)(flowsheet.Parse("plant.yaml", must[[]byte](t)(os.ReadFile(filepath.Join(r.dir, "plant.yaml")))))
	plan, _ := plant.Tag(tag)
	w := measure.Interval{From: day, To: day.Add(24 * time.Hour)}
	series := must[[]measure.Series](t)(r.reader.Readings(t.Context(), r.plant, w))
	i := slices.IndexFunc(series, func(s measure.Series) bool { return s.Tag == tag })
	if i < 0 || len(series[i].Samples) < 10 {
		t.Fatalf("%s: no readings of %s", day, tag)
	}
	honest := series[i]
	honest.Sort()
	booked := func(s measure.Series) (total float64) {
		for _, m := range rollup.Of(plan, s, w, rollup.Step) {
			total += m.Total
		}
		return total
	}
	before := booked(honest)
	if !(before > 0) {
		t.Errorf("%s books nothing on %s", tag, day)
	}
	for range 100 {
		s := honest
		s.Samples = slices.Clone(honest.Samples)
		at := 1 + random.IntN(len(s.Samples)-2)
		x := s.Samples[at].Value
		lie := []float64{0, 4294967295, x / 10, x * 1000, s.Samples[at-1].Value, x + random.Float64(), random.Float64() * 2 * x}[random.IntN(7)]
		s.Samples[at].Value = lie
		most := plan.MaxRate * time.Duration(s.Samples[at+1].At-s.Samples[at-1].At).Seconds()
		if got := booked(s); got > before+most+1e-9 {
			t.Errorf("%s reads %v for %v once: %v %s on %s, without it %v; allowed are %v more (seed %d)", tag, lie, x, got, plan.Unit, day, before, most, seed)
		}
	}
}
