package picture

// Values is what a flowsheet is to say beyond the plant file. The zero Values
// say nothing, and the picture tells what measures each flow instead.
//
// A map that is nil leaves its part of the picture bare. In a map that is not
// nil a flow without an entry has no value, and is drawn so.
type Values struct {
	About     string              // under the title: the time, what was done with the numbers
	Unit      string              // of the widths, as in "kg/h"
	Streams   map[string]Value    // by stream
	Energy    map[string]Value    // by energy flow
	Stocks    map[string]Value    // by stock
	Nodes     map[string][]string // lines in a node's box, as in "mass closes to 1.01 ± 0.02"
	Residuals []Residual
}

// Value is one number as it is to be drawn.
type Value struct {
	Lines  []string // one or two, as in "101.3 ± 0.8 kg/h"
	Status Status
	Width  float64 // the mass flow, in Values.Unit; its sign does not matter, 0 draws a thin line
}

// Status says how a value came about.
type Status string

// The statuses. The zero Status is NoValue: nobody vouched for anything.
const (
	NoValue      Status = ""              // unobservable: neither measured nor implied by what is
	Measured     Status = "measured"      // as the instrument says
	Reconciled   Status = "reconciled"    // measured, and adjusted so that the balances hold
	Estimated    Status = "estimated"     // not measured: what the measured flows imply, or what a file states
	ByDifference Status = "by difference" // what was left of one balance; it closes that balance and proves nothing
	Suspect      Status = "suspect"       // measured, and does not fit the others
)

// Residual is what a node's balance leaves unexplained. It is drawn as a flow
// of its own: out of the node if more enters than leaves, into it otherwise.
type Residual struct {
	Node  string
	Lines []string // as in "mass, 2.1 ± 1.3 kg/h"
	Width float64  // in less out less accumulated, in Values.Unit
}
