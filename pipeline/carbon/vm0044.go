package carbon

import (
	"math"
	"slices"

	"github.com/nielu/nielu/measure"
)

// vm0044 computes Verra's VM0044, version 1.2.
//
//	CC    = M_used · F_Cp · PR_de                                     [t C] = [t] · [1] · [1]
//	PE_EP = 0 (high technology); F_e · GWP_CH4 · M_used (low)         [t CO2e]
//	PE_PS = (PE_ED + PE_EP + PE_EC) · M_used/M_produced               [t CO2e]
//	ER_PS = CC · CO2/C - PE_PS
//	ER    = ER_PS - PE_AS - LE       VCU = ⌊max(0, ER)⌋
//
//	PR_de    above 600 Cel 0.89 · above 450 0.80 · from 350 0.65 · unknown 0.56 · below 350 none
//	F_Cp     by the laboratory with high technology; else Table 4, or the laboratory's if it is less
//
// As printed, PE_EP of low technology is multiplied by M_used and then once
// more by M_used/M_produced; the variant single-allocation divides it once.
//
// Source: VM0044 1.1, Eqs 2 to 15 and Tables 3 and 4, as the method file labels them.
// Valid:  soil uses with H/Corg at most 0.7; other uses with high technology and at least 50 % carbon.
// Rounds: each amount once, half to even, to 1 mg; whole units only in VCU.
// Uncertainty: first order, inputs independent; none is deducted by the method.
func (q *quantification) vm0044() error {
	high := q.technology()
	org, hasOrg := 0.0, false
	fromTable := false
	if high || q.r.Analysis.CarbonTotal != nil || q.r.Analysis.OrganicCarbon != nil {
		if org, hasOrg = q.organicCarbon("C_org", "1", true); org <= 0 {
			hasOrg = false
		}
	} else {
		q.gate("batch.carbon_total: not given; Table 4 is the most that counts with low technology, and what a laboratory would find may be less: have it measured")
	}
	q.hydrogenGate(org, hasOrg)
	fraction := org
	if q.r.Production.Technology == "low" || !hasOrg && !high {
		if t := q.defaultCarbon(); !hasOrg || t < org {
			fraction, fromTable = t, true
		}
	}
	q.useGates("name it; the sink is part of the project")
	q.proofs()
	q.consistent()
	q.placedInTime()
	if f := q.r.Production.Facility; f != "" && f != "new" {
		q.gate("batch.facility: %s; only a new facility counts", f)
	}
	share, decomposition, hasShare := q.decomposed()
	if q.r.Char.DryMass <= 0 {
		q.gate("batch.dry_mass: there is none in the sink; give the dry mass that was placed")
	}
	if high && !hasOrg || !hasShare {
		q.closed = true
		_, err := q.emissions()
		return err
	}
	content := q.m.EquationsBy
	if fromTable {
		content = q.m.Tables["carbon_content"].Label
	}
	q.line("F_Cp", fraction, "1", content)
	q.line("PR_de", share, "1", decomposition)
	q.retained(q.m.Horizon.Value, share, "")

	used := q.r.Char.DryMass.Kilograms()
	carbon, err := measure.CarbonOf(float64(float64(used*fraction) * share))
	if err != nil {
		return err
	}
	q.line("CC", carbon.Kilograms()/1000, "t", Weakest(content, decomposition, q.m.EquationsBy))
	k := q.factor("co2_per_carbon")
	stored, err := measure.CO2eOf(float64(float64(float64(used*fraction)*share) * k))
	if err != nil {
		return err
	}
	if err := q.gross(stored); err != nil {
		return err
	}
	d, err := q.emissions()
	if err != nil {
		return err
	}
	process, err := q.processEmissions(d, high)
	if err != nil {
		return err
	}
	q.tonnes("ER_PS", stored-process, q.label())
	deducted := plus(process, plus(d.by["PE_AS"], d.by["LE"]))
	net := stored - deducted
	q.line("VCU", math.Floor(max(0, net).Tonnes()), "1", q.label())
	return q.conclude("ER", net, spread{r: q.r, carbon: fraction, durable: share, k: k, noRatio: true, fixedCarbon: fromTable, deducted: deducted})
}

// technology tells whether the plant counts as high technology: gases burnt or
// recovered, 70 % of the heat used, pollution controlled, temperature measured.
// What is not known counts as low.
func (q *quantification) technology() bool {
	switch {
	case q.r.Production.Technology == "":
		q.gate("batch.technology: not given; high if gases are burnt or recovered, 70 %% of the heat used, pollution controlled and the temperature measured; else low")
		return false
	case q.r.Production.Technology == "low":
		return false
	case q.r.Production.Temperature == nil:
		q.gate("batch.production_temperature: not given; high technology measures it")
	case q.r.Production.TechnologyProof == "":
		q.remark("batch.technology_proof: not given; high technology is only stated: name what shows that gases are burnt or recovered, 70 %% of the heat used and pollution controlled")
	}
	const least = 0.7
	switch used := q.r.Production.HeatUsed; {
	case used == nil:
		q.ask("batch.heat_used: not given; high technology uses at least %s of the heat", percent(least))
	case !(*used >= least):
		q.gate("batch.heat_used: %s of the heat is below %s: the plant is of low technology", percent(*used), percent(least))
	}
	return true
}

// hydrogenGate is condition 10, for soil; other uses ask for carbon instead.
func (q *quantification) hydrogenGate(org float64, hasOrg bool) {
	if q.soilUse() {
		if hc, _, has := q.ratio(org, hasOrg); has && hc > q.m.Factors["hc_limit"].Value {
			q.gate("batch.hydrogen: H/Corg of %.4g is above %.4g (%s)", hc, q.m.Factors["hc_limit"].Value, q.m.Factors["hc_limit"].Source)
		}
		return
	}
	if q.r.Production.Technology != "high" {
		q.gate("batch.technology: a use outside soil asks for high technology")
	}
	if limit := q.m.Factors["carbon_limit"]; hasOrg && org < limit.Value {
		q.gate("batch.carbon_total: organic carbon of %s is below %s, which a use outside soil asks for", percent(org), percent(limit.Value))
	}
}

// soilUse is also what is assumed of an unknown use.
func (q *quantification) soilUse() bool {
	return !slices.Contains([]string{"concrete", "asphalt", "built-environment"}, q.r.Sink.EndUse)
}

// defaultCarbon is F_Cp of Table 4: of an unknown or mixed feedstock the
// lowest, of an unknown process the lower of the two.
func (q *quantification) defaultCarbon() float64 {
	q.variant("F_Cp at most that of Table 4: low technology")
	return q.contentOf(q.r.Feed.Kind, q.r.Production.Carbonisation)
}

func (q *quantification) contentOf(feedstock, process string) float64 {
	t := q.table("carbon_content")
	low := math.Inf(1)
	for _, row := range t.Rows {
		if _, named := t.Named(feedstock); named && row.Name != feedstock {
			continue
		}
		switch process {
		case "pyrolysis":
			low = min(low, row.Values[0])
		case "gasification":
			low = min(low, row.Values[1])
		default:
			low = min(low, row.Values[0], row.Values[1])
		}
	}
	return low
}

// decomposed is PR_de of Table 3 by production temperature, and its label.
func (q *quantification) decomposed() (share float64, label string, ok bool) {
	t := q.r.Production.Temperature
	if t == nil {
		q.variant("PR_de of an unknown temperature")
		return q.factor("pr_unknown"), q.m.Factors["pr_unknown"].Label, true
	}
	key := temperatureClass(*t)
	if key == "" {
		q.gate("batch.production_temperature: %.4g Cel is below 350 Cel, where Table 3 ends", *t)
		return 0, "", false
	}
	return q.factor("pr_" + key), q.m.Factors["pr_"+key].Label, true
}

// temperatureClass is the class of a production temperature in Cel; one on a
// boundary is in the lower class.
func temperatureClass(t float64) string {
	switch {
	case t > 600:
		return "above_600"
	case t > 450:
		return "450_600"
	case t >= 350:
		return "350_450"
	}
	return ""
}

// processEmissions is PE_PS.
func (q *quantification) processEmissions(d deductions, high bool) (measure.CO2e, error) {
	used, made := q.r.Char.DryMass.Kilograms(), q.r.Char.Produced.Kilograms()
	share := 1.0
	if made > used {
		share = used / made
	}
	measured := d.by["PE_EP"]
	methane := measured
	reading := q.chosen(0)
	if !high {
		base := used
		if reading == "single-allocation" {
			base = max(used, made)
		}
		byDefault, err := measure.CO2eOf(float64(float64(q.factor("methane_low_technology")*q.m.GWP.Methane) * base))
		if err != nil {
			return 0, err
		}
		methane = max(measured, byDefault)
	}
	if _, printed := q.a.Line("PE_EP"); !printed {
		q.tonnes("PE_EP", methane, q.m.EquationsBy)
	}
	sum := plus(plus(d.by["PE_ED"], methane), d.by["PE_EC"])
	process, err := measure.CO2eOf(float64(float64(sum) / 1e6 * share))
	if err != nil {
		return 0, err
	}
	q.tonnes("PE_PS", process, q.m.EquationsBy)
	return process, nil
}

// placedInTime asks for use in soil within a year of production.
func (q *quantification) placedInTime() {
	if !q.soilUse() {
		return
	}
	switch placed, made := q.r.Sink.PlacedAt, q.r.Batch.Made; {
	case placed.IsZero() || made.From.IsZero():
		q.remark("sink.placed: not given, or batch.from; soil use must follow production within a year")
	case placed.After(made.From.AddDate(1, 0, 0)):
		q.gate("sink.placed: more than a year after the batch was begun; soil use must follow production within a year")
	}
}
