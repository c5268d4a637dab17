package formulas

import (
	"strconv"

	"github.com/nielu/nielu/measure/elementary"
	"github.com/nielu/nielu/pipeline/balance"
)

func quality() []Formula {
	return []Formula{
		{
			Name: "steady-state", About: "whether a signal is steady, by the scatter from value to value",
			Equation: "var_f = Σ (x_i - x_(i-1))² / (2 (n-1))      R = var_f / s²      steady if R ≥ threshold",
			Source:   "ratio of the mean square successive difference, von Neumann 1941, Ann. Math. Statist. 12:367; sense and limit as in NeqSim, and the inverse ratio is found elsewhere",
			Valid:    "20 to 60 values; threshold 0.5 if none is given",
			Vectors:  []string{"steady_state_steady", "steady_state_ramp"},
			compute:  steadyState,
		},
		{
			Name: "counter-binary", About: "what a binary counter counted between two readings",
			Equation: "Δ = (cur - prev) mod 2^bits      reset if Δ is more than can have been",
			Source:   "definition",
			Valid:    "a reset adds nothing",
			Vectors:  []string{"counter_binary", "counter_reset"},
			compute:  counterBinary,
		},
		{
			Name: "counter-decimal", About: "what a decimal counter counted between two readings",
			Equation: "Δ = (cur - prev) mod modulus      reset if Δ is more than can have been",
			Source:   "definition",
			Valid:    "a reset adds nothing",
			Vectors:  []string{"counter_decimal_small"},
			compute:  counterDecimal,
		},
		{
			Name: "time-weighted", About: "mean and total of values at uneven times",
			Equation: "stepped: Σ x_i (t_(i+1) - t_i) / (t_n - t_1)      trapezoid: Σ ½ (x_i + x_(i+1)) (t_(i+1) - t_i) / (t_n - t_1)",
			Source:   "definition; stepped and sloped signals as in OPC 10000-13",
			Valid:    "the last stepped value has no weight; the plain mean is never right",
			Vectors:  []string{"time_weighted_small"},
			compute:  timeWeighted,
		},
		{
			Name: "hampel", About: "spikes among their neighbours",
			Equation: "S = scale · median |x - x̃|      spike if |x - x̃| > n_sigma · S",
			Source:   "Hampel identifier, Davies & Gather 1993, J. Am. Stat. Assoc. 88:782",
			Valid:    "the window is cut at the ends, not padded; spikes are marked, never deleted",
			Vectors:  []string{"hampel"},
			compute:  hampel,
		},
		{
			Name: "rate-of-change", About: "values reached faster than they can be",
			Equation: "|dx/dt| > limit",
			Source:   "definition",
			Vectors:  []string{"rate_of_change"},
			compute:  rateOfChange,
		},
		{
			Name: "flatline", About: "values too equal to be alive",
			Equation: "max - min ≤ resolution over at least min_run values",
			Source:   "definition",
			Valid:    "while the process moves",
			Vectors:  []string{"flatline"},
			compute:  flatline,
		},
		{
			Name: "qal3-cusum", About: "drift and precision of an analyser",
			Equation: "S+ = max(0, S+ + d - k_x)      S- = max(0, S- - d - k_x)      drift: above h_x\ns = max(0, s + ½ (d_t - d_(t-1))² - k_s)      imprecise: above h_s",
			Source:   "constants: ABB EL3000 operating instruction, p. 160, after EN 14181; update rule EN 14181 Annex C, unverified",
			Vectors:  []string{"qal3_cusum"},
			compute:  qal3,
		},
		{
			Name: "mrr-substitute", About: "what stands in for a missing hour in the EU",
			Equation: "emission: x̄ + 2 s      removal: x̄ - 2 s",
			Source:   "Regulation (EU) 2018/2066, Art. 45(3) and Annex VIII, equation 4, for emissions; the sign for removals is ours",
			Valid:    "conservative: high for emissions, low for removals and avoided amounts",
			Vectors:  []string{"mrr_substitute"},
			compute:  mrrSubstitute,
		},
		{
			Name: "part98-substitute", About: "what stands in for a missing value in the US",
			Equation: "x = (before + after) / 2",
			Source:   "40 CFR 98.365(b)",
			Vectors:  []string{"us_part98_substitute"},
			compute:  part98,
		},
		{
			Name: "flow-weighted", About: "mass carried by concentrations in flows of an hour each",
			Equation: "m = Σ c Q 10⁻⁶      c̄ = Σ c Q / Σ Q",
			Source:   "Regulation (EU) 601/2012, Annex VIII, equation 1",
			Valid:    "means of concentration are weighted by flow",
			Vectors:  []string{"flow_weighted_small"},
			compute:  flowWeighted,
		},
	}
}

func steadyState(in *Input, out *Result) {
	x, threshold := in.List("x", "1", 2), in.NumberOr("threshold", "1", 0.5)
	if !in.Complete() {
		return
	}
	successive, sample, r, ok := balance.SteadyState(x)
	out.Number("var_successive", "1", successive, "Σ (x_i - x_(i-1))² / (2 (n-1))", "%v / (2 · %d)", float64(successive*2)*float64(len(x)-1), len(x)-1)
	out.Number("var_sample", "1", sample, "Σ (x_i - x̄)² / (n-1)", "%v / %d", sample*float64(len(x)-1), len(x)-1)
	if !ok {
		out.Other("R", nil, "nothing varies: there is no ratio")
		out.Other("steady", false, "it cannot be told")
		return
	}
	out.Number("R", "1", r, "var_successive / var_sample; near 1 when steady", "%v / %v", successive, sample)
	out.Other("steady", r >= threshold, "%v ≥ %v", r, threshold)
}

func counterBinary(in *Input, out *Result) {
	prev, cur, bits := in.Count("prev"), in.Count("cur"), in.Count("bits")
	per, rate, dt := in.Positive("pulses_per_kg", "1/kg"), in.AtLeastZero("max_rate_kg_h", "kg/h"), in.Positive("dt_s", "s")
	if !in.Complete() {
		return
	}
	most := float64(rate*dt) / 3600
	delta, event, err := binaryCounter(prev, cur, int(min(bits, 1000)), float64(most*per))
	if err != nil {
		in.shared.faults = append(in.shared.faults, Fault{Text: err.Error()})
		return
	}
	kg := float64(delta) / per
	out.Other("event", string(event), "%v kg against at most %v kg in %v s", kg, most, dt)
	if event == balance.CounterReset || event == balance.CounterBack {
		out.Other("delta_pulses", nil, "the difference, %d, is no counting", delta)
		out.Other("kg", nil, "nothing is added")
		return
	}
	out.Number("delta_pulses", "{pulse}", float64(delta), "(cur - prev) mod 2^bits", "(%d - %d) mod 2^%d", cur, prev, bits)
	out.Number("kg", "kg", kg, "Δ / pulses per kg", "%d / %v 1/kg", delta, per)
}

func counterDecimal(in *Input, out *Result) {
	prev, cur, modulus := in.AtLeastZero("prev", "1"), in.AtLeastZero("cur", "1"), in.Positive("modulus", "1")
	rate, dt := in.AtLeastZero("max_rate_per_h", "1/h"), in.Positive("dt_s", "s")
	if !in.Complete() {
		return
	}
	most := float64(rate*dt) / 3600
	delta, event, err := decimalCounter(prev, cur, modulus, most)
	if err != nil {
		in.shared.faults = append(in.shared.faults, Fault{Text: err.Error()})
		return
	}
	out.Other("event", string(event), "%v against at most %v in %v s", delta, most, dt)
	if event == balance.CounterReset || event == balance.CounterBack {
		out.Other("delta", nil, "nothing is added")
		return
	}
	out.Number("delta", "1", delta, "(cur - prev) mod modulus", "(%v - %v) mod %v", cur, prev, modulus)
}

// times reads times that rise and as many values.
func times(in *Input, keyX, unit string, least int) (t, x []float64) {
	t, x = in.List("t_s", "s", least), in.List(keyX, unit, least)
	if len(t) != len(x) && t != nil && x != nil {
		in.fault(keyX, "has %d values for %d times", len(x), len(t))
	}
	for i := 1; i < len(t); i++ {
		if t[i] <= t[i-1] {
			in.fault("t_s["+strconv.Itoa(i)+"]", "%s s does not follow %s s: times must rise", digits(t[i]), digits(t[i-1]))
			break
		}
	}
	return t, x
}

func timeWeighted(in *Input, out *Result) {
	t, q := times(in, "q_kg_h", "kg/h", 2)
	if !in.Complete() {
		return
	}
	stepped, err := steppedMean(t, q)
	sloped, err2 := slopedMean(t, q)
	if err != nil || err2 != nil {
		in.fault("t_s", "%v", err)
		return
	}
	hours := (t[len(t)-1] - t[0]) / 3600
	out.Number("stepped_mean", "kg/h", stepped, "Σ x_i (t_(i+1) - t_i) / (t_n - t_1)", "%s kg/h · s / %v s", terms(len(t)-1, func(i int) string {
		return digits(q[i]) + " · " + digits(t[i+1]-t[i])
	}), t[len(t)-1]-t[0])
	out.Number("trapezoid_mean", "kg/h", sloped, "Σ ½ (x_i + x_(i+1)) (t_(i+1) - t_i) / (t_n - t_1)", "%s kg/h · s / %v s", terms(len(t)-1, func(i int) string {
		return "½ (" + digits(q[i]) + " + " + digits(q[i+1]) + ") · " + digits(t[i+1]-t[i])
	}), t[len(t)-1]-t[0])
	out.Number("plain_mean_wrong", "kg/h", elementary.Mean(q), "Σ x / n, which is wrong", "%s kg/h / %d", sumOf(q), len(q))
	out.Number("total_kg_stepped", "kg", float64(stepped*hours), "stepped mean · duration", "%v kg/h · %v h", stepped, hours)
	out.Number("total_kg_trapezoid", "kg", float64(sloped*hours), "trapezoid mean · duration", "%v kg/h · %v h", sloped, hours)
}

func hampel(in *Input, out *Result) {
	x, half := in.List("x", "1", 1), in.Count("half_window")
	n, scale := in.AtLeastZero("n_sigma", "1"), in.Positive("scale", "1")
	if !in.Complete() {
		return
	}
	var median, s []float64
	spike := []bool{}
	for _, p := range hampelSeries(x, int(min(half, uint64(len(x)))), n, scale) {
		median, s, spike = append(median, p.Median), append(s, p.S), append(spike, p.Spike)
	}
	out.List("median", "1", median, "x̃ of each window")
	out.List("S", "1", s, "scale · median |x - x̃|")
	out.Other("spike", spike, "|x - x̃| > %v S", n)
}

func rateOfChange(in *Input, out *Result) {
	t, x := times(in, "x", "1", 1)
	limit := in.AtLeastZero("limit_per_s", "1/s")
	if in.Complete() {
		out.Other("flag", reachedTooFast(t, x, limit), "|dx/dt| > %v 1/s", limit)
	}
}

func flatline(in *Input, out *Result) {
	x, n, resolution := in.List("x", "1", 1), in.Count("min_run"), in.AtLeastZero("resolution", "1")
	if n < 2 {
		in.fault("min_run", "%d: a run has at least 2 values", n)
	}
	if in.Complete() {
		out.Other("flag_indices", flatPositions(x, int(min(n, uint64(len(x))+1)), resolution), "positions from 0, at least %d values within %v", n, resolution)
	}
}

func qal3(in *Input, out *Result) {
	s, d := in.Positive("s_AMS", "1"), in.List("d", "1", 1)
	hx, kx := in.NumberOr("hx_over_s", "1", 2.85), in.NumberOr("kx_over_s", "1", 0.501)
	hs, ks := in.NumberOr("hs_over_s2", "1", 6.90), in.NumberOr("ks_over_s2", "1", 1.85)
	if !in.Complete() {
		return
	}
	c := balance.CusumOf(s, hx, kx, hs, ks)
	out.Number("hx", "1", c.Hx, "hx_over_s · s", "%v · %v", hx, s)
	out.Number("kx", "1", c.Kx, "kx_over_s · s", "%v · %v", kx, s)
	out.Number("hs", "1", c.Hs, "hs_over_s2 · s²", "%v · %v²", hs, s)
	out.Number("ks", "1", c.Ks, "ks_over_s2 · s²", "%v · %v²", ks, s)
	var positive, negative, spread []float64
	var drift, bad []bool
	for _, p := range c.Run(d) {
		positive, negative, spread = append(positive, p.Positive), append(negative, p.Negative), append(spread, p.Spread)
		drift, bad = append(drift, p.Drift), append(bad, p.Imprecise)
	}
	out.List("sum_pos", "1", positive, "max(0, S+ + d - k_x)")
	out.List("sum_neg", "1", negative, "max(0, S- - d - k_x)")
	out.List("sum_s", "1", spread, "max(0, s + ½ (d_t - d_(t-1))² - k_s)")
	out.Other("drift", drift, "S+ or S- > %v", c.Hx)
	out.Other("precision_bad", bad, "s > %v", c.Hs)
}

func mrrSubstitute(in *Input, out *Result) {
	x := in.List("values", "1", 2)
	if !in.Complete() {
		return
	}
	mean, s := elementary.Mean(x), elementary.SampleDeviation(x)
	emission, removal := balance.Substitute(x)
	out.Number("mean", "1", mean, "Σ x / n", "%s / %d", sumOf(x), len(x))
	out.Number("sd_sample", "1", s, "√(Σ (x - x̄)² / (n-1))", "√(%v / %d)", float64(s*s)*float64(len(x)-1), len(x)-1)
	out.Number("substitute_emission", "1", emission, "x̄ + 2 s", "%v + 2 · %v", mean, s)
	out.Number("substitute_removal", "1", removal, "x̄ - 2 s", "%v - 2 · %v", mean, s)
}

func part98(in *Input, out *Result) {
	before, after := in.Number("before", "1"), in.Number("after", "1")
	if in.Complete() {
		out.Number("substitute", "1", balance.Part98Substitute(before, after), "(before + after) / 2", "(%v + %v) / 2", before, after)
	}
}

func flowWeighted(in *Input, out *Result) {
	c, q := in.List("conc_g_Nm3", "g/m3{N}", 1), in.List("flow_Nm3_h", "m3{N}/h", 1)
	if len(c) != len(q) && c != nil && q != nil {
		in.fault("flow_Nm3_h", "has %d values for %d concentrations", len(q), len(c))
	}
	if !in.Complete() {
		return
	}
	total, mean := weightedByFlow(c, q)
	products := terms(len(c), func(i int) string { return digits(c[i]) + " · " + digits(q[i]) })
	out.Number("total_t", "t", total, "Σ c Q 10⁻⁶", "%s g · 10⁻⁶", products)
	out.Number("flow_weighted_mean_g_Nm3", "g/m3{N}", mean, "Σ c Q / Σ Q", "%s g / %s m3{N}", products, sumOf(q))
	out.Number("plain_mean_wrong", "g/m3{N}", elementary.Mean(c), "Σ c / n, which is wrong", "%s g/m3{N} / %d", sumOf(c), len(c))
}
