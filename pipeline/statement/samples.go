package statement

import (
	"slices"
	"time"

	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/lots"
)

// addSamples fills in what laboratories found in samples of the product: what
// methods draw a lot's carbon from, the batches of its process, and how often
// in a year the product was analysed. Samples of other streams, such as the
// feed, and such as were taken before their lot began, count for nothing.
func addSamples(r *carbon.Request, lot lots.Lot, stream string) {
	began := map[string]carbon.Batch{}
	for _, b := range lot.Batches {
		began[b.ID] = b
	}
	counts := map[string]bool{}
	for _, s := range lot.Samples {
		b, known := began[s.Batch]
		if s.Of != stream || !known || s.At.Before(b.Made.From) {
			continue
		}
		r.Samples = append(r.Samples, s.Sample)
		counts[s.Batch] = true
		if s.Batch == lot.ID {
			addReflectance(&r.Petrography, s.Reflectance)
		}
	}
	for _, b := range lot.Batches {
		if counts[b.ID] && r.Process.Established.IsZero() {
			r.Process.Established = b.Made.From
		}
		if !r.Process.Established.IsZero() {
			r.Process.Batches = append(r.Process.Batches, b)
		}
	}
	if lot.Sampling.AnalysesInYear == 0 { // no laboratory file says it
		r.Sampling.AnalysesInYear = analyses(lot, r.Samples)
	}
}

// AnalysesInYear returns how often the product was analysed in the year that ends
// with a lot, by what its record of samples says and a laboratory file states.
func AnalysesInYear(lot lots.Lot, stream string) int {
	r := carbon.Request{Sampling: lot.Sampling}
	addSamples(&r, lot, stream)
	return r.Sampling.AnalysesInYear
}

// analyses counts the lots whose product was analysed for total carbon, of
// samples taken in the year that ends with the lot. A lot counts once, however
// many replicates it has, and only if it was made: it is the lot itself, or its
// readings gave a statement. Nor do lots that a day is cut into: no more count
// than there were days of sampling.
func analyses(lot lots.Lot, samples []carbon.Sample) int {
	from := lot.Interval.To.AddDate(-1, 0, 0)
	seen, days := map[string]bool{}, map[string]bool{}
	for _, s := range samples {
		if s.CarbonTotal != nil && !s.At.Before(from) && s.At.Before(lot.Interval.To) && (s.Batch == lot.ID || slices.Contains(lot.Made, s.Batch)) {
			seen[s.Batch], days[s.At.UTC().Format(time.DateOnly)] = true, true
		}
	}
	return min(len(seen), len(days))
}

// addReflectance adds the reflectance of one sample of the lot. Of several the
// fewest readings, the widest spread and the least Gaussian count.
func addReflectance(p *carbon.Petrography, x *lots.Reflectance) {
	if x == nil {
		return
	}
	first := len(p.Reflectance) == 0
	p.Reflectance = append(p.Reflectance, x.Mean)
	if x.Durable != nil {
		p.DurableShares = append(p.DurableShares, *x.Durable)
	}
	if p.Points = x.Readings; !first {
		p.Points = min(p.Points, x.Readings)
	}
	p.Gaussian = x.Gaussian && (first || p.Gaussian)
	if first {
		p.SD, p.Heterogeneity = x.SD, x.Heterogeneity
		return
	}
	p.SD = most(p.SD, x.SD)
	p.Heterogeneity = most(p.Heterogeneity, x.Heterogeneity)
}

// most returns the larger of two, nil if one is not known.
func most(a, b *float64) *float64 {
	if a == nil || b == nil {
		return nil
	}
	m := max(*a, *b)
	return &m
}
