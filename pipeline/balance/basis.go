package balance

import "math"

// Dry returns the dry mass of a wet mass of some moisture, a share of wet mass.
//
//	m_d = m (1 - M)
//
// Source: definition, as ISO 16993:2016. Valid: 0 ≤ M ≤ 1.
func Dry(wet, moisture float64) float64 { return float64(wet * (1 - moisture)) }

// DryUncertainty returns the standard uncertainty of Dry; inputs independent.
//
//	u(m_d)² = (1 - M)² u(m)² + m² u(M)²      [kg²]
//
// Source: GUM (JCGM 100), 5.1.2, first order.
func DryUncertainty(wet, uWet, moisture, uMoisture float64) float64 {
	a, b := float64((1-moisture)*uWet), float64(wet*uMoisture)
	return math.Sqrt(float64(a*a) + float64(b*b))
}

// DryShare turns a share of matter as received into a share of dry matter.
//
//	X_d = X_ar / (1 - M)
//
// Source: ISO 16993:2016. Valid: 0 ≤ M < 1.
func DryShare(asReceived, moisture float64) float64 { return asReceived / (1 - moisture) }

// AshRecovery returns the share of the feed's ash that is found in the char,
// and whether it is so far from 1 that something is wrong.
//
// Source: definition; the limits, 85 to 115 %, are a default of this project.
func AshRecovery(feedDry, feedAsh, charDry, charAsh float64) (recovery float64, flagged bool) {
	recovery = float64(charDry*charAsh) / float64(feedDry*feedAsh)
	return recovery, recovery < 0.85 || recovery > 1.15
}
