package print

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// A cssRule is one selector of a picture's style with what it sets.
type cssRule struct {
	parts  []compound // the last is the element's own, those before it are of its ancestors
	weight int
	sets   map[string]string
}

type compound struct {
	name    string // of the element; "": any
	classes []string
}

// readRules reads a picture's style as it holds on paper: rules for the screen
// are left out.
func readRules(text string) (out []cssRule) {
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		open := strings.IndexByte(text, '{')
		if open < 0 {
			return out
		}
		head := strings.TrimSpace(text[:open])
		body, rest := braced(text[open:])
		text = rest
		if strings.HasPrefix(head, "@") {
			if head == "@media print" {
				out = append(out, readRules(body)...)
			}
			continue
		}
		sets := map[string]string{}
		for _, d := range strings.Split(body, ";") {
			if name, value, ok := strings.Cut(d, ":"); ok {
				sets[strings.TrimSpace(name)] = strings.TrimSpace(value)
			}
		}
		for _, selector := range strings.Split(head, ",") {
			r := cssRule{sets: sets}
			for _, part := range strings.Fields(selector) {
				words := strings.Split(part, ".")
				c := compound{words[0], words[1:]}
				if c.name != "" {
					r.weight++
				}
				r.weight += 100 * len(c.classes)
				r.parts = append(r.parts, c)
			}
			out = append(out, r)
		}
	}
	return out
}

// braced returns what stands between the first brace and the one that shuts it.
func braced(text string) (inside, rest string) {
	depth := 0
	for i, c := range text {
		switch c {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return text[1:i], text[i+1:]
			}
		}
	}
	return text[1:], ""
}

func (c compound) of(e element) bool {
	if c.name != "" && c.name != e.name {
		return false
	}
	for _, class := range c.classes {
		if !slices.Contains(e.classes, class) {
			return false
		}
	}
	return true
}

// of tells whether the rule is of the last element of a path from the root.
func (r cssRule) of(path []element) bool {
	n := len(path) - 1
	if len(r.parts) == 0 || !r.parts[len(r.parts)-1].of(path[n]) {
		return false
	}
	for i := len(r.parts) - 2; i >= 0; i-- {
		for n--; n >= 0 && !r.parts[i].of(path[n]); n-- {
		}
		if n < 0 {
			return false
		}
	}
	return true
}

// styled returns how an element is drawn: as the one around it, its own
// attributes over that, and over them the rules, the more precise one last.
func styled(around look, path []element, rules []cssRule) look {
	l := around
	l.opacity = 1
	l.set(path[len(path)-1].attr)
	var mine []cssRule
	for _, r := range rules {
		if r.of(path) {
			mine = append(mine, r)
		}
	}
	slices.SortStableFunc(mine, func(a, b cssRule) int { return cmp.Compare(a.weight, b.weight) })
	for _, r := range mine {
		l.set(r.sets)
	}
	return l
}

func (l *look) set(to map[string]string) {
	if v, ok := to["fill"]; ok {
		l.fill = colour(v)
	}
	if v, ok := to["stroke"]; ok {
		l.stroke = colour(v)
	}
	if v, ok := to["stroke-width"]; ok {
		l.width = parse(v)
	}
	if v, ok := to["stroke-dasharray"]; ok {
		l.dash = nil
		for _, d := range strings.FieldsFunc(v, func(r rune) bool { return r == ' ' || r == ',' }) {
			l.dash = append(l.dash, parse(d))
		}
	}
	if v, ok := to["stroke-linecap"]; ok {
		l.lineCap = v
	}
	if v, ok := to["opacity"]; ok {
		l.opacity = parse(v)
	}
	if v, ok := to["font-size"]; ok {
		l.size = parse(v)
	}
	if v, ok := to["font-weight"]; ok {
		l.bold = v == "bold"
	}
}

// colour reads #rrggbb; anything else is none.
func colour(text string) *[3]int {
	n, err := strconv.ParseUint(strings.TrimPrefix(text, "#"), 16, 24)
	if err != nil || len(text) != 7 {
		return nil
	}
	return &[3]int{int(n >> 16), int(n >> 8 & 255), int(n & 255)}
}
