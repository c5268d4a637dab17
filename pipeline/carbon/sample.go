package carbon

import (
	"math"
	"slices"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/elementary"
)

// Sample is one independent sample: taken at another point or on another day
// than the next, and analysed by itself. Aliquots of one grab are one sample.
// Shares are of dry mass; nil is not analysed.
type Sample struct {
	Process, Batch                                           string
	At                                                       time.Time
	Point                                                    string
	CarbonTotal, CarbonInorganic, Hydrogen, Oxygen, Moisture *float64
}

// Process is one feedstock in one facility under stable conditions. A change
// of either is another process, which starts without a history.
type Process struct {
	ID              string
	Established     time.Time
	Feedstock       string
	Temperature     *float64 // Cel, of the emissions test
	Agreed          int      // samples agreed on before Method B, at least those of the standard
	Method          string   // A: every batch is sampled; B: one in so many
	Plan            string   // of random sampling under Method B
	MoisturePathway string   // dry-weight, target or every-batch
	Batches         []Batch  // in the order they were made
}

// Batch is a production batch of a process.
type Batch struct {
	ID   string
	Made measure.Interval
}

// Independent returns the samples of a process since it was established and
// before a moment, one for each point, day and batch: of two that share them
// all the first counts. Another process's never count.
func Independent(p Process, samples []Sample, before time.Time) []Sample {
	type grab struct {
		batch, point string
		day          int64
	}
	seen := map[grab]bool{}
	var all []Sample
	for _, s := range samples {
		g := grab{batch: s.Batch, point: s.Point, day: s.At.Unix() / 86400}
		if s.Process != p.ID || s.At.Before(p.Established) || !s.At.Before(before) || seen[g] {
			continue
		}
		seen[g] = true
		all = append(all, s)
	}
	slices.SortStableFunc(all, func(a, b Sample) int { return a.At.Compare(b.At) })
	return all
}

// Pool returns the samples of a process in the months before a moment.
func Pool(p Process, samples []Sample, before time.Time, months int) []Sample {
	from := before.AddDate(0, -months, 0)
	return slices.DeleteFunc(Independent(p, samples, before), func(s Sample) bool { return s.At.Before(from) })
}

// OfBatch returns the samples of one batch.
func OfBatch(samples []Sample, batch string) []Sample {
	return slices.DeleteFunc(slices.Clone(samples), func(s Sample) bool { return s.Batch != batch })
}

// without returns the samples of all batches but one.
func without(samples []Sample, batch string) []Sample {
	return slices.DeleteFunc(slices.Clone(samples), func(s Sample) bool { return s.Batch == batch })
}

// values returns a figure of each sample that has it.
func values(samples []Sample, of func(Sample) (float64, bool)) []float64 {
	var all []float64
	for _, s := range samples {
		if v, ok := of(s); ok {
			all = append(all, v)
		}
	}
	return all
}

func organicOf(s Sample) (float64, bool) {
	if s.CarbonTotal == nil || s.CarbonInorganic == nil || *s.CarbonInorganic > *s.CarbonTotal {
		return 0, false
	}
	return *s.CarbonTotal - *s.CarbonInorganic, true
}

// MeanSD returns the mean and the sample standard deviation; of fewer than two
// values the deviation is 0.
//
//	x̄ = Σx/n      s² = Σ(x - x̄)²/(n - 1)
//
// Source: GUM (JCGM 100), 4.2.1 and 4.2.2.
func MeanSD(x []float64) (mean, sd float64) {
	switch len(x) {
	case 0:
		return 0, 0
	case 1:
		return x[0], 0
	}
	return elementary.Mean(x), elementary.SampleDeviation(x)
}

// Winsorise returns the values, each held within k standard deviations of the
// mean of the others; others must not hold the values themselves. With fewer
// others than least nothing is held.
//
//	x' = max(x̄ - k s, min(x̄ + k s, x))      x̄, s of the others
//
// Source: Isometric protocol 1.3, outliers: 3 standard deviations, the batch
// under calculation left out, only once 30 measurements exist; secondary.
func Winsorise(x, others []float64, k float64, least int) []float64 {
	if len(others) < max(least, 2) {
		return x
	}
	mean, sd := MeanSD(others)
	held := make([]float64, len(x))
	for i, v := range x {
		held[i] = max(mean-float64(k*sd), min(mean+float64(k*sd), v))
	}
	return held
}

// MeanLessSE is the cautious value of what was not sampled.
//
//	c = x̄ - s/√n
//
// Source: Isometric protocol 1.3, Eqs 4 and 5; secondary.
func MeanLessSE(x []float64) (value, se float64) {
	mean, sd := MeanSD(x)
	if len(x) > 0 {
		se = sd / math.Sqrt(float64(len(x)))
	}
	return mean - se, se
}
