package devicetest

import (
	"math"
	"time"
)

// epoch is a Monday; hours of plant time are counted from it.
var epoch = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

const weekHours = 168

// hoursAt returns the hours from the epoch to t.
func hoursAt(t time.Time) float64 {
	d := t.Unix() - epoch.Unix()
	return (float64(d) + float64(t.Nanosecond())*1e-9) / 3600
}

// stop is one weekly standstill: the load falls from 1 to 0 over Down hours
// from From, and rises again over Up hours, ending at To. Hours of the week,
// from Monday 00:00 UTC.
type stop struct{ From, Down, Up, To float64 }

// schedule is a plant's week. Its load is a smooth function of time with a
// closed-form integral: half a cosine's worth of S-curve at each ramp.
type schedule []stop

// load returns the share of full running at hour h, 0 to 1.
func (s schedule) load(h float64) float64 {
	w := h - weekHours*math.Floor(h/weekHours)
	for _, p := range s {
		switch {
		case w < p.From || w >= p.To:
		case w < p.From+p.Down:
			return 1 - ramp((w-p.From)/p.Down)
		case w < p.To-p.Up:
			return 0
		default:
			return ramp((w - (p.To - p.Up)) / p.Up)
		}
	}
	return 1
}

// run returns the full-load hours from the epoch to hour h: the integral of load.
func (s schedule) run(h float64) float64 {
	week := math.Floor(h / weekHours)
	w := h - weekHours*week
	whole := float64(weekHours)
	part := w
	for _, p := range s {
		whole -= p.To - p.From - (p.Down+p.Up)/2
		switch {
		case w <= p.From:
		case w < p.From+p.Down:
			part -= p.Down * rampTotal((w-p.From)/p.Down)
		case w < p.To-p.Up:
			part -= w - p.From - p.Down/2
		case w < p.To:
			x := (w - (p.To - p.Up)) / p.Up
			part -= (p.To - p.Up - p.From - p.Down/2) + p.Up*(x-rampTotal(x))
		default:
			part -= p.To - p.From - (p.Down+p.Up)/2
		}
	}
	return week*whole + part
}

// ramp rises smoothly from 0 at 0 to 1 at 1; rampTotal is its integral from 0.
func ramp(x float64) float64      { return x * x * (3 - 2*x) }
func rampTotal(x float64) float64 { return x * x * x * (1 - x/2) }

// wave is a positive rate that wanders: mean·(1 + Σ a·cos(ωτ + φ)), with the
// integral in closed form. τ is in hours, usually of running.
type wave struct {
	mean  float64
	terms [3]struct{ a, omega, phase, sin0 float64 }
}

// newWave draws a wave whose three periods lie near 0.9 h, 7 h and 90 h and
// whose amplitudes add to swing, a share of the mean.
func newWave(d *draw, mean, swing float64) wave {
	w := wave{mean: mean}
	for i, period := range [3]float64{0.9, 7, 90} {
		term := &w.terms[i]
		term.a = swing * [3]float64{0.15, 0.35, 0.5}[i]
		term.omega = 2 * math.Pi / (period * (0.8 + 0.4*d.next()))
		term.phase = 2 * math.Pi * d.next()
		term.sin0 = math.Sin(term.phase)
	}
	return w
}

// rate returns the wave at τ.
func (w *wave) rate(tau float64) float64 {
	sum := 1.0
	for i := range w.terms {
		t := &w.terms[i]
		sum += t.a * math.Cos(t.omega*tau+t.phase)
	}
	return w.mean * sum
}

// total returns the integral of the wave from 0 to τ.
func (w *wave) total(tau float64) float64 {
	sum := tau
	for i := range w.terms {
		t := &w.terms[i]
		sum += t.a / t.omega * (math.Sin(t.omega*tau+t.phase) - t.sin0)
	}
	return w.mean * sum
}

// vessel is a hopper or tank that is emptied in smooth pulses: what it holds
// is a function of all that ever came in, so its level, what came in and what
// left always agree.
//
//	held = base + cycle/2π·(1 + sin(2π·in/cycle))      leaving = entering·(1 − cos(2π·in/cycle))
type vessel struct{ base, cycle float64 }

func (v vessel) held(in float64) float64 {
	return v.base + v.cycle/(2*math.Pi)*(1+math.Sin(2*math.Pi*in/v.cycle))
}

func (v vessel) leaving(in, entering float64) float64 {
	return entering * (1 - math.Cos(2*math.Pi*in/v.cycle))
}

// draw is a stream of numbers in [0, 1) that depends on its seed alone.
type draw struct{ state uint64 }

func (d *draw) next() float64 {
	d.state += 0x9e3779b97f4a7c15
	return unit01(mix(d.state))
}

// mix is the finaliser of SplitMix64 (Steele, Lea and Flood 2014).
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func unit01(z uint64) float64 { return float64(z>>11) * (1.0 / (1 << 53)) }

// gauss returns a number that is nearly normal with standard deviation 1: the
// sum of four uniform ones cut from one hash, so it never exceeds 3.5.
func gauss(z uint64) float64 {
	sum := float64(z&0xffff) + float64(z>>16&0xffff) + float64(z>>32&0xffff) + float64(z>>48)
	return (sum/65536 - 2) * 1.7320508
}
