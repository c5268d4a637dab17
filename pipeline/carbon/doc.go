// Package carbon turns an amount of biochar into an account of durable carbon
// by a published quantification rule. It computes with measure and the
// standard library alone, so that an auditor can read it by itself; files in
// YAML are read by [ParseMethod] and [ParseRequest] through measure/strict.
//
// A [Request] is what is known of a batch: dry mass, laboratory shares, the
// sink, the emissions. A [Method] is one rule at one edition, as data: ratios,
// coefficients, gates, each with its label of confidence. [Quantify] gives an
// [Account]: gross removal, each deduction by the method's own symbol, the
// net, and the list of what the method asks for and the request does not show.
//
// Gates fail closed. A request that does not pass has no net at all, only the
// figure the formulas would give, named indicative, and reasons in words.
package carbon
