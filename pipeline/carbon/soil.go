package carbon

import (
	"math"
	"strings"
)

// soilTemperature returns the yearly mean of the soil, in Cel. Air is refused
// as a stand-in by every method that asks for soil.
func (q *quantification) soilTemperature() (float64, bool) {
	t := q.r.Sink.SoilTemperature
	if t == nil {
		q.gate("sink.soil_temperature: not given; take the yearly mean of the soil at the site of use, never of the air")
		return 0, false
	}
	if q.r.Sink.SoilTemperatureFrom == "air" {
		q.gate("sink.soil_temperature_from: air is never soil; soil is 2 to 4 K warmer: measure it, or take a soil data set")
	}
	if strings.HasPrefix(q.r.Sink.EndUse, "landfill") && q.r.Sink.SoilTemperatureFrom != "measured" {
		q.ask("sink.soil_temperature_from: a landfill warms its cover, so that no data set tells it: measure it at depth, and link the tag with soil: in the plant file")
	}
	if !(*t >= coldest && *t <= hottest) {
		q.gate("sink.soil_temperature: %v Cel is no yearly mean of a soil; a value that stands for a missing one must be left out", *t)
		return 0, false
	}
	return *t, true
}

// The yearly means that a soil can have, Cel, with room; beyond them is a
// slip of the pen or a number that stands for none, as -99.
const coldest, hottest = -30, 60

// persistence is PF by a table of M and a against whole degrees of the soil. A
// temperature between two is rounded up, which is the cautious side.
//
//	PF = max(0, min(100, M - a · H/Corg))      [%]
//
// It returns the share, 0 to 1, and its slope against H/Corg, 0 where held.
//
// Source: Puro.earth Edition 2025, Eq 6.4 and Table 6.1, as the method file labels them.
func (q *quantification) persistence(hc float64, hasHC bool) (durable, slope float64, has bool) {
	t, ok := q.soilTemperature()
	if !ok {
		return 0, 0, false
	}
	low, high := q.factor("soil_low"), q.factor("soil_high")
	ts := q.degree(t)
	if ts < low {
		ts = low
		q.variant("soil colder than %.4g Cel counts as %.4g Cel", ts, ts)
	}
	q.line("Ts", ts, "Cel", q.m.Factors["soil_low"].Label)
	rows := q.table("persistence")
	for i, row := range rows.Rows {
		if row.Values[0] != math.Floor(ts) || ts > high {
			continue
		}
		if !hasHC {
			return 0, 0, false
		}
		m, a := row.Values[1], row.Values[2]
		if part := ts - row.Values[0]; part > 0 {
			next := rows.Rows[i+1].Values
			m, a = m+float64(part*(next[1]-m)), a+float64(part*(next[2]-a))
		}
		raw := m - float64(a*hc)
		pf := max(0, min(100, raw))
		q.line("PF", pf, "%", rows.Label)
		if raw > 0 && raw < 100 {
			slope = -a / 100
		}
		return pf / 100, slope, true
	}
	q.gate("sink.soil_temperature: %.4g Cel is above %.4g Cel, where the method's table ends", t, high)
	return 0, 0, false
}

// degree is the degree of the table at which persistence is read. A public
// model takes the nearest; a published case may have read between two. Neither
// is the cautious reading, so neither can be certified.
//
// Source: Puro Edition 2025, rule 6.2.4: whole degrees; which way a fraction
// goes is not said (secondary).
func (q *quantification) degree(t float64) float64 {
	if t == math.Trunc(t) {
		return t
	}
	reading := q.reading(0)
	if reading == "" || reading == "puro-soil-up" {
		q.variant("soil temperature rounded up to a whole degree")
		return math.Ceil(t)
	}
	q.variant("%s", reading)
	q.ask("variants: %s: a soil temperature between two degrees counts as the warmer one in an account to be certified", reading)
	if reading == "puro-soil-nearest" {
		return math.Floor(t + 0.5)
	}
	return t
}
