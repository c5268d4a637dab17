package measure

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestAmountsRoundHalfToEvenOnce(t *testing.T) {
	for kg, want := range map[float64]DryMass{
		1: 1_000_000, 0.0000005: 0, 0.0000015: 2, 0.0000025: 2, -0.0000015: -2, 22008070: 22_008_070_000_000,
	} {
		if got, err := DryMassOf(kg); err != nil || got != want {
			t.Errorf("%v kg: %d mg, %v; want %d", kg, got, err, want)
		}
	}
	for _, kg := range []float64{math.NaN(), math.Inf(1), 1e13, -1e13, math.MaxFloat64} {
		if m, err := CO2eOf(kg); err == nil {
			t.Errorf("%v kg was taken as %d mg", kg, m)
		}
	}
}

func TestAmountsPrintExactly(t *testing.T) {
	for want, got := range map[string]string{
		"22008070 kg": DryMass(22_008_070_000_000).String(), "0.000001 kg": WetMass(1).String(), "-0.5 kg": Carbon(-500_000).String(),
		"58169.770117622 t": CO2e(58_169_770_117_622).String(), "0 t": CO2e(0).String(), "3.6 kg": Carbon(3_600_000).String(),
		"-9223372036.854775808 t": CO2e(math.MinInt64).String(), "12.5 kg": GasMass(12_500_000).String(),
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestAmountsThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64().Draw(t, "mg")
		if back, err := ParseCO2e(CO2e(n).String()); err != nil || back != CO2e(n) {
			t.Fatalf("%s reads back as %d: %v", CO2e(n), back, err)
		}
		if back, err := ParseDryMass(DryMass(n).String()); err != nil || back != DryMass(n) {
			t.Fatalf("%s reads back as %d: %v", DryMass(n), back, err)
		}
	})
	for _, s := range []string{"1.0 t", "01 t", "1", "+1 t", ".5 t", "1.0000000001 t", "1e3 t", "-0 t", " 1 t", "9223372037 t"} {
		if m, err := ParseCO2e(s); err == nil {
			t.Errorf("%q was taken as %d", s, m)
		}
	}
}
