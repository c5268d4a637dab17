package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/devices/devicetest"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/projection"
	"github.com/nielu/nielu/pipeline/statement"
	"github.com/nielu/nielu/suite"
)

const week = 7 * 24 * time.Hour

// plantAnswer is what a user of the API needs of /api/v1/plants.
type plantAnswer struct {
	Plant string
	Tags  []struct {
		Tag   measure.Tag
		Stale string
	}
}

// statementAnswer is what a user of the API needs of /api/v1/statements.
type statementAnswer struct {
	Plant, Lot string
	Interval   projection.StatementInterval
	Net        *float64
	Unit       string
	Eligible   bool
	Text       string
}

// Someone tries the demo: the three plants live, their balances close, the
// first lot is stated; its export is verified by an auditor while the demo
// runs, no changed byte of it passes, and the projections come back the same
// when they are made again.
func TestDemo(t *testing.T) {
	suite.Slow(t)
	t.Parallel()
	dir, console := t.TempDir(), free(t)
	program := delivered(t, "nielu")
	began := time.Now()
	demo := start(t, program, "demo", "--dir", dir, "--listen", console)
	since := func() time.Duration { return time.Since(began).Round(100 * time.Millisecond) }

	eventually(t, patience, "the console answers", func() bool { _, ok := get(console, "/readyz"); return ok })
	var plants []plantAnswer
	ask(t, console, "/api/v1/plants", &plants)
	if len(plants) != len(devicetest.Plants()) {
		t.Fatalf("%d plants, want %d", len(plants), len(devicetest.Plants()))
	}
	for _, p := range plants {
		why := notAlive(t, console, p)
		for ; why != "" && time.Since(began) < patience; why = notAlive(t, console, p) {
			time.Sleep(50 * time.Millisecond)
		}
		if why != "" {
			t.Fatalf("%s is not alive after %s: %s", p.Plant, since(), why)
		}
		t.Logf("%s: %d tags good and fresh after %s", p.Plant, len(p.Tags), since())
	}
	for _, p := range plants {
		eventually(t, patience, "the balances of "+p.Plant+" close", func() bool { return closes(t, console, p.Plant) })
		t.Logf("%s: 24 hours and more closed after %s", p.Plant, since())
	}
	// A lot may be stated before all of its past has come, or before the lots
	// whose analyses count for it are stated, and again after.
	var lot statementAnswer
	eventually(t, patience, "the last whole week of pyro1 is stated whole", func() bool {
		var all []statementAnswer
		ask(t, console, "/api/v1/statements?plant=pyro1", &all)
		for _, s := range all {
			whole := must[statement.Statement](t)(statement.Parse([]byte(s.Text))).Covered > 99*week/100
			if since := began.Add(-time.Hour).Sub(s.Interval.To); since >= 0 && since < week && whole {
				lot = s
				return s.Eligible
			}
		}
		return false
	})
	if !lot.Eligible || lot.Net == nil || *lot.Net < 5 || *lot.Net > 20 {
		t.Fatalf("%s: a week of this kiln is about 10 t, and eligible\n%s", lot.Lot, lot.Text)
	}
	t.Logf("%s stated after %s: %.3f %s net", lot.Lot, since(), *lot.Net, lot.Unit)
	// Once the demo says how, an export holds the statement.
	for _, hint := range []string{"nielu export -c " + dir, "nielu-audit verify " + lot.Lot} {
		eventually(t, patience, "the demo prints: "+hint, func() bool { return strings.Contains(demo.talk.String(), hint) })
	}
	bundle := exported(t, dir, lot, "running.zip")
	audited(t, dir, bundle)
	if code := demo.stop(t); code != 0 {
		t.Errorf("the demo ended with exit code %d\n%s", code, demo.talk.String())
	}

	one, two := exported(t, dir, lot, "one.zip"), exported(t, dir, lot, "two.zip")
	if !bytes.Equal(must[[]byte](t)(os.ReadFile(one)), must[[]byte](t)(os.ReadFile(two))) {
		t.Error("two exports of the same log differ")
	}
	audited(t, dir, one)
	noByteCanChange(t, dir, one)
	rebuildsAlike(t, dir, plants)
}

// notAlive says in words why a plant does not show good and fresh values, or "".
func notAlive(t *testing.T, console string, p plantAnswer) string {
	var now projection.Now
	ask(t, console, "/api/v1/plants/"+p.Plant+"/now", &now)
	latest := map[measure.Tag]projection.Latest{}
	for _, l := range now.Tags {
		latest[l.Tag] = l
	}
	for _, tag := range p.Tags {
		l, ok := latest[tag.Tag]
		stale := must[time.Duration](t)(time.ParseDuration(tag.Stale))
		switch {
		case !ok:
			return fmt.Sprint(tag.Tag, " has no value")
		case l.Value == nil || l.Quality != "good":
			return fmt.Sprint(tag.Tag, " is ", l.Quality)
		case time.Since(l.Time) > stale:
			return fmt.Sprint(tag.Tag, " is of ", l.Time)
		}
	}
	return ""
}

// closes tells whether at least 24 hourly balances of the last days are
// complete; each of them must close to within 5 % in mass.
func closes(t *testing.T, console, plant string) bool {
	var rows []pipeline.Closure
	ask(t, console, "/api/v1/plants/"+plant+"/closures?from="+url.QueryEscape(time.Now().Add(-72*time.Hour).UTC().Format(time.RFC3339))+"&to="+url.QueryEscape(time.Now().UTC().Format(time.RFC3339)), &rows)
	whole := 0
	for _, c := range rows {
		if !c.Mass.Complete || c.Mass.Closure == nil {
			continue
		}
		whole++
		if *c.Mass.Closure < 0.95 || *c.Mass.Closure > 1.05 {
			t.Errorf("%s: mass of %s closes to %v", plant, c.Interval, *c.Mass.Closure)
		}
	}
	return whole >= 24
}

func exported(t *testing.T, dir string, lot statementAnswer, name string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	nielu(t, "export", "-c", filepath.Join(dir, "nielu.yaml"), "--plant", lot.Plant, "-o", file,
		"--from", lot.Interval.From.UTC().Format(time.RFC3339), "--to", lot.Interval.To.UTC().Format(time.RFC3339)).ends(t, 0)
	return file
}

func audited(t *testing.T, dir, bundle string) {
	t.Helper()
	o := run(t, "nielu-audit", "verify", bundle, "--policy", filepath.Join(dir, "data", "policy.txt")).ends(t, 0)
	if !strings.HasPrefix(o.out, "VERIFIED; NOBODY SIGNED A STATEMENT\n") || !strings.Contains(o.out, "reproduced from raw words, byte for byte") {
		t.Errorf("the audit of %s says\n%s", bundle, o.out)
	}
}

// noByteCanChange flips bits of a bundle, one byte at a time.
func noByteCanChange(t *testing.T, dir, bundle string) {
	t.Helper()
	data := must[[]byte](t)(os.ReadFile(bundle))
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 0))
	changed := filepath.Join(t.TempDir(), "changed.zip")
	codes := map[int]int{}
	for range 20 {
		at, flip := rng.IntN(len(data)), byte(1+rng.IntN(255))
		data[at] ^= flip
		write(t, changed, data)
		o := run(t, "nielu-audit", "verify", changed, "--policy", filepath.Join(dir, "data", "policy.txt"))
		data[at] ^= flip
		codes[o.code]++
		if o.code != 1 && o.code != 3 {
			t.Errorf("byte %d xor %#x (seed %d): exit code %d\n%s%s", at, flip, seed, o.code, o.out, o.talk)
		}
	}
	t.Logf("20 changed bytes of %d: exit codes %v", len(data), codes)
}

// rebuildsAlike compares all that the API shows of the last days before and
// after the projections were made again.
func rebuildsAlike(t *testing.T, dir string, plants []plantAnswer) {
	t.Helper()
	before := shown(t, dir, plants)
	o := run(t, "nielu", "rebuild", "-c", filepath.Join(dir, "nielu.yaml")).ends(t, 0)
	t.Log(strings.TrimSpace(o.talk))
	after := shown(t, dir, plants)
	if len(before) != len(after) {
		t.Errorf("%d answers before, %d after", len(before), len(after))
	}
	size := 0
	for path, body := range before {
		size += len(body)
		if !bytes.Equal(body, after[path]) {
			t.Errorf("%s: before and after the rebuild differ\n%s", path, difference(body, after[path]))
		}
	}
	t.Logf("%d answers of the API, %d kB, are the same after a rebuild", len(before), size/1000)
}

// shown runs the centre alone until nothing waits, and returns what its API
// answers about values, rollups, closures and statements, by path.
func shown(t *testing.T, dir string, plants []plantAnswer) map[string][]byte {
	t.Helper()
	console, centre := alone(t, dir)
	to := time.Now().UTC().Truncate(time.Hour).Add(time.Hour)
	minute := "&step=1m&from=" + to.Add(-24*time.Hour).Format(time.RFC3339) + "&to=" + to.Format(time.RFC3339)
	hour := "&step=1h&from=" + to.Add(-40*24*time.Hour).Format(time.RFC3339) + "&to=" + to.Format(time.RFC3339)
	paths := []string{"/api/v1/plants"}
	for _, p := range plants {
		paths = append(paths, "/api/v1/plants/"+p.Plant+"/now", "/api/v1/statements?plant="+p.Plant,
			"/api/v1/plants/"+p.Plant+"/closures?from="+to.Add(-40*24*time.Hour).Format(time.RFC3339)+"&to="+to.Format(time.RFC3339))
		for _, tag := range p.Tags {
			name := "/api/v1/rollups?tag=" + url.QueryEscape(string(tag.Tag))
			paths = append(paths, name+minute, name+hour)
		}
	}
	answers := map[string][]byte{}
	for _, path := range paths {
		body, ok := get(console, path)
		if !ok {
			t.Fatalf("GET %s: %s", path, body)
		}
		answers[path] = body
	}
	if code := centre.stop(t); code != 0 {
		t.Errorf("the centre ended with exit code %d\n%s", code, centre.talk.String())
	}
	return answers
}

// alone runs the centre of a demo that has ended, without its gateways, until
// all of its log is computed.
func alone(t *testing.T, dir string) (console string, centre *child) {
	t.Helper()
	config := must[[]byte](t)(os.ReadFile(filepath.Join(dir, "nielu.yaml")))
	console = free(t)
	lines := strings.Split(string(config), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "listen:") {
			lines[i] = fmt.Sprintf("listen: %q", console)
		}
	}
	file := filepath.Join(dir, "alone.yaml")
	write(t, file, []byte(strings.Join(lines, "\n")))
	centre = start(t, delivered(t, "nielu"), "server", "-c", file)
	settled(t, console)
	return console, centre
}

// settled waits until a centre has looked at its whole log and computed all of it.
func settled(t *testing.T, console string) {
	t.Helper()
	eventually(t, patience, "the centre has computed all of its log", func() bool {
		leaves, ok1 := counter(console, "nielu_log_leaves")
		cursor, ok2 := counter(console, "nielu_projection_cursor")
		waiting, ok3 := counter(console, "nielu_projection_waiting_windows")
		return ok1 && ok2 && ok3 && leaves > 0 && cursor == leaves && waiting == 0
	})
}

// difference shows where two answers part.
func difference(a, b []byte) string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	show := func(x []byte) string { return string(x[max(0, min(n, len(x))-80):min(len(x), n+120)]) }
	return fmt.Sprintf("byte %d of %d and %d:\n%s\n%s", n, len(a), len(b), show(a), show(b))
}
