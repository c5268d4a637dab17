package carbon

import (
	"slices"
	"strings"
)

// takeMeasured puts what instruments of the plant measured in the place of
// what people wrote of the same thing, and says where the two differ.
//
//	kiln      the measured mean counts
//	soil      the warmer of the two: a batch is shorter than the year whose mean counts
//	carbon    the plant's balance, where a laboratory found more by more than a point
//	uptime    the lower of the two: a flame-out on record is one, whatever a sensor saw
//	regime A  the larger deviation of the two
//
// An instrument of the claim that the balances accuse holds an account to be
// certified until somebody answers.
func (q *quantification) takeMeasured() {
	m, r := q.r.Measurements, &q.r
	if t := m.KilnTemperature; t != nil {
		if typed := r.Production.Temperature; typed != nil && *typed != *t {
			q.note("batch.production_temperature: %.4g Cel were written, the kiln's mean was %.4g Cel: what was measured counts", *typed, *t)
		}
		r.Production.Temperature = t
	}
	if t := m.SoilTemperature; t != nil {
		switch typed := r.Sink.SoilTemperature; {
		case typed == nil || *typed < *t:
			if typed != nil {
				q.note("sink.soil_temperature: %.4g Cel were written, %.4g Cel were measured at depth: the warmer counts", *typed, *t)
			}
			r.Sink.SoilTemperature, r.Sink.SoilTemperatureFrom = t, "measured"
		case *typed > *t:
			q.note("sink.soil_temperature: %.4g Cel were written, %.4g Cel were measured at depth in the time of the batch: the warmer counts", *typed, *t)
		}
	}
	const point = 0.01
	if c, total := m.Carbon, r.Analysis.CarbonTotal; c != nil && total != nil && *total-*c > point {
		q.note("batch.carbon_total: %s, and the plant's balance goes by %s: the lower counts; ask the laboratory", percent(*total), percent(*c))
		r.Analysis.CarbonTotal = c
	}
	if up := m.CombustionUp; up != nil && (r.Production.CombustionUptime == nil || *up < *r.Production.CombustionUptime) {
		if r.Production.CombustionUptime != nil {
			q.note("batch.combustion_uptime: %s by records, a flame is shown in %s of the running time: the lower counts", percent(*r.Production.CombustionUptime), percent(*up))
		}
		r.Production.CombustionUptime = up
	}
	if d := m.Deviation; d != nil && (r.Sampling.Deviation == nil || *d > *r.Sampling.Deviation) {
		r.Sampling.Deviation = d
	}
	for _, why := range m.Unsure {
		q.remark("measured: %s", why)
	}
	for _, why := range m.Accused {
		q.remark("balance: %s; calibrate or correct it, or enter the time as downtime of the sensor", why)
	}
}

// The longest time between two calibrations, in days, of the methods that
// state one; secondary.
//
// Source: Isometric 1.3, monitoring plan: scales, sensors and meters at least
// once a year; VM0044 1.2, section 9.2: scales every 3 years.
var calibratedEvery = map[string]struct {
	days   float64
	of     []string
	source string
}{
	"isometric-1.3": {days: 366, of: []string{"product", "unit", "moisture", "stack"}, source: "at least once a year"},
	"vm0044-1.2":    {days: 3 * 366, of: []string{"product", "unit"}, source: "scales at least every 3 years"},
}

// calibrated holds the instruments of an account to the method's own interval.
func (q *quantification) calibrated() {
	rule, asks := calibratedEvery[q.m.ID]
	if !asks {
		for _, c := range q.r.Calibrations {
			if c.Age == nil {
				q.note("calibrations: nothing on record covers the batch for %s (%s)", c.Instrument, c.Of)
			}
		}
		return
	}
	if len(q.r.Calibrations) == 0 {
		q.ask("calibrations: none given; the method asks for %s of whatever the account rests on", rule.source)
	}
	for _, c := range q.r.Calibrations {
		switch {
		case !slices.Contains(rule.of, c.Of):
		case c.Age == nil:
			q.ask("calibrations: nothing on record covers the batch for %s (%s): enter its calibration", c.Instrument, c.Of)
		case *c.Age > rule.days:
			q.remark("calibrations: %s (%s) was calibrated %.0f days before the end of the batch; the method asks for %s", c.Instrument, c.Of, *c.Age, rule.source)
		}
	}
}

// outside says what time the plant may have run in no lot. Char made then
// counts nowhere, and neither do its emissions: a lot that is the hour of
// weighing alone would have none.
func (q *quantification) outside() {
	switch out, made := q.r.Production.Outside, q.r.Batch.Made; {
	case out == nil || *out <= 0:
	case *out > made.Length():
		q.remark("batch.outside: since the lot before, %s are in no lot, more than the %s of this one, and no stop is on record: let the lot begin when its feed went in, or enter the time as a stop", *out, made.Length())
	default:
		q.note("batch.outside: since the lot before, %s are in no lot and no stop is on record: what was emitted then is in no account", *out)
	}
}

// processGas asks for the methane and nitrous oxide of carbonisation: by
// instruments in the stack, or by a factor with a source.
//
// Source: Puro Edition 2025, residual CH4 and N2O are monitored; Isometric 1.3,
// monitoring plan; C-Sink 3.3, portfolio by gas; secondary.
func (q *quantification) processGas() {
	if q.r.Stack != nil {
		return
	}
	for _, e := range q.r.Emissions {
		sourced := e.Source != "" && (e.Factor != nil || e.Amount.Value != 0 || q.m.has("CH4"))
		if sourced && (e.Of == OfProcessGas && q.m.has(e.Group) || q.m.has("CH4") && e.Group == "CH4") {
			return
		}
	}
	q.ask("emissions: nothing says what methane and nitrous oxide the carbonisation let out: name a stack in the plant file, or enter a line of: process-gas under %s by a factor with its source", q.symbols())
}

// combustion asks that pyrolysis gas was burnt.
//
// Source: Puro Edition 2025: pyrogas combustion available at least 95 % of
// normal operating time; secondary.
func (q *quantification) combustion() {
	switch uptime, least := q.r.Production.CombustionUptime, q.m.Factors["combustion_uptime"]; {
	case uptime == nil:
		q.ask("batch.combustion_uptime: not given; the gas must be burnt for at least %s (%s): name the log of the flame, or a tag that shows it", percent(least.Value), least.Source)
	case !(*uptime >= least.Value):
		q.gate("batch.combustion_uptime: %s is below %s (%s)", percent(*uptime), percent(least.Value), least.Source)
	}
}

// categories holds every delivery to the biomass sourcing criteria.
//
// Source: Puro Edition 2025, biomass sourcing criteria: A (mixed municipal
// waste) and J (food crops) are excluded, P (land clearing) earns nothing; secondary.
func (q *quantification) categories() {
	if len(q.r.Feed.Categories) == 0 {
		q.ask("batch.feed_categories: not given; each delivery has a letter of the biomass sourcing criteria")
	}
	for _, c := range q.r.Feed.Categories {
		switch {
		case len(c) != 1 || c < "A" || c > "P":
			q.gate("batch.feed_categories: %q is no letter of the biomass sourcing criteria, A to P", c)
		case strings.Contains("AJP", c):
			q.gate("batch.feed_categories: feed of category %s earns nothing", c)
		}
	}
}
