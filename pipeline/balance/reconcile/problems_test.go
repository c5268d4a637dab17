package reconcile

import "strconv"

// The problems below carry their own figures, so that these tests depend on
// nothing outside the package. Sources of the data: the heat exchanger with
// bypass of Narasimhan and Jordache (2000), stream 2 reading 4 too high; the
// steam circuit of VDI 2048 part 1 (2000); the steam network of Serth and
// Heenan (1986), stream 4 shifted by -7 sd; the nonlinear problem of Pai and
// Fisher (1988). The rest is made up.

// exchanger has 6 streams and 4 nodes.
const exchanger = `{
 "format": "nielu-reconciliation-problem/1",
 "id": "hx_bypass_bias",
 "nodes": [{"id": "splitter"}, {"id": "exchanger"}, {"id": "bypass"}, {"id": "mixer"}],
 "streams": [
  {"id": "s1", "from": null, "to": "splitter", "value": 101.91, "sd": 1.0},
  {"id": "s2", "from": "splitter", "to": "exchanger", "value": 68.45, "sd": 1.0},
  {"id": "s3", "from": "splitter", "to": "bypass", "value": 34.65, "sd": 1.0},
  {"id": "s4", "from": "exchanger", "to": "mixer", "value": 64.2, "sd": 1.0},
  {"id": "s5", "from": "bypass", "to": "mixer", "value": 36.44, "sd": 1.0},
  {"id": "s6", "from": "mixer", "to": null, "value": 98.88, "sd": 1.0}],
 "options": {"elimination": "serial", "covariance": true}}`

// circuit has correlated readings and four unmeasured flows.
const circuit = `{
 "format": "nielu-reconciliation-problem/1",
 "id": "vdi2048_full",
 "nodes": [],
 "streams": [
  {"id": "m_FDKeI", "from": null, "to": null, "value": 46.241, "sd": 0.40816326530612246},
  {"id": "m_FDKeII", "from": null, "to": null, "value": 45.668, "sd": 0.4030612244897959},
  {"id": "m_SpI", "from": null, "to": null, "value": 44.575, "sd": 0.2729591836734694},
  {"id": "m_SpII", "from": null, "to": null, "value": 44.319, "sd": 0.27142857142857146},
  {"id": "m_V", "from": null, "to": null, "value": 0.525, "sd": 0.05357142857142857},
  {"id": "m_HK", "from": null, "to": null, "value": 69.978, "sd": 0.4357142857142857},
  {"id": "m_A7", "from": null, "to": null, "value": 10.364, "sd": 0.08571428571428572},
  {"id": "m_A6", "from": null, "to": null, "value": 3.744, "sd": 0.02959183673469388},
  {"id": "m_A5", "from": null, "to": null, "value": 4.391, "sd": 0.02959183673469388},
  {"id": "m_HDNK", "from": null, "to": null, "value": 18.498, "sd": 0.10459183673469387},
  {"id": "m_D", "from": null, "to": null, "value": 2.092, "sd": 0.13877551020408163},
  {"id": "m_FD1", "from": null, "to": null, "value": null, "sd": null},
  {"id": "m_FD2", "from": null, "to": null, "value": null, "sd": null},
  {"id": "m_FD3", "from": null, "to": null, "value": null, "sd": null},
  {"id": "m_HDAnz", "from": null, "to": null, "value": null, "sd": null}],
 "constraints": [
  {"id": "c1", "a": {"m_FDKeI": 1, "m_FDKeII": 1, "m_V": -0.2, "m_FD1": -1}, "b": 0},
  {"id": "c2", "a": {"m_SpI": 1, "m_SpII": 1, "m_V": -0.6, "m_FD2": -1}, "b": 0},
  {"id": "c3", "a": {"m_V": 0.4, "m_HK": 1, "m_A7": 1, "m_A6": 1, "m_A5": 1, "m_FD3": -1}, "b": 0},
  {"id": "c4", "a": {"m_A7": 1, "m_A6": 1, "m_A5": 1, "m_HDAnz": -1}, "b": 0},
  {"id": "c5", "a": {"m_FD1": 1, "m_FD2": -1}, "b": 0},
  {"id": "c6", "a": {"m_FD2": 1, "m_FD3": -1}, "b": 0},
  {"id": "c7", "a": {"m_HDNK": -1, "m_HDAnz": 1}, "b": 0}],
 "correlations": [
  {"between": ["m_FDKeI", "m_FDKeII"], "r": 0.2},
  {"between": ["m_SpI", "m_SpII"], "r": 0.4}],
 "options": {}}`

// steam has 28 streams and 11 nodes.
const steam = `{
 "format": "nielu-reconciliation-problem/1",
 "id": "p15_bias_s4",
 "nodes": [{"id": "n1"}, {"id": "n2"}, {"id": "n3"}, {"id": "n4"}, {"id": "n5"}, {"id": "n6"}, {"id": "n7"}, {"id": "n8"}, {"id": "n9"}, {"id": "n10"}, {"id": "n11"}],
 "streams": [
  {"id": "s1", "from": "n3", "to": "n1", "value": 0.875, "sd": 0.022},
  {"id": "s2", "from": "n6", "to": "n1", "value": 0.989, "sd": 0.025},
  {"id": "s3", "from": "n1", "to": "n5", "value": 108.426, "sd": 2.796},
  {"id": "s4", "from": null, "to": "n1", "value": 88.556, "sd": 2.749},
  {"id": "s5", "from": "n2", "to": "n3", "value": 50.149, "sd": 1.332},
  {"id": "s6", "from": "n2", "to": "n6", "value": 110.327, "sd": 2.807},
  {"id": "s7", "from": "n7", "to": "n2", "value": 2.201, "sd": 0.058},
  {"id": "s8", "from": "n11", "to": "n2", "value": 165.779, "sd": 4.101},
  {"id": "s9", "from": "n2", "to": null, "value": 0.821, "sd": 0.021},
  {"id": "s10", "from": "n3", "to": "n4", "value": 51.779, "sd": 1.31},
  {"id": "s11", "from": "n5", "to": "n4", "value": 14.757, "sd": 0.372},
  {"id": "s12", "from": "n4", "to": "n9", "value": 67.183, "sd": 1.682},
  {"id": "s13", "from": "n6", "to": "n5", "value": 107.734, "sd": 2.782},
  {"id": "s14", "from": "n5", "to": "n7", "value": 89.855, "sd": 2.297},
  {"id": "s15", "from": "n5", "to": "n8", "value": 58.554, "sd": 1.5},
  {"id": "s16", "from": "n5", "to": "n9", "value": 23.258, "sd": 0.591},
  {"id": "s17", "from": "n5", "to": null, "value": 31.879, "sd": 0.818},
  {"id": "s18", "from": "n8", "to": "n7", "value": 15.843, "sd": 0.406},
  {"id": "s19", "from": "n7", "to": "n10", "value": 7.92, "sd": 0.196},
  {"id": "s20", "from": "n7", "to": "n11", "value": 10.13, "sd": 0.263},
  {"id": "s21", "from": "n7", "to": null, "value": 91.047, "sd": 2.183},
  {"id": "s22", "from": "n9", "to": "n8", "value": 5.555, "sd": 0.136},
  {"id": "s23", "from": "n8", "to": "n10", "value": 2.471, "sd": 0.065},
  {"id": "s24", "from": "n8", "to": null, "value": 44.687, "sd": 1.166},
  {"id": "s25", "from": "n9", "to": null, "value": 81.656, "sd": 2.137},
  {"id": "s26", "from": "n10", "to": "n11", "value": 82.839, "sd": 2.033},
  {"id": "s27", "from": null, "to": "n10", "value": 70.685, "sd": 1.77},
  {"id": "s28", "from": null, "to": "n11", "value": 72.913, "sd": 1.806}],
 "options": {"elimination": "serial"}}`

// paiFisher has five readings, three unmeasured quantities, six equations.
const paiFisher = `{
 "format": "nielu-reconciliation-problem/1",
 "id": "pai_fisher",
 "nodes": [],
 "streams": [],
 "variables": [
  {"id": "x1", "value": 4.4, "sd": 1.0},
  {"id": "x2", "value": 5.5, "sd": 1.0},
  {"id": "x3", "value": 1.7, "sd": 1.0},
  {"id": "x4", "value": 1.6, "sd": 1.0},
  {"id": "x5", "value": 5.0, "sd": 1.0},
  {"id": "u1", "value": null, "sd": null, "start": 11.0},
  {"id": "u2", "value": null, "sd": null, "start": 0.62},
  {"id": "u3", "value": null, "sd": null, "start": 2.05}],
 "equations": [
  {"id": "e1", "expr": "0.5*x1^2 - 0.7*x2 + x3*u1 + u1*u2*x2^2 + 2*x3*u3^2 = 255.8"},
  {"id": "e2", "expr": "x1 - 2*x2 + 3*x1*x3 - 2*x2*u1 - x2*u2*u3 = -111.2"},
  {"id": "e3", "expr": "x3*u1 - x1 + 3*x2 + x1*u2 - x3*sqrt(u3) = 33.57"},
  {"id": "e4", "expr": "x4 - x1 - x3^2 + u2 + 3*u3 = 0"},
  {"id": "e5", "expr": "x5 - 2*x3*u2*u3 = 0"},
  {"id": "e6", "expr": "2*x1 + x2*x3*u1 + u2 - u3 = 126.6"}],
 "options": {}}`

// kiln closes mass, carbon and ash at once.
const kiln = `{
 "format": "nielu-reconciliation-problem/1",
 "id": "kiln",
 "nodes": [{"id": "kiln"}],
 "components": ["C", "ash"],
 "streams": [
  {"id": "feed", "from": null, "to": "kiln", "value": 98.5, "sd": 1.5, "fractions": {"C": {"value": 0.5, "sd": 0.005}, "ash": {"value": 0.02, "sd": 0.002}}},
  {"id": "char", "from": "kiln", "to": null, "value": 29, "sd": 0.3, "fractions": {"C": {"value": 0.82, "sd": 0.008}, "ash": {"value": 0.07, "sd": 0.003}}},
  {"id": "liquid", "from": "kiln", "to": null, "value": 41, "sd": 1, "fractions": {"C": {"value": 0.33, "sd": 0.01}, "ash": {"value": 0, "sd": 0}}},
  {"id": "gas", "from": "kiln", "to": null, "value": 27, "sd": 1.4, "fractions": {"C": {"value": 0.43, "sd": 0.01}, "ash": {"value": 0, "sd": 0}}}]}`

// splitter needs a bound: without it the third flow would be -0.2.
const splitter = `{
 "format": "nielu-reconciliation-problem/1",
 "id": "splitter",
 "nodes": [{"id": "split"}],
 "streams": [
  {"id": "x1", "from": null, "to": "split", "value": 10, "sd": 0.2, "min": 0},
  {"id": "x2", "from": "split", "to": null, "value": 10.4, "sd": 0.2, "min": 0},
  {"id": "x3", "from": "split", "to": null, "value": -0.1, "sd": 0.2, "min": 0}],
 "options": {"covariance": true}}`

// grid returns a problem of n streams in a ring with an exit at every second
// node, for benchmarks and digests.
func grid(n int) string {
	nodes, streams := "", ""
	for i := range n * 2 / 5 {
		if i > 0 {
			nodes += ","
		}
		nodes += `{"id":"n` + strconv.Itoa(i) + `"}`
	}
	count := n * 2 / 5
	for i := range n {
		from, to := `"n`+strconv.Itoa(i%count)+`"`, `"n`+strconv.Itoa((i+1+i/count)%count)+`"`
		if i >= 2*count {
			if to = "null"; i%2 == 0 {
				from, to = to, from
			}
		}
		if i > 0 {
			streams += ","
		}
		value := strconv.FormatFloat(100+float64(i*i%17)/8, 'g', -1, 64)
		streams += `{"id":"s` + strconv.Itoa(i) + `","from":` + from + `,"to":` + to + `,"value":` + value + `,"sd":` + strconv.Itoa(1+i%3) + `}`
	}
	return `{"format":"nielu-reconciliation-problem/1","id":"grid","nodes":[` + nodes + `],"streams":[` + streams + `],"options":{"elimination":"serial","covariance":true}}`
}
