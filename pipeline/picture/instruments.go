package picture

import (
	"slices"
	"strconv"
	"strings"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/flowsheet"
)

// meters says in lines where an amount comes from: the tag and its
// instrument, the laboratory, a stated number. The first value is the one
// that counts; the others check it.
func meters(p *flowsheet.Plant, first *flowsheet.Value, also []*flowsheet.Value) []string {
	if first == nil {
		return []string{"not measured"}
	}
	lines := []string{meter(p, first)}
	for _, v := range also {
		lines = append(lines, "checked by "+meter(p, v))
	}
	return lines
}

func meter(p *flowsheet.Plant, v *flowsheet.Value) string {
	switch {
	case v.Tag != "":
		text := tagName(v.Tag)
		if t, ok := p.Tag(v.Tag); ok && t.Instrument != "" {
			text += " · " + t.Instrument
		}
		return text
	case v.Lab != "":
		return "laboratory: " + words(v.Lab)
	case v.Constant != nil:
		return stated(v) + " stated"
	}
	return "not measured"
}

// stated writes a constant with its uncertainty.
func stated(v *flowsheet.Value) string {
	number := strconv.FormatFloat(v.Constant.Value, 'g', 6, 64)
	code := unit(v.Constant.Unit.String())
	u := v.Uncertainty
	switch {
	case u == nil || u.Value == 0:
		return number + " " + code
	case u.Relative:
		return number + " " + code + " ± " + strconv.FormatFloat(float64(100*u.Value), 'g', 3, 64) + " %"
	}
	return number + " ± " + strconv.FormatFloat(u.Value, 'g', 3, 64) + " " + code
}

func tagName(tag measure.Tag) string {
	_, name, _ := strings.Cut(string(tag), "/")
	return name
}

// qualities says who tells what a stream consists of, one line for each that
// does: "AT-301: CH4, CO2".
func qualities(p *flowsheet.Plant, s *flowsheet.Stream) []string {
	if s.Like != "" {
		return []string{"same material as " + words(s.Like)}
	}
	var sources []string
	quantities := map[string][]string{}
	add := func(what string, v *flowsheet.Value) {
		if v == nil {
			return
		}
		source := "laboratory"
		switch {
		case v.Constant != nil:
			source = "stated"
		case v.Tag != "":
			source = tagName(v.Tag)
			if t, ok := p.Tag(v.Tag); ok && t.Instrument != "" {
				source = t.Instrument
			}
		}
		if !slices.Contains(sources, source) {
			sources = append(sources, source)
		}
		quantities[source] = append(quantities[source], what)
	}
	if s.State != nil {
		add("pressure", s.State.Pressure)
		add("temperature", s.State.Temperature)
		add("water", s.State.Water)
		add("humidity", s.State.Humidity)
	}
	add("moisture", s.Moisture)
	add("dry solids", s.DrySolids)
	add("carbon", s.Carbon)
	add("ash", s.Ash)
	add("hydrogen", s.Hydrogen)
	add("nitrogen", s.Nitrogen)
	add("phosphorus", s.Phosphorus)
	add("HHV", s.HHV)
	for _, c := range s.Composition {
		add(c.Species, c.Share)
	}
	var lines []string
	for _, source := range sources {
		lines = append(lines, source+": "+strings.Join(quantities[source], ", "))
	}
	return lines
}
