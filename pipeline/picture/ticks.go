package picture

import (
	"math"
	"strconv"
	"time"
)

// A tick is a round number on an axis.
type tick struct {
	value float64
	text  string
}

// scale widens a range to one that holds it with some room, and returns the
// round numbers in it: multiples of 1, 2 or 5 times a power of ten, about n.
func scale(low, high float64, n int) (from, to float64, ticks []tick) {
	if !(low <= high) { // nothing to show
		low, high = 0, 1
	}
	if room := (high - low) / 20; room > math.Abs(low)*1e-12 && room > 1e-300 {
		low, high = low-room, high+room
	} else {
		room = max(math.Abs(low)/10, 1e-12)
		low, high = low-room, high+room
	}
	e := exponent((high - low) / float64(n))
	mantissa := 10.0
	for _, m := range []float64{1, 2, 5} {
		if float64(m*power(e)) >= (high-low)/float64(n) {
			mantissa = m
			break
		}
	}
	if mantissa == 10 {
		mantissa, e = 1, e+1
	}
	step := float64(mantissa * power(e))
	for k := math.Ceil(low / step); float64(k*step) <= high && len(ticks) < 50; k++ {
		value, _ := strconv.ParseFloat(strconv.FormatFloat(float64(k*mantissa), 'f', 0, 64)+"e"+strconv.Itoa(e), 64) // the nearest to the decimal number
		ticks = append(ticks, tick{value, decimal(value, -e)})
	}
	return low, high, ticks
}

// exponent is the largest e with 10^e at most x.
func exponent(x float64) int {
	e := 0
	for power(e+1) <= x && e < 300 {
		e++
	}
	for power(e) > x && e > -300 {
		e--
	}
	return e
}

// decimal writes a number with so many decimals; a very large or small one
// with its power of ten.
func decimal(x float64, decimals int) string {
	if a := math.Abs(x); x != 0 && (a >= 1e7 || decimals > 6) {
		return minus(strconv.FormatFloat(x, 'g', 4, 64))
	}
	if x == 0 {
		return "0"
	}
	return minus(strconv.FormatFloat(x, 'f', max(0, decimals), 64))
}

func minus(text string) string {
	if text != "" && text[0] == '-' {
		return "−" + text[1:]
	}
	return text
}

// A timeTick is a round time on the axis.
type timeTick struct {
	at   time.Time
	text string
	day  string // the day, where the ticks are hours and a day begins
}

// timeSteps are the steps of a time axis below a month.
var timeSteps = []time.Duration{
	time.Second, 5 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	24 * time.Hour, 2 * 24 * time.Hour, 7 * 24 * time.Hour, 14 * 24 * time.Hour,
}

// timeTicks returns round times in UTC between two instants, at most n.
func timeTicks(from, to int64, n int) []timeTick {
	for _, step := range timeSteps {
		if (to-from)/int64(step) < int64(n) {
			return clockTicks(from, to, step)
		}
	}
	for _, months := range []int{1, 2, 3, 6, 12, 24, 60, 120, 600, 1200} {
		if ticks := monthTicks(from, to, months); len(ticks) <= n {
			return ticks
		}
	}
	return nil
}

// clockTicks counts from a Monday, so that weeks begin with one.
func clockTicks(from, to int64, step time.Duration) []timeTick {
	monday := time.Date(1970, 1, 5, 0, 0, 0, 0, time.UTC).UnixNano()
	var out []timeTick
	layout := "15:04"
	switch {
	case step < time.Minute:
		layout = "15:04:05"
	case step >= 24*time.Hour:
		layout = "2 Jan"
	}
	k := (from - monday) / int64(step)
	for at := monday + k*int64(step); at <= to; at += int64(step) {
		if at < from {
			continue
		}
		t := time.Unix(0, at).UTC()
		tick := timeTick{at: t, text: t.Format(layout)}
		if first := len(out) == 0; step < 24*time.Hour && (first || t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0) {
			tick.day = t.Format("2 Jan 2006")
		} else if step >= 24*time.Hour && (first || t.Year() != out[len(out)-1].at.Year()) {
			tick.day = t.Format("2006")
		}
		out = append(out, tick)
	}
	return out
}

func monthTicks(from, to int64, months int) []timeTick {
	start := time.Unix(0, from).UTC()
	count := start.Year()*12 + int(start.Month()) - 1
	var out []timeTick
	for count -= count % months; ; count += months {
		t := time.Date(count/12, time.Month(count%12+1), 1, 0, 0, 0, 0, time.UTC)
		switch {
		case t.UnixNano() > to || len(out) > 100:
			return out
		case t.UnixNano() < from:
			continue
		}
		tick := timeTick{at: t, text: t.Format("Jan")}
		if months >= 12 {
			tick.text = t.Format("2006")
		} else if len(out) == 0 || t.Year() != out[len(out)-1].at.Year() {
			tick.day = t.Format("2006")
		}
		out = append(out, tick)
	}
}
