package statement

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
)

// Statement is an account of a lot with the digests of all it rests on.
// Digests are SHA-256 in hexadecimal.
type Statement struct {
	Plant    string
	Lot      string
	Revision int // from 1; a higher one supersedes
	Interval measure.Interval
	Product  string
	Wet      measure.WetMass
	Dry      measure.DryMass
	Placed   measure.DryMass // of Dry, where its carbon stays: what the account counts
	Units    []string        // that were placed, sorted; none: of a lot without units on record
	Covered  time.Duration   // for how long the dry mass was known
	Quality  measure.Quality
	Account  carbon.Account // its FactorsDigest is the method file's

	PlantFile string
	Entered   Evidence // what people wrote of the plant: laboratory files and records
	Evidence  Evidence // what gateways said: batches, losses, clock corrections
}

// Evidence names leaves of the evidence log that a statement rests on.
type Evidence struct {
	First, Last uint64 // index of the first and last leaf
	Leaves      uint64 // how many of them were used
	Digest      string // SHA-256 over their leaf hashes, in order of index
}

// Input is what a statement is made from.
type Input struct {
	Plant    *flowsheet.Plant
	Lab      *lots.Lab // of all that people wrote, up to Entered
	Lot      string    // one of the lab
	Made     []string  // lots of the plant that were stated before: their readings show that they were made
	Revision int       // 0 means 1
	Method   carbon.Method
	Count    LotCount // from CountLot
	Evidence Evidence
	Entered  Evidence
}

// NewStatement works out the account of a lot and states it.
func NewStatement(in Input) (Statement, error) {
	lot, ok := in.Lab.Lot(in.Lot)
	if !ok || lot.Plant != in.Plant.ID {
		return Statement{}, fmt.Errorf("state lot %s: nobody entered such a lot of plant %s", in.Lot, in.Plant.ID)
	}
	if in.Count.Product.Stream != in.Plant.Product || in.Count.Product.Of != lot.Interval.Length() {
		return Statement{}, fmt.Errorf("state lot %s: the product counted is %s over %s, the lot's is %s over %s", in.Lot,
			in.Count.Product.Stream, in.Count.Product.Of, in.Plant.Product, lot.Interval.Length())
	}
	if (in.Count.Stack == nil) != (in.Plant.Stack == nil) {
		return Statement{}, fmt.Errorf("state lot %s: plant file and what was counted do not agree whether there is a stack: count the lot with this plant file", in.Lot)
	}
	lot.Made = in.Made
	placed, remarks := PlacedMass(in.Plant, in.Lab, lot, in.Count.Product)
	account, err := carbon.Quantify(in.Method, Request(in.Plant, in.Lab, lot, in.Count, placed))
	if err != nil {
		return Statement{}, fmt.Errorf("state lot %s: %w", in.Lot, err)
	}
	for i := range account.Lines {
		account.Lines[i].Value = twelveDigits(account.Lines[i].Value)
	}
	account.Unmet = append(account.Unmet, remarks...)
	for _, r := range lot.Remarks {
		account.Unmet = append(account.Unmet, "remark: "+r)
	}
	for _, tag := range in.Count.Contested {
		account.Withhold(fmt.Sprintf("agents: two agents sent readings of %s at one time and the plant file names neither: say there which of them reads it", tag))
	}
	for _, why := range unitsOf(in.Plant, in.Lab, lot, in.Count.Product).unweighed {
		account.Withhold("scale: " + why + ": enter its calibration, or name the scale with the unit; nobody knows what an unproven scale makes of a bag")
	}
	if in.Lab.Accreditation == "none" {
		account.Unmet = append(account.Unmet, "remark: laboratory.accreditation is none; an accredited laboratory is preferred, not required")
	}
	if in.Count.Product.Covered < in.Count.Product.Of && in.Count.Product.Why.Given() {
		account.Unmet = append(account.Unmet, fmt.Sprintf("coverage: not all of the lot was measured, and what was not is not counted; first: %s", in.Count.Product.Why))
	}
	s := Statement{
		Plant: in.Plant.ID, Lot: lot.ID, Revision: max(1, in.Revision), Interval: lot.Interval,
		Product: in.Count.Product.Stream, Wet: in.Count.Product.Wet, Dry: in.Count.Product.Dry, Placed: placed,
		Units: lot.Units, Covered: in.Count.Product.Covered, Quality: in.Count.Product.Quality, Account: account,
		PlantFile: in.Plant.Digest, Entered: in.Entered, Evidence: in.Evidence,
	}
	if err := s.checkClaims(); err != nil {
		return Statement{}, fmt.Errorf("state lot %s: %w", in.Lot, err)
	}
	return s, nil
}

// twelveDigits rounds to twelve significant digits, half to even.
func twelveDigits(x float64) float64 {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'e', 11, 64), 64)
	if err != nil {
		return x
	}
	return rounded
}

// StackLines returns what the plant's stack emitted with the lot, as stated:
// stack_CH4 and stack_N2O in tonnes of CO2e, of a method that keeps gases apart
// in tonnes of the gas. Without a stack there are none.
func (s Statement) StackLines() (all []carbon.Line) {
	for _, l := range s.Account.Lines {
		if strings.HasPrefix(l.Name, "stack_") {
			all = append(all, l)
		}
	}
	return all
}

// checkClaims refuses a statement of which any line of text claims what
// nothing here can show, see [carbon.CheckClaim].
func (s Statement) checkClaims() error {
	for line := range strings.Lines(string(s.Text())) {
		if err := carbon.CheckClaim(strings.TrimSuffix(line, "\n")); err != nil {
			return err
		}
	}
	return nil
}
