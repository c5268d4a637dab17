package reporttest

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/report"
)

// Way is one way to show a report.
type Way = func(report.Input) ([]byte, error)

// SameBytes holds that a way gives the same bytes for inputs made anew, whose
// maps lie in another order each time.
func SameBytes(t *testing.T, way Way) {
	t.Helper()
	first := Must(way(World(t)))(t)
	for range 4 {
		if again := Must(way(World(t)))(t); !bytes.Equal(first, again) {
			t.Fatal("the same input gave other bytes")
		}
	}
}

// InputStays holds that a way leaves its input as it was.
func InputStays(t *testing.T, way Way) {
	t.Helper()
	in := World(t)
	first, page := Must(way(in))(t), Must(report.HTML(in))(t)
	if !bytes.Equal(first, Must(way(in))(t)) {
		t.Error("a second report of the same input differs")
	}
	if !bytes.Equal(page, Must(report.HTML(World(t)))(t)) {
		t.Error("the page of the same input differs after it")
	}
}

// Digest holds that a way gives the bytes of testdata/digest.txt.
func Digest(t *testing.T, way Way) {
	t.Helper()
	const file = "testdata/digest.txt"
	got := fmt.Sprintf("%x\n", sha256.Sum256(Must(way(World(t)))(t)))
	if want := string(Must(os.ReadFile(file))(t)); want != got {
		t.Errorf("the digest differs from %s; look first whether only another processor or compiler makes it differ, then write this there:\n%s", file, got)
	}
}

// HostileNames is a world where people wrote markup, formulas and odd letters,
// and what they wrote.
func HostileNames(t testing.TB) (in report.Input, nasty string) {
	t.Helper()
	nasty = `<script>alert(1)</script> "&' =1+1 ]]> 𝄞 日本 ` + "\u202e"
	yaml := strings.NewReplacer(`name: Small plant`, "name: "+fmt.Sprintf("%q", nasty)).Replace(PlantFile)
	recorded := strings.NewReplacer(`process: wood at 550 Cel`, "process: "+fmt.Sprintf("%q", nasty), `burst in the yard`, fmt.Sprintf("%q", nasty), `field 3`, fmt.Sprintf("%q", nasty)).Replace(Records)
	in = WorldOf(t, yaml, recorded)
	in.Made = nasty
	return in, nasty
}

// Empty is a plant of which nothing is known.
func Empty(t testing.TB) report.Input {
	t.Helper()
	return report.Input{Plant: Must(flowsheet.Parse("p.yaml", []byte(PlantFile)))(t), Interval: measure.Interval{From: Clock("2026-11-02T00:00:00Z"), To: Clock("2026-11-03T00:00:00Z")}}
}

// Stacked is a world whose plant has a stack.
func Stacked(t testing.TB) report.Input {
	t.Helper()
	return WorldOf(t, strings.Replace(PlantFile, "product: char", `  flue: { from: kiln, phase: gas, volume: { value: "600 m3{N}/h", source: test } }
product: char
stack: { stream: flue, group: E_production, most: { flow: "900 m3{N}/h", ch4: "200 [ppm]", n2o: "30 [ppm]" }, source: test, fuel: biogenic }`, 1), Records)
}

// Benchmark measures a way.
func Benchmark(b *testing.B, way Way) {
	b.Helper()
	in := World(b)
	b.ReportAllocs()
	for b.Loop() {
		b.SetBytes(int64(len(Must(way(in))(b))))
	}
}
