// Package carbon turns an amount of biochar into an account of durable carbon
// by a published quantification rule. It computes with measure and the
// standard library alone, so that an auditor can read it by itself; files in
// YAML are read by [ParseMethod] and [ParseRequest] through measure/strict.
//
// A [Request] is what is known of a batch: dry mass, laboratory shares, the
// sink, the emissions, the samples of its process. A [Method] is one rule at
// one edition, as data: ratios, coefficients, gates, each with its label of
// confidence. [Quantify] gives an [Account]: gross removal, each deduction by
// the method's own symbol, the net, and the list of what the method asks for
// and the request does not show. [Envelope] sets what several methods see
// retained side by side.
//
// Each method is one function in a file of its own, with its equations above
// it: puro.go, isometric.go (its sampling in isometric_sampling.go), csink.go,
// vm0044.go, crcf.go, and the cross-checks woolf.go, slu.go and ipcc.go. What
// they share is in laboratory.go, soil.go, use.go, emissions.go and
// uncertainty.go; shapes.go says what each one's file must hold.
//
// Gates fail closed. A request that does not pass has no net at all, only the
// figure the formulas would give, named indicative, and reasons in words.
package carbon
