package picture

import (
	"fmt"
	"strings"
)

// A look is the colours of a picture, in light and in dark: those of the
// console, a grey ground and colour that means something. Colour never says
// anything alone: phases have glyphs, statuses their kinds of line.
type look struct{ class, property, light, dark string }

var flowsheetLook = []look{
	{"ground", "fill", "#eceff0", "#1e2427"},
	{"text", "fill", "#1b2327", "#dfe5e8"}, // the element
	{"note", "fill", "#4c5a62", "#a0adb4"},
	{"box", "fill", "#f7f8f9", "#262d31"}, {"box", "stroke", "#62717a", "#84949d"},
	{"terminal", "fill", "#f7f8f9", "#262d31"}, {"terminal", "stroke", "#a8b3b9", "#4d5a61"},
	{"vessel", "fill", "#dde1e3", "#1e2427"}, {"vessel", "stroke", "#62717a", "#84949d"},
	{"level", "fill", "#cdbfb0", "#5a4a3b"},
	{"rule", "stroke", "#c2c9cd", "#3a444a"},
	{"halo", "stroke", "#eceff0", "#1e2427"},
	{"band", "stroke", "#c2c9cd", "#3a444a"}, {"core", "stroke", "#4c5a62", "#a0adb4"},
	{"slit", "stroke", "#eceff0", "#1e2427"}, {"head", "fill", "#4c5a62", "#a0adb4"},
	{"solid .band", "stroke", "#d6c8b9", "#574839"}, {"solid .slit", "stroke", "#eadfd3", "#3a3027"},
	{"solid .core", "stroke", "#6b4a2f", "#d3ae8c"}, {"solid .head", "fill", "#6b4a2f", "#d3ae8c"},
	{"liquid .band", "stroke", "#bcd1e8", "#2b4763"}, {"liquid .slit", "stroke", "#dde9f5", "#203243"},
	{"liquid .core", "stroke", "#1f5f9e", "#82b7ea"}, {"liquid .head", "fill", "#1f5f9e", "#82b7ea"},
	{"gas .band", "stroke", "#c6dabf", "#3b5036"}, {"gas .slit", "stroke", "#e2eedd", "#2a3827"},
	{"gas .core", "stroke", "#42702c", "#a2c98d"}, {"gas .head", "fill", "#42702c", "#a2c98d"},
	{"energy .core", "stroke", "#7d3f9b", "#cb9ce3"}, {"energy .head", "fill", "#eceff0", "#1e2427"},
	{"energy .head", "stroke", "#7d3f9b", "#cb9ce3"}, {"energy .name", "fill", "#6b3187", "#d7b2ea"},
	{"residual .band", "stroke", "#4c5a62", "#a0adb4"}, {"residual .hollow", "stroke", "#eceff0", "#1e2427"},
	{"residual .head", "fill", "#eceff0", "#1e2427"}, {"residual .head", "stroke", "#4c5a62", "#a0adb4"},
	{"no-value .core", "stroke", "#75838b", "#7f8e96"}, {"no-value .head", "fill", "#75838b", "#7f8e96"},
	{"energy.no-value .head", "fill", "#eceff0", "#1e2427"}, {"energy.no-value .head", "stroke", "#75838b", "#7f8e96"},
	{"suspect .band", "stroke", "#f1c3cd", "#5a2632"}, {"suspect .core", "stroke", "#b0123a", "#ff7089"},
	{"suspect .head", "fill", "#b0123a", "#ff7089"},
	{"glyph-solid", "fill", "#6b4a2f", "#d3ae8c"}, {"glyph-liquid", "fill", "#1f5f9e", "#82b7ea"},
	{"glyph-gas", "fill", "none", "none"}, {"glyph-gas", "stroke", "#42702c", "#a2c98d"},
	{"glyph-suspect", "fill", "#b0123a", "#ff7089"}, {"glyph-slit", "stroke", "#ffffff", "#22060c"},
}

// flowsheetShape is what does not depend on the light.
const flowsheetShape = `.flowsheet .band,.flowsheet .core,.flowsheet .slit,.flowsheet .halo,.flowsheet .hollow,.flowsheet .rule{fill:none}
.flowsheet .core{stroke-width:2}
.flowsheet .reconciled .core{stroke-width:6}
.flowsheet .slit{stroke-width:2.4}
.flowsheet .estimated .core{stroke-dasharray:9 5}
.flowsheet .by-difference .core{stroke-dasharray:15 4 2.5 4}
.flowsheet .no-value .core{stroke-dasharray:0.1 5;stroke-linecap:round;stroke-width:2.6}
.flowsheet .suspect .core{stroke-width:3}
.flowsheet .box{stroke-width:1.5}
.flowsheet .energy .head,.flowsheet .residual .head{stroke-width:1.5}
.flowsheet .glyph-gas{stroke-width:1.5}
.flowsheet .glyph-slit{stroke-width:1.8}
`

// sheetStyle writes the style of a picture. Paper is always light.
func sheetStyle(root string, colours []look, shape string) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".%s{print-color-adjust:exact;-webkit-print-color-adjust:exact}\n", root)
	fmt.Fprintf(&b, ".%s text{font-family:\"Helvetica Neue\",Arial,\"Liberation Sans\",\"DejaVu Sans\",sans-serif;font-variant-numeric:tabular-nums}\n", root)
	for _, f := range faces {
		weight := "normal"
		if f.bold {
			weight = "bold"
		}
		fmt.Fprintf(&b, ".%s .%s{font-size:%dpx;font-weight:%s}\n", root, f.class, f.size, weight)
	}
	b.WriteString(shape)
	rule := func(l look, colour string) {
		selector := "." + l.class
		if l.class == "text" {
			selector = l.class
		}
		fmt.Fprintf(&b, ".%s %s{%s:%s}\n", root, selector, l.property, colour)
	}
	for _, l := range colours {
		rule(l, l.light)
	}
	b.WriteString("@media screen and (prefers-color-scheme:dark){\n")
	for _, l := range colours {
		rule(l, l.dark)
	}
	b.WriteString("}\n")
	fmt.Fprintf(&b, "@media print{.%s .ground{fill:none}}\n", root)
	return b.String()
}
