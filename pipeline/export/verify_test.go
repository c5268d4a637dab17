package export_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/export"
	"github.com/nielu/nielu/suite"
)

func TestAnOrdinaryHourIsVerified(t *testing.T) {
	suite.Concurrent(t)
	w := newWorld(t)
	w.fill()
	bundle := w.build()
	report := w.verify(bundle)
	if report.Result != export.Verified || !report.Independent || report.Readings != 23*120 {
		t.Fatalf("%s, independent %v, %d readings: %v %v", report.Result, report.Independent, report.Readings, report.Faults, report.Gaps)
	}
	if len(report.Statements) != 1 || !strings.HasPrefix(report.Statements[0].Result, "reproduced") {
		t.Fatalf("statements %+v", report.Statements)
	}
	for _, tag := range report.Coverage {
		if tag.Coverage != 1 || tag.Readings != 120 || tag.Usable != 120 {
			t.Errorf("coverage %+v", tag)
		}
	}
	if again := w.build(); !bytes.Equal(again, bundle) {
		t.Error("the same query at the same size of the log gave other bytes")
	}
}

func TestWithoutAPolicyTheReportSaysSo(t *testing.T) {
	w, bundle := ordinary(t)
	report := w.verifyWith(bundle, export.Options{})
	var text strings.Builder
	w.must(report.Write(&text))
	if report.Result != export.Verified || report.Independent || !strings.Contains(text.String(), "No key came from you") {
		t.Fatalf("%s, independent %v\n%s", report.Result, report.Independent, text.String())
	}
	if data, err := json.Marshal(report); err != nil || !bytes.Contains(data, []byte(`"result":"verified"`)) || !bytes.Contains(data, []byte(`"faults":[]`)) {
		t.Fatalf("%s, %v", data, err)
	}
}

// Bytes anywhere: the archive as it was sent.
func TestAFlippedByteIsFound(t *testing.T) {
	rng := rand.New(rand.NewPCG(suite.Seed(t), 0))
	w, bundle := ordinary(t)
	files, err := export.Read(bundle)
	w.must(err)
	// Every byte that is not inside one of the larger files, by looking at the
	// container alone; then a sample of all bytes through the whole verification.
	large := make([]bool, len(bundle))
	offset := 0
	for _, f := range files {
		offset += 30 + len(f.Name)
		if len(f.Data) > 1000 {
			for i := 100; i < len(f.Data)-100; i++ {
				large[offset+i] = true
			}
		}
		offset += len(f.Data)
	}
	bad := slices.Clone(bundle)
	flip := func(at int) {
		bad[at] ^= 1 << rng.IntN(8)
		if export.Sound(bad) {
			t.Fatalf("byte %d flipped, nothing seen", at)
		}
		bad[at] = bundle[at]
	}
	checked := 0
	for at := range bundle {
		if !large[at] && (!testing.Short() || at%7 == 0) {
			flip(at)
			checked++
		}
	}
	for range 2000 {
		flip(rng.IntN(len(bundle)))
	}
	for range 30 {
		at := rng.IntN(len(bundle))
		bad[at] ^= 1 << rng.IntN(8)
		if r := w.verify(bad).Result; r != export.Failed && r != export.Unusable {
			t.Fatalf("byte %d flipped: %s", at, r)
		}
		bad[at] = bundle[at]
	}
	t.Logf("%d bytes of %d one by one, 2000 at random, 30 through the whole verification", checked, len(bundle))
}

// A file changed and the container made whole again: the manifest and its
// signature must find it.
func TestAChangedFileInASoundContainerIsFound(t *testing.T) {
	rng := rand.New(rand.NewPCG(suite.Seed(t), 0))
	w, bundle := ordinary(t)
	files, err := export.Read(bundle)
	w.must(err)
	for i, f := range files {
		tries := 2
		if f.Name == export.SignatureName {
			tries = 40
		}
		for n := range tries {
			at := rng.IntN(len(f.Data))
			if f.Name == export.SignatureName && n < 12 {
				at = len(f.Data) - 1 - n // the end of the base64, where bits are spare
			}
			changed := slices.Clone(files)
			changed[i].Data = slices.Clone(f.Data)
			changed[i].Data[at] ^= 1 << rng.IntN(8)
			again, err := export.Write(changed)
			w.must(err)
			if r := w.verify(again).Result; r == export.Verified || r == export.Incomplete {
				t.Fatalf("%s, byte %d: %s", f.Name, at, r)
			}
		}
	}
}

// content is the files of a bundle that a forger changes.
type content map[string][]byte

// forge changes the files of a bundle and makes digests, manifest, signature
// and container fit again, as somebody with the given key can.
func (w *world) forge(bundle []byte, key *evidence.SigningKey, change func(m *export.Manifest, files content)) []byte {
	w.t.Helper()
	list, err := export.Read(bundle)
	w.must(err)
	files := content{}
	for _, f := range list {
		files[f.Name] = f.Data
	}
	m, err := export.ParseManifest(files[export.ManifestName])
	w.must(err)
	change(&m, files)
	for _, name := range []string{export.ManifestName, export.SignatureName, export.SumsName} {
		delete(files, name)
	}
	list = list[:0]
	for name, data := range files {
		list = append(list, export.File{Name: name, Data: data})
	}
	sums := export.Sums(list)
	m.Sums = digest(sums)
	signature, err := key.SignNote(m.Format + "\nsha256 " + digest(m.Encode()) + "\n")
	w.must(err)
	out, err := export.Write(append(list, export.File{Name: export.SumsName, Data: sums}, export.File{Name: export.ManifestName, Data: m.Encode()}, export.File{Name: export.SignatureName, Data: signature}))
	w.must(err)
	return out
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// The tile of the ordinary bundle's log of 25 leaves, and its leaves.
const (
	hashTile  = "tile/0/000.p/25"
	entryTile = "tile/entries/000.p/25"
	rollups   = "views/2026-11-20/rollups.csv.zst"
	closures  = "views/2026-11-20/closures.csv.zst"
)

// leaves changes the leaves of the ordinary bundle.
func (f content) leaves(change func(leaves [][]byte)) {
	leaves, err := export.ParseEntries(f[entryTile], 25)
	if err != nil {
		panic(err)
	}
	change(leaves)
	var data []byte
	for _, leaf := range leaves {
		data = export.AppendEntry(data, leaf)
	}
	f[entryTile] = data
}

// edit replaces the first place of a text in a packed table.
func (f content) edit(name, was, is string) {
	text, err := export.Unpack(f[name])
	if err != nil {
		panic(err)
	}
	f[name] = export.Pack(bytes.Replace(text, []byte(was), []byte(is), 1))
}

// What somebody with the export key could try. Leaf 5 is the catalogue, 6 to
// 23 are batches, 24 is the statement.
func TestForgeriesAreFound(t *testing.T) {
	w, bundle := ordinary(t)
	other, _, err := evidence.GenerateKey("demo-export")
	w.must(err)
	otherKey, err := evidence.ParseKey(other)
	w.must(err)
	tests := []struct {
		name   string
		key    *evidence.SigningKey
		check  string // the check that must find it
		change func(m *export.Manifest, files content)
	}{
		{"another key", otherKey, "manifest", func(*export.Manifest, content) {}},
		{"another plant", nil, "replay", func(m *export.Manifest, _ content) { m.Plant = "htl1" }},
		{"a longer interval", nil, "continuity", func(m *export.Manifest, _ content) { m.To = m.To.Add(24 * time.Hour) }},
		{"another size of the log", nil, "checkpoint", func(m *export.Manifest, _ content) { m.Log.Size++ }},
		{"an edited page", nil, "views", func(_ *export.Manifest, f content) {
			f[export.ReadmeName] = append(f[export.ReadmeName], '\n')
		}},
		{"a better table", nil, "views", func(_ *export.Manifest, f content) {
			f.edit(rollups, ",5", ",6")
		}},
		{"a better balance", nil, "views", func(_ *export.Manifest, f content) {
			f.edit(closures, "carbon", "carbom")
		}},
		{"an edited statement view", nil, "views", func(_ *export.Manifest, f content) {
			view := "views/statements/0000000024.txt"
			f[view] = bytes.Replace(f[view], []byte("eligible no"), []byte("eligible yes"), 1)
		}},
		{"a better page for people", nil, "views", func(_ *export.Manifest, f content) {
			f["views/report.html"] = bytes.Replace(f["views/report.html"], []byte("no removal is claimed"), []byte("1 t of removal is claimed"), 1)
		}},
		{"no page for people", nil, "views", func(_ *export.Manifest, f content) { delete(f, "views/report.html") }},
		{"a paper beside the page", nil, "views", func(_ *export.Manifest, f content) {
			f["views/report.pdf"] = []byte("%PDF-1.3 1 t of removal is claimed")
		}},
		{"a workbook beside the page", nil, "views", func(_ *export.Manifest, f content) { f["views/tables.xlsx"] = []byte("PK") }},
		{"a form of yesterday", nil, "views", func(m *export.Manifest, _ content) { m.Format = export.PrintedFormat }},
		{"a statement of nobody", nil, "views", func(_ *export.Manifest, f content) { f["views/statements/0000000099.txt"] = []byte("x") }},
		{"a view left out", nil, "views", func(_ *export.Manifest, f content) { delete(f, closures) }},
		{"a table of another day", nil, "views", func(_ *export.Manifest, f content) { f["views/2026-11-21/rollups.csv.zst"] = f[rollups] }},
		{"a table that is none", nil, "views", func(_ *export.Manifest, f content) { f[rollups] = []byte("tag,unit\n") }},
		{"a batch left out", nil, "continuity", func(_ *export.Manifest, f content) { f.leaves(func(l [][]byte) { l[12] = nil }) }},
		{"the catalogue left out", nil, "replay", func(_ *export.Manifest, f content) { f.leaves(func(l [][]byte) { l[5] = nil }) }},
		{"no leaf at all", nil, "inclusion", func(_ *export.Manifest, f content) { f.leaves(func(l [][]byte) { clear(l) }) }},
		{"a leaf cut short", nil, "inclusion", func(_ *export.Manifest, f content) { f[entryTile] = f[entryTile][:len(f[entryTile])-1] }},
		{"a byte behind the leaves", nil, "inclusion", func(_ *export.Manifest, f content) { f[entryTile] = append(slices.Clone(f[entryTile]), 0) }},
		{"the hashes left out", nil, "inclusion", func(_ *export.Manifest, f content) { delete(f, hashTile) }},
		{"a hash changed", nil, "inclusion", func(_ *export.Manifest, f content) {
			f[hashTile] = slices.Clone(f[hashTile])
			f[hashTile][32*12]++
		}},
		{"hashes too many", nil, "inclusion", func(_ *export.Manifest, f content) { f["tile/0/001"] = make([]byte, 256*32) }},
		{"a hash for a forged leaf", nil, "inclusion", func(_ *export.Manifest, f content) {
			f.leaves(func(l [][]byte) { l[12] = l[13] })
			f[hashTile] = slices.Clone(f[hashTile])
			copy(f[hashTile][32*12:], f[hashTile][32*13:32*14])
		}},
		{"a batch under another number", nil, "inclusion", func(_ *export.Manifest, f content) { f.leaves(func(l [][]byte) { l[12] = l[13] }) }},
		{"a batch twice", nil, "inclusion", func(_ *export.Manifest, f content) {
			f["tile/entries/000.p/26"] = export.AppendEntry(slices.Clone(f[entryTile]), w.leaves[12])
			delete(f, entryTile)
		}},
		{"two batches exchanged", nil, "inclusion", func(_ *export.Manifest, f content) {
			f.leaves(func(l [][]byte) { l[12], l[13] = l[13], l[12] })
		}},
		{"leaves with a loose name", nil, "inclusion", func(_ *export.Manifest, f content) { f["tile/entries/0.p/25"] = f[entryTile] }},
		{"leaves of another tile", nil, "inclusion", func(_ *export.Manifest, f content) { f["tile/entries/001"] = f[entryTile] }},
		{"the lab file as plant file", nil, "replay", func(m *export.Manifest, _ content) { m.Views.PlantFile = 4 }},
		{"without the laboratory", nil, "views", func(m *export.Manifest, _ content) { m.Views.LabFiles = []uint64{} }},
		{"a gap that is none", nil, "continuity", func(m *export.Manifest, _ content) {
			m.Gaps = append(m.Gaps, export.Gap{Agent: agent, From: start, To: start, Reason: "x"})
		}},
		{"a stray file", nil, "manifest", func(_ *export.Manifest, f content) { f["notes.txt"] = []byte("trust me") }},
		{"a wrong factor", nil, "inclusion", func(_ *export.Manifest, f content) {
			f.leaves(func(l [][]byte) { l[3] = bytes.Replace(l[3], []byte("44"), []byte("45"), 1) })
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			key := test.key
			if key == nil {
				key = w.exportKey
			}
			forged := w.forge(bundle, key, test.change)
			if bytes.Equal(forged, bundle) {
				t.Fatal("nothing was forged")
			}
			report := w.verify(forged)
			if report.Result != export.Failed || !slices.ContainsFunc(report.Faults, func(f export.Fault) bool { return f.Check == test.check && f.Do != "" && f.Where != "" }) {
				t.Errorf("%s: %v, want a fault of %s", report.Result, report.Faults, test.check)
			}
		})
	}
}

// Whatever leaf, hash or view a maker with the right export key edits, one of
// the checks behind the manifest finds it, or says that a table is the same
// text packed otherwise.
func TestNoByteBehindTheManifestIsFree(t *testing.T) {
	rng := rand.New(rand.NewPCG(suite.Seed(t), 0))
	w, bundle := ordinary(t)
	files, err := export.Read(bundle)
	w.must(err)
	for _, f := range files {
		if f.Name == export.ManifestName || f.Name == export.SignatureName || f.Name == export.SumsName {
			continue
		}
		for range 6 {
			at := rng.IntN(len(f.Data))
			changed := slices.Clone(f.Data)
			changed[at] ^= 1 << rng.IntN(8)
			r := w.verify(w.forge(bundle, w.exportKey, func(_ *export.Manifest, files content) { files[f.Name] = changed }))
			if r.Result == export.Failed || r.Result == export.Unusable {
				continue
			}
			text, _ := export.Unpack(f.Data)
			other, err := export.Unpack(changed)
			if err != nil || !bytes.Equal(text, other) || !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.HasPrefix(n, f.Name) }) {
				t.Errorf("%s, byte %d: %s %v", f.Name, at, r.Result, r.Notes)
			}
		}
	}
}

func TestWhatIsWrongInTheLogItself(t *testing.T) {
	around := measure.Interval{From: start.Add(-15 * time.Minute), To: start.Add(75 * time.Minute)}
	tests := []struct {
		name   string
		make   func(w *world)
		result export.Result
		says   string // in a fault or a gap
	}{
		{"a statement that says more", func(w *world) {
			w.fill()
			text := bytes.Replace(w.statement().Text(), []byte("dry-mass 30."), []byte("dry-mass 31."), 1)
			w.state(text, w.centreKey)
		}, export.Failed, `line 9 says "dry-mass 31.`},
		{"a statement signed by another key", func(w *world) {
			w.fill()
			w.state(w.statement().Text(), w.exportKey)
		}, export.Failed, "statement leaf of centre"},
		{"a statement that hides in another year", func(w *world) {
			w.fill()
			w.append(evidence.Leaf{Kind: evidence.Statement, Signer: w.centreKey.Name(), Plants: []string{plant}, Name: "pyro1-hour", From: 1, To: 2, Body: bytes.Replace(w.statement().Text(), []byte("revision 1"), []byte("revision 2"), 1)}, w.centreKey)
		}, export.Failed, "its leaf says 1970-01-01"},
		{"a statement of a forged method", func(w *world) {
			w.fill()
			s := w.statement()
			s.Account.FactorsDigest = strings.Repeat("0", 64)
			w.state(s.Text(), w.centreKey)
		}, export.Failed, "no config leaf"},
		{"a statement that left a batch out", func(w *world) {
			w.fill()
			s := w.statement()
			s.Evidence.Leaves--
			w.state(s.Text(), w.centreKey)
		}, export.Failed, `"evidence 6 23 17 sha256:`},
		{"a batch by another key", func(w *world) {
			w.files()
			w.enterCatalogue()
			w.batches(measure.Interval{From: around.From, To: start.Add(30 * time.Minute)}, 5*time.Minute, 30*time.Second, nil)
			text, _, err := evidence.GenerateKey(agent)
			w.must(err)
			w.agentKey, err = evidence.ParseKey(text)
			w.must(err)
			w.batches(measure.Interval{From: start.Add(30 * time.Minute), To: around.To}, 5*time.Minute, 30*time.Second, nil)
		}, export.Failed, "batch leaf of gw-pyro1"},
		{"batches after the key was revoked", func(w *world) {
			w.files()
			w.enterCatalogue()
			w.batches(measure.Interval{From: around.From, To: start.Add(30 * time.Minute)}, 5*time.Minute, 30*time.Second, nil)
			w.enrolment(w.agentKey, w.logKey, true)
			w.batches(measure.Interval{From: start.Add(30 * time.Minute), To: around.To}, 5*time.Minute, 30*time.Second, nil)
		}, export.Failed, "no key of this signer was valid"},
		{"a key that an agent enrolled", func(w *world) {
			w.files()
			w.enterCatalogue()
			w.enrolment(w.exportKey, w.agentKey, false)
			w.batches(around, 5*time.Minute, 30*time.Second, nil)
		}, export.Failed, "key leaf of gw-pyro1"},
		{"a restart of the gateway", func(w *world) {
			w.files()
			w.enterCatalogue()
			w.batches(measure.Interval{From: around.From, To: start.Add(30 * time.Minute)}, 5*time.Minute, 30*time.Second, nil)
			w.epoch, w.seq = 2, 0
			w.enterCatalogue()
			w.batches(measure.Interval{From: start.Add(30 * time.Minute), To: around.To}, 5*time.Minute, 30*time.Second, nil)
			w.state(w.statement().Text(), w.centreKey)
		}, export.Verified, "VERIFIED"},
		{"a loss that knows no time", func(w *world) {
			w.files()
			w.enterCatalogue()
			w.batches(measure.Interval{From: around.From, To: start.Add(30 * time.Minute)}, 5*time.Minute, 30*time.Second, nil)
			l, err := evidence.EncodeLoss(site, agent, []string{plant}, evidence.LossRecord{Reason: "the journal was damaged", Count: 7})
			w.must(err)
			l.First, l.Last = w.seq+1, w.seq+7
			w.seq += 7
			w.link(l)
			w.batches(measure.Interval{From: start.Add(31 * time.Minute), To: around.To}, 5*time.Minute, 30*time.Second, nil)
			if s := w.statement(); s.Covered > 59*time.Minute {
				w.t.Errorf("%s of the hour counts, though 90 s of it were lost", s.Covered)
			}
			w.state(w.statement().Text(), w.centreKey)
		}, export.Incomplete, "reproduced from raw words"},
		{"a loss record", func(w *world) {
			w.files()
			w.enterCatalogue()
			w.batches(measure.Interval{From: around.From, To: start.Add(30 * time.Minute)}, 5*time.Minute, 30*time.Second, nil)
			l, err := evidence.EncodeLoss(site, agent, []string{plant}, evidence.LossRecord{Reason: "the disk is full", Count: 7, From: start.Add(30 * time.Minute).UnixNano(), To: start.Add(31 * time.Minute).UnixNano()})
			w.must(err)
			w.seq++
			l.First, l.Last = w.seq, w.seq
			w.link(l)
			w.batches(measure.Interval{From: start.Add(31 * time.Minute), To: around.To}, 5*time.Minute, 30*time.Second, nil)
			if s := w.statement(); s.Covered > 59*time.Minute {
				w.t.Errorf("%s of the hour counts, though 90 s of it were lost", s.Covered)
			}
			w.state(w.statement().Text(), w.centreKey)
		}, export.Incomplete, "7 scans: the disk is full"},
		{"a new gateway in the place of another", func(w *world) {
			w.files()
			w.enterCatalogue()
			w.batches(measure.Interval{From: around.From, To: start.Add(30 * time.Minute)}, 5*time.Minute, 30*time.Second, nil)
			text, _, err := evidence.GenerateKey("gw-new")
			w.must(err)
			w.agentKey, err = evidence.ParseKey(text)
			w.must(err)
			w.enrol(w.agentKey)
			w.prev, w.seq = evidence.Hash{}, 0
			w.enterCatalogue()
			w.batches(measure.Interval{From: start.Add(30 * time.Minute), To: around.To}, 5*time.Minute, 30*time.Second, nil)
		}, export.Verified, "VERIFIED"},
		{"a silent quarter of an hour", func(w *world) {
			w.files()
			w.enterCatalogue()
			w.batches(measure.Interval{From: around.From, To: start.Add(20 * time.Minute)}, 5*time.Minute, 30*time.Second, nil)
			w.batches(measure.Interval{From: start.Add(35 * time.Minute), To: around.To}, 5*time.Minute, 30*time.Second, nil)
		}, export.Incomplete, "the agent was silent"},
		{"batches that never came", func(w *world) {
			w.files()
			w.enterCatalogue()
			w.batches(around, 5*time.Minute, 30*time.Second, func(i int) bool { return i == 8 })
		}, export.Incomplete, "are missing"},
		{"an hour that is not over", func(w *world) {
			w.files()
			w.enterCatalogue()
			w.batches(measure.Interval{From: around.From, To: start.Add(40 * time.Minute)}, 5*time.Minute, 30*time.Second, nil)
		}, export.Incomplete, "no reading of 23 of the plant's 23 tags"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			test.make(w)
			report := w.verify(w.build())
			var text strings.Builder
			w.must(report.Write(&text))
			if report.Result != test.result || !strings.Contains(text.String(), test.says) {
				t.Errorf("%s, want %s with %q\nfaults %v\ngaps %v", report.Result, test.result, test.says, report.Faults, report.Gaps)
			}
		})
	}
}

// A later plant file, laboratory file or statement changes nothing about a
// statement that was made before it.
func TestAnOlderStatementStaysReproducible(t *testing.T) {
	w := newWorld(t)
	w.fill()
	plantFile, err := configs.Plants.ReadFile("plants/pyro1.yaml")
	w.must(err)
	w.enter(evidence.Config, "plants/pyro1.yaml", []string{plant}, append(plantFile, "# a later version\n"...))
	report := w.verify(w.build())
	if report.Result != export.Verified || !strings.HasPrefix(report.Statements[0].Result, "reproduced") {
		t.Fatalf("%s %v %v", report.Result, report.Faults, report.Statements[0].Result)
	}
}

func TestAllFaultsAreListed(t *testing.T) {
	w, bundle := ordinary(t)
	report := w.verify(w.forge(bundle, w.exportKey, func(_ *export.Manifest, f content) {
		f[export.ReadmeName] = []byte("no")
		f.leaves(func(l [][]byte) { l[12], l[7] = l[13], l[8] })
		f["views/statements/0000000024.txt"] = []byte("no")
		f["notes.txt"] = []byte("trust me")
	}))
	for _, where := range []string{export.ReadmeName, "leaf 12", "leaf 7", "views/statements/0000000024.txt", "leaf 24", rollups, "notes.txt"} {
		if !slices.ContainsFunc(report.Faults, func(f export.Fault) bool { return f.Where == where }) {
			t.Errorf("no fault of %s in %v", where, report.Faults)
		}
	}
}

func TestUnusable(t *testing.T) {
	w, bundle := ordinary(t)
	for name, bad := range map[string][]byte{"nothing": nil, "text": []byte("hello"), "cut short": bundle[:len(bundle)/2], "only an end": bundle[len(bundle)-22:]} {
		if report := w.verify(bad); report.Result != export.Unusable || len(report.Faults) == 0 {
			t.Errorf("%s: %s %v", name, report.Result, report.Faults)
		}
	}
}

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

func TestReadmeIsGolden(t *testing.T) {
	w, bundle := ordinary(t)
	files, err := export.Read(bundle)
	w.must(err)
	got := files[0].Data
	if files[0].Name != export.ReadmeName {
		t.Fatalf("%s stands first", files[0].Name)
	}
	if *rewrite {
		w.must(os.MkdirAll("testdata", 0o755))
		w.must(os.WriteFile("testdata/README.golden.txt", got, 0o644))
	}
	want, err := os.ReadFile("testdata/README.golden.txt")
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("README.txt differs from testdata/README.golden.txt (%v); go test -run Golden -rewrite writes it anew:\n%s", err, got)
	}
}

// Whatever a maker with the right key puts into a bundle, the verifier answers,
// and what it calls verified says what the leaves say.
func FuzzVerify(f *testing.F) {
	w, bundle := ordinary(f)
	files, err := export.Read(bundle)
	w.must(err)
	f.Add(uint8(2), uint16(40), []byte{1}, false)
	f.Add(uint8(3), uint16(0), []byte{255, 255}, false)
	f.Add(uint8(7), uint16(9), []byte{}, true)
	f.Fuzz(func(t *testing.T, which uint8, at uint16, put []byte, cut bool) {
		w := w.in(t)
		file := files[int(which)%len(files)]
		if strings.HasPrefix(file.Name, "SHA256SUMS") || strings.HasPrefix(file.Name, "manifest") {
			return
		}
		place := int(at) % (len(file.Data) + 1)
		data := slices.Concat(file.Data[:place], put)
		if !cut {
			data = append(data, file.Data[min(len(file.Data), place+len(put)):]...)
		}
		report := w.verify(w.forge(bundle, w.exportKey, func(_ *export.Manifest, files content) { files[file.Name] = data }))
		if report.Result == export.Verified && !bytes.Equal(data, file.Data) && !slices.ContainsFunc(report.Notes, func(n string) bool { return strings.HasPrefix(n, file.Name) }) {
			t.Fatalf("%s changed at %d, nothing seen", file.Name, place)
		}
	})
}

// A manifest of the maker may claim anything.
func FuzzManifestOfABundle(f *testing.F) {
	w, bundle := ordinary(f)
	f.Add(uint64(2), uint64(4), int64(0), int64(3600), "any agent", "x")
	f.Add(uint64(1<<63), uint64(1<<60), int64(-1<<40), int64(1<<40), "", "")
	f.Fuzz(func(t *testing.T, plantFile, labFile uint64, from, to int64, agent, reason string) {
		w := w.in(t)
		r := w.verify(w.forge(bundle, w.exportKey, func(m *export.Manifest, _ content) {
			m.Views = export.ManifestViews{PlantFile: plantFile, LabFiles: []uint64{labFile}}
			m.From, m.To = time.Unix(from%(1<<34), 0).UTC(), time.Unix(to%(1<<34), 0).UTC() // JSON has no other years
			m.Gaps = append(m.Gaps, export.Gap{Agent: agent, From: m.From, To: m.To, Reason: reason})
		}))
		if r.Result == export.Verified {
			t.Fatal("verified")
		}
	})
}
