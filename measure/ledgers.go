package measure

import (
	"cmp"
	"fmt"
	"math"
	"strings"
)

// The three ledgers. What a sink took out of the air, what the air was spared,
// and what a product stands in for are three claims, and a sum of two of them
// is no quantity. So each is a type of its own: neither +, nor a conversion from
// one to another, nor a conversion to a number compiles. Amounts of the same
// ledger are added with Add. By itself, as text and in JSON, an amount says
// which ledger it is of ("1.5 t removed"), so that no spreadsheet adds two of
// them either; what names the ledger beside it, as a statement does, shows the
// removal's [Removal.CO2e]. The zero value claims nothing.
//
// An emission of the project is in none of the three: it is a [CO2e], and a
// method takes it off a removal.
type (
	// Removal is CO2e taken out of the air and kept, in mg.
	Removal struct{ removed int64 }
	// Avoided is CO2e that would have been emitted without the project, in mg.
	Avoided struct{ avoided int64 }
	// Substitution is CO2e of what a product of the project stands in for, in mg.
	Substitution struct{ substituted int64 }
)

// Ledger names where an amount of CO2e belongs: one of the three, or what the
// project emits.
type Ledger string

// The ledgers. Most figures of a plant belong to none.
const (
	NoLedger           Ledger = ""
	RemovalLedger      Ledger = "removal"
	AvoidedLedger      Ledger = "avoided"
	SubstitutionLedger Ledger = "substitution"
	EmissionLedger     Ledger = "emission" // no claim: a method takes it off a removal
)

// LedgerAmount is an amount in a ledger that is not rounded yet, in the unit that
// stands beside it. Its number comes out for whoever names its ledger alone, so
// that amounts of two ledgers are not added by mistake.
type LedgerAmount struct {
	Ledger Ledger
	amount *float64 // nil: not known
}

// Amount enters a number in a ledger; nil is not known.
func (l Ledger) Amount(v *float64) LedgerAmount { return LedgerAmount{Ledger: l, amount: v} }

// In returns the number of an amount of this ledger; nil: not known, or of another.
func (a LedgerAmount) In(l Ledger) *float64 {
	if a.Ledger != l {
		return nil
	}
	return a.amount
}

// RemovalOf enters an amount of 0 or more as a removal.
func RemovalOf(m CO2e) (Removal, error) {
	n, err := claimed("a removal", m)
	return Removal{n}, err
}

// AvoidedOf enters an amount of 0 or more as an avoided emission.
func AvoidedOf(m CO2e) (Avoided, error) {
	n, err := claimed("an avoided emission", m)
	return Avoided{n}, err
}

// SubstitutionOf enters an amount of 0 or more as a substitution.
func SubstitutionOf(m CO2e) (Substitution, error) {
	n, err := claimed("a substitution", m)
	return Substitution{n}, err
}

func claimed(what string, m CO2e) (int64, error) {
	if m < 0 {
		return 0, fmt.Errorf("%s of %s: below 0 there is nothing to claim; what was emitted is an emission", what, m)
	}
	return int64(m), nil
}

// Add returns the sum of two removals. Beyond what can be held it stays at the
// most that can.
func (r Removal) Add(o Removal) Removal { return Removal{held(r.removed, o.removed)} }

// Add returns the sum of two avoided emissions, as [Removal.Add] does.
func (a Avoided) Add(o Avoided) Avoided { return Avoided{held(a.avoided, o.avoided)} }

// Add returns the sum of two substitutions, as [Removal.Add] does.
func (s Substitution) Add(o Substitution) Substitution {
	return Substitution{held(s.substituted, o.substituted)}
}

// Compare returns -1, 0 or +1 as a removal is less than, equal to or more than
// another.
func (r Removal) Compare(o Removal) int { return cmp.Compare(r.removed, o.removed) }

// CO2e returns the removal as an amount without its ledger. Only what names the
// ledger itself may show it: an account by "gross" and "net", a table by its head.
func (r Removal) CO2e() CO2e { return CO2e(r.removed) }

// held adds two amounts of 0 or more.
func held(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

const (
	wordRemoved     = " removed"
	wordAvoided     = " avoided"
	wordSubstituted = " substituted"
)

// String prints the exact amount and the ledger: "1.5 t removed".
func (r Removal) String() string { return CO2e(r.removed).String() + wordRemoved }

// String prints the exact amount and the ledger: "1.5 t avoided".
func (a Avoided) String() string { return CO2e(a.avoided).String() + wordAvoided }

// String prints the exact amount and the ledger: "1.5 t substituted".
func (s Substitution) String() string { return CO2e(s.substituted).String() + wordSubstituted }

// MarshalText prints the amount as String does, in JSON as well.
func (r Removal) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// MarshalText prints the amount as String does, in JSON as well.
func (a Avoided) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// MarshalText prints the amount as String does, in JSON as well.
func (s Substitution) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText prints, of this ledger alone.
func (r *Removal) UnmarshalText(text []byte) (err error) {
	r.removed, err = ofLedger(text, wordRemoved)
	return err
}

// UnmarshalText reads what MarshalText prints, of this ledger alone.
func (a *Avoided) UnmarshalText(text []byte) (err error) {
	a.avoided, err = ofLedger(text, wordAvoided)
	return err
}

// UnmarshalText reads what MarshalText prints, of this ledger alone.
func (s *Substitution) UnmarshalText(text []byte) (err error) {
	s.substituted, err = ofLedger(text, wordSubstituted)
	return err
}

func ofLedger(text []byte, word string) (int64, error) {
	amount, ok := strings.CutSuffix(string(text), word)
	if !ok {
		return 0, fmt.Errorf("amount %q: not of the ledger that is asked for: it must end in %q", clip(string(text)), word)
	}
	m, err := ParseCO2e(amount)
	if err != nil {
		return 0, err
	}
	return claimed("an amount", m)
}

// Ledgers are the three side by side. There is no sum of them.
type Ledgers struct {
	Removal      Removal      `json:"removal"`
	Avoided      Avoided      `json:"avoided"`
	Substitution Substitution `json:"substitution"`
}

// Add adds each ledger to itself.
func (l Ledgers) Add(o Ledgers) Ledgers {
	return Ledgers{
		Removal: l.Removal.Add(o.Removal), Avoided: l.Avoided.Add(o.Avoided), Substitution: l.Substitution.Add(o.Substitution),
	}
}
