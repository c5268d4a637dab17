package carbon

import (
	"math"
	"slices"
	"time"

	"github.com/nielu/nielu/measure"
)

// history is what the samples of a process say of this batch.
type history struct {
	carbon, hydrogen, oxygen float64 // shares of dry mass, cautious where the batch itself was not sampled
	hasHydrogen, hasOxygen   bool
	total                    float64 // carbon, total
	n                        int     // samples behind the carbon
	se                       float64 // its standard error
}

// fromSamples finds the carbon of a batch from the samples of its process.
//
//	sampled batch      mean of its samples, each held within 3 s of the others' mean once 30 exist
//	unsampled, B       μ - σ/√n of the samples of the 6 months before it (Eqs 4 and 5)
//	H, O unsampled     μ + σ/√n: here the larger value is the cautious one
//
// A batch counts as sampled with at least 3 independent samples. Method B is
// open once 30 samples, or as many as were agreed, exist since the process was
// established: that counter is not the pool of 6 months.
//
// Source: Isometric protocol 1.3, G-F74T-0 and G-2W0F-0, as the method file labels them.
func (q *quantification) fromSamples() (history, bool) {
	p, made := q.r.Process, q.r.Batch.Made
	switch {
	case len(q.r.Samples) == 0:
		q.remark("samples: none given; a batch counts by at least %.0f independent samples of its own, or by the history of its process (G-F74T-0)", q.m.Factors["batch_samples"].Value)
		return history{}, false
	case p.ID == "" || p.Established.IsZero() || q.r.Batch.ID == "" || made.From.IsZero():
		q.gate("process: samples need process.id, process.established, batch.id, batch.from and batch.to, else nobody knows which of them count")
		return history{}, false
	}
	q.stable()
	own := OfBatch(Independent(p, q.r.Samples, never), q.r.Batch.ID)
	pool := without(Pool(p, q.r.Samples, made.From, int(q.m.Factors["pool_months"].Value)), q.r.Batch.ID)
	unlocked := q.unlocked(made.From)
	q.batches(unlocked)
	q.review(made.To)
	q.moisture(append(slices.Clone(pool), own...))
	if least := int(q.m.Factors["batch_samples"].Value); len(values(own, organicOf)) >= least {
		q.variant("carbon of the batch's own %d samples", len(values(own, organicOf)))
		return q.sampled(own, pool), true
	} else if !unlocked || p.Method != "B" {
		q.gate("samples: batch %s has %d with carbon, at least %d are needed while every batch is sampled (Method A)", q.r.Batch.ID, len(values(own, organicOf)), least)
		return history{}, false
	}
	if len(values(pool, organicOf)) < 2 {
		q.gate("samples: none of the %.0f months before batch %s; an unsampled batch has nothing to go by: sample it", q.m.Factors["pool_months"].Value, q.r.Batch.ID)
		return history{}, false
	}
	q.variant("carbon of %d samples of the months before, less a standard error: the batch was not sampled (Method B)", len(values(pool, organicOf)))
	return q.unsampled(pool), true
}

var never = time.Unix(1<<40, 0)

func totalOf(s Sample) (float64, bool) { return deref(s.CarbonTotal), s.CarbonTotal != nil }

// ratios of a sample are per organic carbon, so that they can be averaged.
func ratioOf(element func(Sample) *float64) func(Sample) (float64, bool) {
	return func(s Sample) (float64, bool) {
		org, ok := organicOf(s)
		if e := element(s); ok && org > 0 && e != nil {
			return *e / org, true
		}
		return 0, false
	}
}

var (
	hydrogenOf = ratioOf(func(s Sample) *float64 { return s.Hydrogen })
	oxygenOf   = ratioOf(func(s Sample) *float64 { return s.Oxygen })
)

func (q *quantification) winsorised(x, others []float64) []float64 {
	return Winsorise(x, others, q.m.Factors["winsor_sigmas"].Value, int(q.m.Factors["winsor_samples"].Value))
}

func (q *quantification) sampled(own, pool []Sample) (h history) {
	mean := func(of func(Sample) (float64, bool)) (float64, float64, int) {
		x := q.winsorised(values(own, of), values(pool, of))
		m, sd := MeanSD(x)
		return m, sd / math.Sqrt(float64(max(len(x), 1))), len(x)
	}
	h.carbon, h.se, h.n = mean(organicOf)
	h.total, _, _ = mean(totalOf)
	// Every sample that counts for carbon must also say how far it is carbonised.
	hydrogen, _, n := mean(hydrogenOf)
	h.hydrogen, h.hasHydrogen = float64(hydrogen*h.carbon), n >= h.n
	oxygen, _, n := mean(oxygenOf)
	h.oxygen, h.hasOxygen = float64(oxygen*h.carbon), n >= h.n
	return h
}

func (q *quantification) unsampled(pool []Sample) (h history) {
	held := func(of func(Sample) (float64, bool)) []float64 {
		var all []float64
		for _, s := range pool {
			if v, ok := of(s); ok {
				all = append(all, q.winsorised([]float64{v}, values(without(pool, s.Batch), of))...)
			}
		}
		return all
	}
	carbon := held(organicOf)
	h.carbon, h.se = MeanLessSE(carbon)
	h.n = len(carbon)
	h.total, _ = MeanLessSE(held(totalOf))
	more := func(of func(Sample) (float64, bool)) (float64, bool) {
		x := held(of)
		low, se := MeanLessSE(x)
		return float64((low + 2*se) * h.carbon), len(x) >= h.n
	}
	h.hydrogen, h.hasHydrogen = more(hydrogenOf)
	h.oxygen, h.hasOxygen = more(oxygenOf)
	return h
}

// unlocked tells whether Method B is open at a moment, and says so.
func (q *quantification) unlocked(at time.Time) bool {
	n := len(values(Independent(q.r.Process, q.r.Samples, at), organicOf))
	need := max(int(q.m.Factors["unlock_samples"].Value), q.r.Process.Agreed)
	if n < need && q.r.Process.Method == "B" {
		q.gate("process.method: B, but %d samples exist since the process was established, %d are needed; sample every batch (Method A)", n, need)
	}
	q.line("samples_since_established", float64(n), "1", q.m.Factors["unlock_samples"].Label)
	if n >= need && q.r.Process.Method == "B" && q.r.Process.Plan == "" {
		q.remark("process.plan: not given; Method B rests on an agreed plan of random sampling (R-S8K1-1)")
	}
	return n >= need
}

// batches holds the process to one sampled batch in every ten under Method B,
// and to every batch before; missed ones are counted by review.
func (q *quantification) batches(unlocked bool) {
	window := int(q.m.Factors["batches_per_sampled"].Value)
	if !unlocked || q.r.Process.Method != "B" {
		return
	}
	at := slices.IndexFunc(q.r.Process.Batches, func(b Batch) bool { return b.ID == q.r.Batch.ID })
	if at < 0 {
		q.remark("process.batches: %s is not in it; list the batches in order, so that one sampled in every %d can be seen (G-2W0F-0)", q.r.Batch.ID, window)
		return
	}
	if at+1 < window {
		return
	}
	last := q.r.Process.Batches[at+1-window : at+1]
	if !slices.ContainsFunc(last, q.isSampled) {
		q.gate("samples: none of the last %d batches to %s has %.0f samples; sample this one (G-2W0F-0)", window, q.r.Batch.ID, q.m.Factors["batch_samples"].Value)
	}
}

func (q *quantification) isSampled(b Batch) bool {
	own := OfBatch(Independent(q.r.Process, q.r.Samples, never), b.ID)
	return len(values(own, organicOf)) >= int(q.m.Factors["batch_samples"].Value)
}

// review says what calls for a review of the process: within 6 months at least
// 3 missed samplings, or more than 3 measurements below 3 standard deviations.
func (q *quantification) review(at time.Time) {
	p, from := q.r.Process, at.AddDate(0, -int(q.m.Factors["pool_months"].Value), 0)
	missed := 0
	if p.Method != "B" {
		for _, b := range p.Batches {
			if !b.Made.From.Before(p.Established) && !b.Made.To.Before(from) && !b.Made.From.After(at) && !q.isSampled(b) {
				missed++
			}
		}
	}
	if float64(missed) >= q.m.Factors["missed_for_review"].Value {
		q.gate("process: %d batches of the last %.0f months were not sampled; that calls for a review before anything is credited", missed, q.m.Factors["pool_months"].Value)
	}
	recent := Pool(p, q.r.Samples, at, int(q.m.Factors["pool_months"].Value))
	low := 0
	for _, s := range recent {
		others := values(without(recent, s.Batch), organicOf)
		mean, sd := MeanSD(others)
		if v, ok := organicOf(s); ok && len(others) >= int(q.m.Factors["winsor_samples"].Value) && v < mean-float64(q.m.Factors["winsor_sigmas"].Value*sd) {
			low++
		}
	}
	if float64(low) > q.m.Factors["low_for_review"].Value {
		q.gate("samples: %d of the last %.0f months lie below the mean by more than %.0f standard deviations; that calls for a review", low, q.m.Factors["pool_months"].Value, q.m.Factors["winsor_sigmas"].Value)
	}
}

// stable holds the batch to the feedstock and the temperature of its process.
// What left them is another process: its history starts from zero.
func (q *quantification) stable() {
	p := q.r.Process
	if p.Feedstock == "" || p.Temperature == nil || q.r.Production.Temperature == nil {
		q.remark("process: feedstock and temperature of its emissions test, and batch.production_temperature, are not all given; without them nobody sees a change of process")
	}
	if p.Feedstock != "" && q.r.Feed.Kind != "" && p.Feedstock != q.r.Feed.Kind {
		q.gate("process.feedstock: %s, but the batch is of %s; another feedstock is another process with a history of its own: establish it", p.Feedstock, q.r.Feed.Kind)
	}
	width := q.m.Factors["stability"].Value
	if t := q.r.Production.Temperature; t != nil && p.Temperature != nil && math.Abs(*t-*p.Temperature) > float64(width*math.Abs(*p.Temperature)) {
		q.gate("batch.production_temperature: %.4g Cel is more than %s from the %.4g Cel of the process; other conditions are another process: establish it", *t, percent(width), *p.Temperature)
	}
	if q.r.Batch.Made.From.Before(p.Established) {
		q.gate("batch.from: lies before the process was established; it belongs to another")
	}
}

// moisture holds the second moisture pathway to its limit.
//
//	SEM/x̄ < 5 %      of the samples' moisture
func (q *quantification) moisture(samples []Sample) {
	limit := q.m.Factors["moisture_sem"].Value
	switch q.r.Process.MoisturePathway {
	case "":
		q.remark("process.moisture_pathway: not declared; dry-weight, target or every-batch (R-ADXG-0)")
	case "target":
		x := values(samples, func(s Sample) (float64, bool) { return deref(s.Moisture), s.Moisture != nil })
		mean, _ := MeanSD(x)
		if _, se := MeanLessSE(x); len(x) < 2 || mean <= 0 || se/mean >= limit {
			q.gate("process.moisture_pathway: target, but the moisture of %d samples is not steady within %s (standard error of the mean); measure every batch", len(x), percent(limit))
		}
	}
}

// monthly holds a batch to one month.
func (q *quantification) monthly() {
	months := int(q.m.Factors["batch_months"].Value)
	if q.r.Batch.Made.From.IsZero() {
		q.remark("batch.from: not given; a production batch is of at most %d month", months)
		return
	}
	if longer(q.r.Batch.Made, months) {
		q.gate("batch.to: the batch is of more than %d month: divide it", months)
	}
}

func longer(made measure.Interval, months int) bool {
	return made.To.After(made.From.AddDate(0, months, 0))
}
