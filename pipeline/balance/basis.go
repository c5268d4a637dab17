package balance

import "math"

// Dry returns the dry mass of a wet mass of some moisture, a share of wet mass.
//
//	m_d = m (1 - M)      [kg] = [kg] [1]
//
// Source: definition, as ISO 16993:2016. Valid: 0 ≤ M ≤ 1.
func Dry(wet, moisture float64) float64 { return float64(wet * (1 - moisture)) }

// WetOf returns the wet mass that holds a dry mass; the inverse of [Dry].
//
//	m = m_d / (1 - M)      [kg] = [kg] / [1]
//
// Source: definition, as ISO 16993:2016. Valid: 0 ≤ M < 1, a share of wet mass.
func WetOf(dry, moisture float64) float64 { return dry / (1 - moisture) }

// DryUncertainty returns the standard uncertainty of Dry; inputs independent.
//
//	u(m_d)² = (1 - M)² u(m)² + m² u(M)²      [kg²]
//
// Source: GUM (JCGM 100), 5.1.2, first order.
func DryUncertainty(wet, uWet, moisture, uMoisture float64) float64 {
	return RootSum(float64((1-moisture)*uWet), float64(wet*uMoisture))
}

// Yield returns what a product holds over what the feed held: of mass its
// yield, of an element its recovery, of energy the cold gas efficiency, the
// energy yield of char, the energy recovery of biocrude.
//
//	Y = m_p / m_f      Y_daf = m_p (1 - A_p) / (m_f (1 - A_f))      R = m_p w_p / (m_f w_f)      e = m_p H_p / (m_f H_f)
//
//	m  both dry or both as received; A ash; w carbon, nitrogen, phosphorus; H both lower or both higher heating values
//
// Source: definition. Valid: feed > 0. Energy from outside is not in it.
func Yield(product, feed float64) float64 { return product / feed }

// YieldsAddUp tells whether the sum of all product yields is 1 within a tolerance.
//
//	|Σ Y - 1| ≤ tolerance
//
// Source: definition. A model once published uses kelvin and square roots where its parent
// has degrees Celsius and none; its yields add up to 1.449.
func YieldsAddUp(sum, tolerance float64) bool { return math.Abs(sum-1) <= tolerance }

// AshRecovery returns the share of the feed's ash that is found in the char,
// and whether it is so far from 1 that something is wrong.
//
//	R = m_char A_char / (m_feed A_feed)      [1]
//
// Source: definition; the limits, 85 to 115 %, are a default of this project.
func AshRecovery(feedDry, feedAsh, charDry, charAsh float64) (recovery float64, flagged bool) {
	recovery = Yield(float64(charDry*charAsh), float64(feedDry*feedAsh))
	return recovery, recovery < 0.85 || recovery > 1.15
}
