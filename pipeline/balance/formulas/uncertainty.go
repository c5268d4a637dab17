package formulas

import (
	"math"

	"github.com/nielu/nielu/pipeline/balance"
)

func uncertainty() []Formula {
	return []Formula{
		{
			Name: "gum-product", About: "carbon of a mass and its CO2, with uncertainty",
			Equation: "C = m c      u(C)² = (c u_m)² + (m u_c)²      CO2 = C 44.009/12.011",
			Source:   "GUM (JCGM 100), 5.1.2, first order",
			Valid:    "first order, inputs independent",
			Vectors:  []string{"gum_product"},
			compute:  gumProduct,
		},
		{
			Name: "gum-total", About: "uncertainty of a total of equal values",
			Equation: "u_random = √n q u_r      u_systematic = n q u_s      u² = u_random² + u_systematic²",
			Source:   "GUM (JCGM 100), 5.1.2 and 5.2.2, first order",
			Valid:    "first order; expanded with k = 2",
			Vectors:  []string{"gum_total_small"},
			compute:  gumTotal,
		},
	}
}

func gumProduct(in *Input, out *Result) {
	m, um, c, uc := in.AtLeastZero("m_kg", "kg"), in.AtLeastZero("u_m", "kg"), in.Share("c"), in.AtLeastZero("u_c", "1")
	if !in.Complete() {
		return
	}
	carbon, u := float64(m*c), productUncertainty(m, um, c, uc)
	out.Number("C_kg", "kg", carbon, "m c", "%v kg · %v", m, c)
	out.Number("u_C_kg", "kg", u, "√((c u_m)² + (m u_c)²)", "√((%v · %v kg)² + (%v kg · %v)²)", c, um, m, uc)
	out.Number("CO2e_kg", "kg", float64(carbon*balance.CO2PerCarbon), "C 44.009/12.011", "%v kg · 44.009/12.011", carbon)
	out.Number("u_CO2e_kg", "kg", float64(u*balance.CO2PerCarbon), "u_C 44.009/12.011", "%v kg · 44.009/12.011", u)
}

func gumTotal(in *Input, out *Result) {
	n, q := in.Count("n"), in.Positive("q_kg", "kg")
	random, shared := in.AtLeastZero("u_rel_random", "1"), in.AtLeastZero("u_rel_systematic", "1")
	if n == 0 {
		in.fault("n", "at least one value makes a total")
	}
	if !in.Complete() {
		return
	}
	count := float64(n)
	total := float64(count * q)
	ur, us, u := totalUncertainty(count, q, random, shared)
	_, _, one := totalUncertainty(1, q, random, shared)
	out.Number("total", "kg", total, "n q", "%v · %v kg", count, q)
	out.Number("u_random", "kg", ur, "√n q u_r", "√%v · %v kg · %v", count, q, random)
	out.Number("u_systematic", "kg", us, "n q u_s", "%v · %v kg · %v", count, q, shared)
	out.Number("u_total", "kg", u, "√(u_random² + u_systematic²)", "√((%v kg)² + (%v kg)²)", ur, us)
	out.Number("U95_rel", "1", 2*u/total, "2 u / total", "2 · %v kg / %v kg", u, total)
	out.Number("wrong_U95_rel_if_all_independent", "1", float64(2*math.Sqrt(count)*one)/total, "2 √n u_1 / total, which is wrong", "2 · √%v · %v kg / %v kg", count, one, total)
}
