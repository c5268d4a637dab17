package balance

// Cusum is the QAL3 control of an analyser: its limits, in the unit of the
// drift and its square.
type Cusum struct{ Hx, Kx, Hs, Ks float64 }

// QAL3 returns the limits for an analyser with a standard deviation of s.
//
//	h_x = 2.85 s      k_x = 0.501 s      h_s = 6.90 s²      k_s = 1.85 s²
//
// Source: ABB EL3000 operating instruction, p. 160, after EN 14181.
func QAL3(s float64) Cusum { return CusumOf(s, 2.85, 0.501, 6.90, 1.85) }

// CusumOf returns limits given as multiples of s and s².
func CusumOf(s, hx, kx, hs, ks float64) Cusum {
	return Cusum{Hx: float64(hx * s), Kx: float64(kx * s), Hs: float64(float64(hs*s) * s), Ks: float64(float64(ks*s) * s)}
}

// CusumPoint is the state after one control reading.
type CusumPoint struct {
	Positive, Negative, Spread float64
	Drift, Imprecise           bool
}

// Run goes through control readings, each as its distance d from the reference.
//
//	S+ = max(0, S+ + d - k_x)      S- = max(0, S- - d - k_x)      drift if one is above h_x
//	s  = max(0, s + ½ (d_t - d_(t-1))² - k_s)                     imprecise if s is above h_s
//
// All begin at 0; the first reading has no other to differ from.
//
// Source: EN 14181 Annex C (update rule unverified).
func (c Cusum) Run(d []float64) []CusumPoint {
	points := make([]CusumPoint, len(d))
	var p CusumPoint
	for i, v := range d {
		p.Positive = max(0, p.Positive+v-c.Kx)
		p.Negative = max(0, p.Negative-v-c.Kx)
		if i > 0 {
			step := v - d[i-1]
			p.Spread = max(0, p.Spread+float64(float64(0.5*step)*step)-c.Ks)
		}
		p.Drift = p.Positive > c.Hx || p.Negative > c.Hx
		p.Imprecise = p.Spread > c.Hs
		points[i] = p
	}
	return points
}
