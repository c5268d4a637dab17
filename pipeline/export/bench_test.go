package export_test

import (
	"testing"
	"time"

	"github.com/nielu/nielu/cmd/nielu-audit/forms"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/export"
)

// day is a log of one simulated day, all 23 tags every two seconds, sealed
// every length.
func day(b *testing.B, length time.Duration) (w *world, q export.Query) {
	w = newWorld(b)
	q = export.Query{Plant: plant, Interval: measure.Interval{From: start, To: start.Add(24 * time.Hour)}}
	w.files()
	w.enterCatalogue()
	w.batches(measure.Interval{From: start.Add(-10 * time.Minute), To: q.Interval.To.Add(10 * time.Minute)}, length, 2*time.Second, nil)
	w.state(w.statement().Text(), w.centreKey)
	return w, q
}

// What an auditor waits for: everything of a day checked and computed again.
func BenchmarkVerifyDay(b *testing.B) {
	for name, length := range map[string]time.Duration{"sealed every minute": time.Minute, "sealed every 10 s": 10 * time.Second} {
		b.Run(name, func(b *testing.B) {
			w, q := day(b, length)
			bundle, err := export.Build(b.Context(), w.maker(), q)
			w.must(err)
			b.SetBytes(int64(len(bundle)))
			b.ReportAllocs()
			readings := 0
			for b.Loop() {
				report, err := export.Verify(b.Context(), bundle, w.policy(), forms.Forms(), nil)
				if err != nil || report.Result != export.Verified {
					b.Fatal(err, report.Result, report.Faults, report.Gaps)
				}
				readings += report.Readings
			}
			b.ReportMetric(float64(readings)/b.Elapsed().Seconds(), "readings/s")
			b.ReportMetric(float64(len(bundle))*float64(b.N)/float64(readings), "bytes/reading")
		})
	}
}

func BenchmarkBuildDay(b *testing.B) {
	w, q := day(b, time.Minute)
	m := w.maker()
	b.ReportAllocs()
	for b.Loop() {
		bundle, err := export.Build(b.Context(), m, q)
		w.must(err)
		b.SetBytes(int64(len(bundle)))
	}
}
