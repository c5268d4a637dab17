package formulas

import "slices"

// Formula is one formula: its text, and what computes it.
type Formula struct {
	Name     string   `json:"formula"`
	About    string   `json:"about"`
	Equation string   `json:"equation"` // lines
	Source   string   `json:"source"`
	Valid    string   `json:"valid,omitempty"`
	Vectors  []string `json:"vectors"` // published cases that it meets, by id

	compute func(in *Input, out *Result)
}

// Subject is formulas that belong together.
type Subject struct {
	Name     string
	Formulas []Formula
}

// Subjects returns every formula by subject.
func Subjects() []Subject {
	return []Subject{
		{Name: "Gas", Formulas: gas()},
		{Name: "Pyrolysis", Formulas: pyrolysis()},
		{Name: "Fuels", Formulas: fuel()},
		{Name: "Hydrothermal liquefaction", Formulas: htl()},
		{Name: "Landfill", Formulas: landfill()},
		{Name: "Signals", Formulas: quality()},
		{Name: "Uncertainty", Formulas: uncertainty()},
		{Name: "Bookkeeping", Formulas: symbiosis()},
	}
}

// All returns every formula, by subject.
func All() (all []Formula) {
	for _, s := range Subjects() {
		all = append(all, s.Formulas...)
	}
	return all
}

// Find returns a formula by its name. It fails with a [Faults] that knows the names.
func Find(name string) (Formula, error) {
	all := All()
	names := make([]string, len(all))
	for i, f := range all {
		if f.Name == name {
			return f, nil
		}
		names[i] = f.Name
	}
	return Formula{}, Faults{{Text: "there is no formula " + quote(name), Got: name, Known: names}}
}

// Keys lists the inputs that the formula asks for, in its order.
func (f Formula) Keys() []Key {
	in := newInput(object{})
	in.shared.listing = true
	f.compute(in, newResult())
	return in.shared.keys
}

// Calculate works the formula out. Data is its inputs as a JSON object, or a
// case of it, whose inputs are taken.
func (f Formula) Calculate(data []byte) (*Result, error) {
	v, err := parse(data)
	if err != nil {
		return nil, Faults{{Text: err.Error()}}
	}
	o, ok := v.(object)
	if !ok {
		return nil, Faults{{Text: "the inputs are " + kind(v) + ": write an object, " + f.example()}}
	}
	if inner, is := o.values["inputs"].(object); is {
		if name, said := o.values["formula"].(string); said && name != f.Name {
			return nil, Faults{{Text: "this is a case of " + quote(name) + ", not of " + quote(f.Name)}}
		}
		o = inner
	}
	return f.calculate(o)
}

func (f Formula) calculate(o object) (*Result, error) {
	in, out := newInput(o), newResult()
	f.compute(in, out)
	if faults := slices.Concat(in.shared.faults, out.shared.faults); len(faults) > 0 {
		return nil, faults
	}
	return out, nil
}

func (f Formula) example() string {
	text := "{"
	for i, k := range f.Keys() {
		if i > 0 {
			text += ", "
		}
		text += quote(k.Name) + ": ..."
	}
	return text + "}"
}
