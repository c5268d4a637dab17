package measure

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Two readings of one instant that differ make each other bad: neither the
// smaller nor the better one is believed.
func TestReadingsOfOneInstantThatDifferAreBad(t *testing.T) {
	const at = 1e18
	sample := func(v float64, q Quality) Sample { return Sample{At: at, Value: v, Quality: q} }
	conflict := Sample{At: at, Quality: BadBecause(Conflict)}
	stale := Sample{At: at, Quality: BadBecause(Stale)}
	for name, c := range map[string]struct{ of, want []Sample }{
		"equal":           {[]Sample{sample(1, GoodQuality), sample(1, GoodQuality)}, []Sample{sample(1, GoodQuality)}},
		"different":       {[]Sample{sample(12, GoodQuality), sample(0.01, GoodQuality)}, []Sample{conflict}},
		"three":           {[]Sample{sample(1, GoodQuality), sample(2, GoodQuality), sample(1, GoodQuality)}, []Sample{conflict}},
		"good and bad":    {[]Sample{sample(1, GoodQuality), stale}, []Sample{stale}},
		"less sure":       {[]Sample{sample(1, GoodQuality), sample(1, UncertainBecause(OutOfRange))}, []Sample{sample(1, UncertainBecause(OutOfRange))}},
		"less sure, else": {[]Sample{sample(1, GoodQuality), sample(2, UncertainBecause(OutOfRange))}, []Sample{conflict}},
	} {
		t.Run(name, func(t *testing.T) {
			s := Series{Samples: slices.Clone(c.of)}
			s.Sort()
			if !slices.Equal(s.Samples, c.want) {
				t.Errorf("%v became %v, want %v", c.of, s.Samples, c.want)
			}
		})
	}
}

// In whatever order and in whatever pieces samples come together, the same is
// left; and no sample that gets worse makes the whole better.
func TestSortDependsOnNoOrderAndNoPieces(t *testing.T) {
	qualities := []Quality{GoodQuality, UncertainBecause(Reset), UncertainBecause(OutOfRange), BadBecause(Stale), {}}
	rapid.Check(t, func(t *rapid.T) {
		var all []Sample
		for range rapid.IntRange(1, 12).Draw(t, "samples") {
			s := Sample{At: int64(rapid.IntRange(0, 3).Draw(t, "at")), Quality: rapid.SampledFrom(qualities).Draw(t, "quality")}
			if s.Quality.Usable() {
				s.Value = rapid.SampledFrom([]float64{0, 1, 2}).Draw(t, "value")
			}
			all = append(all, s)
		}
		sorted := func(samples ...Sample) []Sample {
			s := Series{Samples: slices.Clone(samples)}
			s.Sort()
			return s.Samples
		}
		whole := sorted(all...)
		mixed := slices.Clone(all)
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		random.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		cut := rapid.IntRange(0, len(mixed)).Draw(t, "cut")
		if parts := sorted(append(sorted(mixed[:cut]...), sorted(mixed[cut:]...)...)...); !slices.Equal(parts, whole) {
			t.Fatalf("%v in parts gives %v, whole %v", all, parts, whole)
		}
		worse := slices.Clone(all)
		worse[rapid.IntRange(0, len(all)-1).Draw(t, "worse")].Quality = BadBecause(NoReply)
		for i, s := range sorted(worse...) {
			if s.Quality.Level > whole[i].Quality.Level {
				t.Fatalf("%v is better than %v, though a sample got worse", s, whole[i])
			}
		}
	})
}
