package emissions

import (
	"fmt"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/balance"
)

// Stack is what the instruments of a stack read, and the most that each of
// them can have missed.
type Stack struct {
	Record
	Most  float64 // m3{N}/h dry: the most the fan or burner can bring
	Gases []StackGas

	Minutes []Minute // of all of the period, in order of time; or
	Mean    *Mean    // what somebody added up
}

// StackGas is a gas of a stack. CH4 and CO2 are fossil unless it is known that
// nothing but biomass was burnt.
type StackGas struct {
	Gas  Gas
	Most float64 // mole share of dry gas: the most there can be, as the span of the analyser
}

// Minute is one minute of a stack. Nil is not sure.
type Minute struct {
	Volume *float64   // m3{N}, dry
	Shares []*float64 // mole shares of dry gas, in the order of Gases
}

// Mean is a stack over the part of a period that readings cover.
type Mean struct {
	Volume   float64 // m3{N}, dry, of the covered part
	Shares   []float64
	Coverage float64 // of flow and analysers together
}

const sourceStack = "readings of flow and analysers; m = V x M / V_m, V_m of 0 Cel and 101 325 Pa"

// lines adds up minutes.
//
//	m_g = Σ_i V_i x_g,i M_g / V_m      [kg] = [m³] [1] [kg/kmol] / [m³/kmol]
//
//	V  dry normal volume     of a minute that is not sure: V_max = 1 min of the most there can be
//	x  mole share, dry       of a minute that is not sure: x_max
//
// A reading below 0 counts as 0. A reading above V_max or x_max is refused:
// then the most is no most, and losing that minute would lower the emission.
//
// Source: ideal gas, as CDM TOOL08 v3; that a gap counts as the most is after
// Regulation (EU) 2018/2066, Art. 45. Rounds: each product once, the mass of
// each gas once to 1 mg. Losing minutes never lowers m.
// What rounding puts above the most, by less than a part in 10^9, is the most.
func (s Stack) lines(w world) ([]Line, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	l := s.line(StackReadings)
	l.Source = sourceStack
	kg := map[Gas]float64{}
	var volume, standsIn float64
	var err error
	if s.Mean != nil {
		volume, standsIn, l.Coverage, err = s.mean(kg, w)
	} else {
		volume, standsIn, l.Coverage, err = s.minutes(kg, w)
	}
	if err != nil {
		return nil, err
	}
	l.Activity = measure.Quantity{Value: volume, Unit: normalCubicMetre}
	l.StandsIn = measure.Quantity{Value: standsIn, Unit: normalCubicMetre}
	if err := l.weigh(kg, w.gwp, "computed"); err != nil {
		return nil, err
	}
	s.silent(&l)
	return []Line{l}, nil
}

func (s Stack) check() error {
	if !(s.Most > 0) {
		return wrongf("most", "is missing: say what dry normal volume an hour can bring at most, it stands in for minutes without readings")
	}
	if len(s.Gases) == 0 {
		return wrongf("gases", "is missing: name CH4 and N2O, each with most")
	}
	seen := map[Gas]bool{}
	for _, g := range s.Gases {
		switch {
		case molarMass(g.Gas) == 0:
			return wrongf("gases", "%s is no gas that a stack is counted for", g.Gas)
		case seen[g.Gas]:
			return wrongf("gases", "%s is given twice", g.Gas)
		case !(g.Most >= 0 && g.Most <= 1):
			return wrongf("gases", "%s: most is a share of dry gas, 0 to 100 %%, not %v", g.Gas, g.Most)
		}
		seen[g.Gas] = true
	}
	if (s.Mean == nil) == (s.Minutes == nil) {
		return wrongf("gases", "give either minutes or the sum of them")
	}
	return nil
}

// minutes adds up what was read, minute by minute.
func (s Stack) minutes(kg map[Gas]float64, w world) (volume, standsIn, coverage float64, err error) {
	if n := int(w.period.Length().Minutes()); n != len(s.Minutes) {
		return 0, 0, 0, fmt.Errorf("stack %s: %d minutes for a period of %d", s.Name, len(s.Minutes), n)
	}
	var sum StackSum
	if err := sum.Add(s); err != nil {
		return 0, 0, 0, err
	}
	for k, g := range s.Gases {
		kg[g.Gas] = sum.kg[k]
	}
	return sum.Volume, sum.StandsIn, float64(sum.Read) / float64(sum.Minutes), nil
}

// mean takes what somebody added up, and the most for what is not covered.
//
//	m_g = (V x_g + (1 - c) T V_max x_g,max) M_g / V_m
//
// Source: ideal gas; a gap counts as the most, after Regulation (EU) 2018/2066, Art. 45.
func (s Stack) mean(kg map[Gas]float64, w world) (volume, standsIn, coverage float64, err error) {
	m := *s.Mean
	full := float64(s.Most * w.hours())
	switch {
	case !(m.Coverage >= 0 && m.Coverage <= 1):
		return 0, 0, 0, wrongf("coverage", "%v is not between 0 %% and 100 %%", m.Coverage)
	case !(m.Volume >= 0):
		return 0, 0, 0, wrongf("volume", "%v m3{N} is below 0", m.Volume)
	case m.Volume > float64(full*m.Coverage):
		return 0, 0, 0, wrongf("most", "%v m3{N}/h is less than was read, %v m3{N} in %.6g h: correct it", s.Most, m.Volume, float64(m.Coverage*w.hours()))
	case len(m.Shares) != len(s.Gases):
		return 0, 0, 0, wrongf("gases", "each gas needs its share")
	}
	standsIn = float64(full * (1 - m.Coverage))
	for k, g := range s.Gases {
		x := m.Shares[k]
		if !(x >= 0 && x <= g.Most) {
			return 0, 0, 0, wrongf("gases", "%s: a share of %v is not between 0 and most, %v: correct it", g.Gas, x, g.Most)
		}
		gas := float64(m.Volume*x) + float64(standsIn*g.Most)
		kg[g.Gas] = float64(gas * perVolume(g.Gas))
	}
	return m.Volume + standsIn, standsIn, m.Coverage, nil
}

// silent says what a stack is not measured for.
func (s Stack) silent(l *Line) {
	has := map[Gas]bool{}
	for _, g := range s.Gases {
		has[g.Gas] = true
	}
	if !has[CH4Fossil] && !has[CH4Biogenic] && !has[CH4] {
		l.remark("nothing is read of CH4, which is not none: name it with most, which then counts for all of the time")
	}
	if !has[N2O] {
		l.remark("nothing is read of N2O, which is not none: name it with most, which then counts for all of the time")
	}
}

// perVolume returns kg a m3{N} of pure gas.
func perVolume(g Gas) float64 { return balance.Density(molarMass(g)) }

// molarMass returns kg/kmol, 0 for what is no gas of a stack.
//
// Source: IUPAC abridged atomic masses, as in package balance.
func molarMass(g Gas) float64 {
	switch g {
	case CH4Fossil, CH4Biogenic, CH4:
		return balance.Elements{C: 1, H: 4}.MolarMass()
	case CO2Fossil, CO2Biogenic:
		return balance.Elements{C: 1, O: 2}.MolarMass()
	case N2O:
		return balance.Elements{N: 2, O: 1}.MolarMass()
	}
	return 0
}
