package measure

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The amounts that are accounted for. Each is a whole number of a small unit
// and a type of its own: adding wet mass to dry mass, or carbon to CO2e, does
// not compile. Sums of them are exact in any order.
type (
	// WetMass is mass as received, in mg: up to 9.2 billion tonnes.
	WetMass int64
	// DryMass is mass without water, in mg.
	DryMass int64
	// Carbon is mass of carbon, in mg.
	Carbon int64
	// GasMass is mass of one gas, in mg; which gas says the name it has.
	GasMass int64
	// CO2e is mass of carbon dioxide equivalent, in mg.
	CO2e int64
)

// WetMassOf rounds kilograms to milligrams, once, half to even.
func WetMassOf(kg float64) (WetMass, error) { return milligrams[WetMass]("wet mass", kg) }

// DryMassOf rounds kilograms to milligrams, once, half to even.
func DryMassOf(kg float64) (DryMass, error) { return milligrams[DryMass]("dry mass", kg) }

// CarbonOf rounds kilograms to milligrams, once, half to even.
func CarbonOf(kg float64) (Carbon, error) { return milligrams[Carbon]("carbon", kg) }

// GasMassOf rounds kilograms to milligrams, once, half to even.
func GasMassOf(kg float64) (GasMass, error) { return milligrams[GasMass]("gas", kg) }

// CO2eOf rounds kilograms to milligrams, once, half to even.
func CO2eOf(kg float64) (CO2e, error) { return milligrams[CO2e]("CO2e", kg) }

func milligrams[T ~int64](what string, kg float64) (T, error) {
	n := math.RoundToEven(float64(kg * 1e6))
	if !(math.Abs(n) < 1<<63) { // also refuses NaN
		return 0, fmt.Errorf("%s of %v kg: beyond what can be accounted for (9.2e12 kg)", what, kg)
	}
	return T(n), nil
}

// Kilograms returns the mass in kg, for display and for further arithmetic
// inside one function.
func (m WetMass) Kilograms() float64 { return float64(m) / 1e6 }

// Kilograms returns the mass in kg.
func (m DryMass) Kilograms() float64 { return float64(m) / 1e6 }

// Kilograms returns the mass in kg.
func (m Carbon) Kilograms() float64 { return float64(m) / 1e6 }

// Kilograms returns the mass in kg.
func (m GasMass) Kilograms() float64 { return float64(m) / 1e6 }

// Tonnes returns the mass in t.
func (m CO2e) Tonnes() float64 { return float64(m) / 1e9 }

// String prints the exact amount: "1234.567 kg".
func (m WetMass) String() string { return decimal(int64(m), 6) + " kg" }

// String prints the exact amount: "1234.567 kg".
func (m DryMass) String() string { return decimal(int64(m), 6) + " kg" }

// String prints the exact amount: "1234.567 kg".
func (m Carbon) String() string { return decimal(int64(m), 6) + " kg" }

// String prints the exact amount: "1234.567 kg".
func (m GasMass) String() string { return decimal(int64(m), 6) + " kg" }

// String prints the exact amount: "1.234567891 t".
func (m CO2e) String() string { return decimal(int64(m), 9) + " t" }

// ParseWetMass reads what WetMass.String prints.
func ParseWetMass(s string) (WetMass, error) { return exact[WetMass](s, " kg", 6) }

// ParseDryMass reads what DryMass.String prints.
func ParseDryMass(s string) (DryMass, error) { return exact[DryMass](s, " kg", 6) }

// ParseCO2e reads what CO2e.String prints.
func ParseCO2e(s string) (CO2e, error) { return exact[CO2e](s, " t", 9) }

// decimal prints n / 10^places exactly, without trailing zeros.
func decimal(n int64, places int) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	for len(digits) <= places {
		digits = "0" + digits
	}
	head, tail := digits[:len(digits)-places], strings.TrimRight(digits[len(digits)-places:], "0")
	if tail == "" {
		return sign + head
	}
	return sign + head + "." + tail
}

// exact reads the one way in which decimal prints an amount, and no other.
func exact[T ~int64](s, unit string, places int) (T, error) {
	number, ok := strings.CutSuffix(s, unit)
	head, tail, _ := strings.Cut(number, ".")
	if ok && len(tail) <= places {
		n, err := strconv.ParseInt(head+tail+strings.Repeat("0", places-len(tail)), 10, 64)
		if err == nil && decimal(n, places)+unit == s {
			return T(n), nil
		}
	}
	return 0, fmt.Errorf("amount %q: not an exact decimal with at most %d places and the unit%s", clip(s), places, unit)
}
