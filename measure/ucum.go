package measure

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
)

// dims are the exponents of the base dimensions of a unit.
type dims [10]int8

const (
	dimLength = iota
	dimMass
	dimTime
	dimTemperature
	dimCurrent
	dimAmount
	dimAngle
	dimAcidity
	dimApparent // VA: apparent power is not active power
	dimReactive // var
)

var dimNames = [len(dims{})]string{"length", "mass", "time", "temperature", "current", "amount of substance", "angle", "pH", "apparent power", "reactive power"}

// String names the kind of quantity, for errors.
func (d dims) String() string {
	if name, ok := kinds[d]; ok {
		return name
	}
	var parts []string
	for i, e := range d {
		switch {
		case e == 1:
			parts = append(parts, dimNames[i])
		case e != 0:
			parts = append(parts, fmt.Sprintf("%s^%d", dimNames[i], e))
		}
	}
	return strings.Join(parts, "·")
}

var kinds = map[dims]string{
	{}:                               "a pure number",
	{dimLength: 2}:                   "an area",
	{dimLength: 3}:                   "a volume",
	{dimLength: 3, dimTime: -1}:      "a volume flow",
	{dimMass: 1}:                     "a mass",
	{dimMass: 1, dimTime: -1}:        "a mass flow",
	{dimTime: 1}:                     "a time",
	{dimTime: -1}:                    "a frequency",
	{dimTemperature: 1}:              "a temperature",
	{dimAmount: 1}:                   "an amount of substance",
	{dimMass: 1, dimLength: -3}:      "a density",
	{dimApparent: 1}:                 "an apparent power (VA)",
	{dimReactive: 1}:                 "a reactive power (var)",
	{dimAcidity: 1}:                  "a pH",
	{-1, 1, -2, 0, 0, 0, 0, 0, 0}:    "a pressure",
	{2, 1, -2, 0, 0, 0, 0, 0, 0}:     "an energy",
	{2, 1, -3, 0, 0, 0, 0, 0, 0}:     "a power",
	{2, 0, -2, 0, 0, 0, 0, 0, 0}:     "an energy per mass",
	{2, 1, -3, 0, -1, 0, 0, 0, 0}:    "a voltage",
	{0, 0, 0, 0, 1, 0, 0, 0, 0}:      "a current",
	{-2, 1, -1, 0, 0, 0, 0, 0, 0, 0}: "a mass flow per area",
}

// atom is one unit of the table: its factor to the base units m, g, s, K, A,
// mol, rad, and what may stand before it.
type atom struct {
	factor string // exact: decimal or ratio
	dims   dims
	prefix prefixes
	offset string // kelvin = (value + offset) * factor; such a unit stands alone
}

type prefixes uint8

const (
	noPrefix prefixes = iota
	siPrefix          // any SI prefix
	kPrefix           // k, M and G only: thousands of a unit that is not SI
)

// Factors: SI units by definition (SI Brochure, 9th edition); customary units
// by UCUM 2.1, which for the yard-pound family is NIST Handbook 44, App. C.
var atoms = map[string]atom{
	"m":    {"1", dims{dimLength: 1}, siPrefix, ""},
	"g":    {"1", dims{dimMass: 1}, siPrefix, ""},
	"t":    {"1000000", dims{dimMass: 1}, kPrefix, ""}, // no "ft" and "mt": they mean other things to people
	"s":    {"1", dims{dimTime: 1}, siPrefix, ""},
	"min":  {"60", dims{dimTime: 1}, noPrefix, ""},
	"h":    {"3600", dims{dimTime: 1}, noPrefix, ""},
	"d":    {"86400", dims{dimTime: 1}, noPrefix, ""},
	"wk":   {"604800", dims{dimTime: 1}, noPrefix, ""},
	"a":    {"31557600", dims{dimTime: 1}, noPrefix, ""}, // Julian year, 365.25 d
	"Hz":   {"1", dims{dimTime: -1}, siPrefix, ""},
	"L":    {"1/1000", dims{dimLength: 3}, siPrefix, ""},
	"l":    {"1/1000", dims{dimLength: 3}, siPrefix, ""},
	"ar":   {"100", dims{dimLength: 2}, noPrefix, ""},
	"har":  {"10000", dims{dimLength: 2}, noPrefix, ""}, // hectare
	"N":    {"1000", dims{1, 1, -2}, siPrefix, ""},
	"Pa":   {"1000", dims{-1, 1, -2}, siPrefix, ""},
	"bar":  {"100000000", dims{-1, 1, -2}, siPrefix, ""},
	"atm":  {"101325000", dims{-1, 1, -2}, noPrefix, ""},
	"J":    {"1000", dims{2, 1, -2}, siPrefix, ""},
	"W":    {"1000", dims{2, 1, -3}, siPrefix, ""},
	"Wh":   {"3600000", dims{2, 1, -2}, siPrefix, ""},
	"A":    {"1", dims{dimCurrent: 1}, siPrefix, ""},
	"V":    {"1000", dims{2, 1, -3, 0, -1}, siPrefix, ""},
	"Ohm":  {"1000", dims{2, 1, -3, 0, -2}, siPrefix, ""},
	"S":    {"1/1000", dims{-2, -1, 3, 0, 2}, siPrefix, ""},
	"VA":   {"1", dims{dimApparent: 1}, siPrefix, ""},
	"var":  {"1", dims{dimReactive: 1}, siPrefix, ""},
	"mol":  {"1", dims{dimAmount: 1}, siPrefix, ""},
	"K":    {"1", dims{dimTemperature: 1}, siPrefix, ""},
	"Cel":  {"1", dims{dimTemperature: 1}, noPrefix, "273.15"},
	"rad":  {"1", dims{dimAngle: 1}, siPrefix, ""},
	"deg":  {"3141592653589793238462643383279/180000000000000000000000000000000", dims{dimAngle: 1}, noPrefix, ""},
	"%":    {"1/100", dims{}, noPrefix, ""},
	"[pH]": {"1", dims{dimAcidity: 1}, noPrefix, ""},
	// A fraction of amount, volume or mass alike: what it is of is the tag's affair.
	"[ppth]":     {"1/1000", dims{}, noPrefix, ""},
	"[ppm]":      {"1/1000000", dims{}, noPrefix, ""},
	"[ppb]":      {"1/1000000000", dims{}, noPrefix, ""},
	"[degF]":     {"5/9", dims{dimTemperature: 1}, noPrefix, "459.67"},
	"[degR]":     {"5/9", dims{dimTemperature: 1}, noPrefix, ""},
	"[lb_av]":    {"453.59237", dims{dimMass: 1}, kPrefix, ""},
	"[oz_av]":    {"28.349523125", dims{dimMass: 1}, kPrefix, ""},
	"[ston_av]":  {"907184.74", dims{dimMass: 1}, kPrefix, ""},
	"[lton_av]":  {"1016046.9088", dims{dimMass: 1}, kPrefix, ""},
	"[in_i]":     {"0.0254", dims{dimLength: 1}, noPrefix, ""},
	"[ft_i]":     {"0.3048", dims{dimLength: 1}, noPrefix, ""},
	"[yd_i]":     {"0.9144", dims{dimLength: 1}, noPrefix, ""},
	"[mi_i]":     {"1609.344", dims{dimLength: 1}, noPrefix, ""},
	"[sft_i]":    {"0.09290304", dims{dimLength: 2}, kPrefix, ""},
	"[cft_i]":    {"0.028316846592", dims{dimLength: 3}, kPrefix, ""},
	"[gal_us]":   {"0.003785411784", dims{dimLength: 3}, kPrefix, ""},
	"[bbl_us]":   {"0.158987294928", dims{dimLength: 3}, kPrefix, ""},
	"[lbf_av]":   {"4448.2216152605", dims{1, 1, -2}, kPrefix, ""},
	"[psi]":      {"8896443230521/1290320", dims{-1, 1, -2}, kPrefix, ""}, // lbf per square inch, exactly
	"m[H2O]":     {"9806650", dims{-1, 1, -2}, siPrefix, ""},
	"m[Hg]":      {"133322000", dims{-1, 1, -2}, siPrefix, ""},
	"[in_i'H2O]": {"249088.91", dims{-1, 1, -2}, noPrefix, ""},
	"[in_i'Hg]":  {"3386378.8", dims{-1, 1, -2}, noPrefix, ""},
	"[Btu_IT]":   {"1055055.85262", dims{2, 1, -2}, kPrefix, ""},
	"cal_IT":     {"4186.8", dims{2, 1, -2}, siPrefix, ""},
	"cal_th":     {"4184", dims{2, 1, -2}, siPrefix, ""},
	"[HP]":       {"745699.87158227022", dims{2, 1, -3}, kPrefix, ""},
}

var prefixPower = map[string]int{
	"Y": 24, "Z": 21, "E": 18, "P": 15, "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1,
	"d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15, "a": -18,
}

// resolved is a unit worked out: exact factor to base units, dimensions, and
// the braces with the sign of the exponent they stand at.
type resolved struct {
	scale  *big.Rat
	offset *big.Rat // in base units; nil for none
	dims   dims
	notes  map[string]int
}

func (r resolved) noteText() string {
	var b strings.Builder
	for _, note := range slices.Sorted(maps.Keys(r.notes)) {
		switch n := r.notes[note]; {
		case n == 1:
			b.WriteString("{" + note + "}")
		case n == -1:
			b.WriteString("per {" + note + "}")
		case n != 0:
			fmt.Fprintf(&b, "{%s}^%d", note, n)
		}
	}
	return b.String()
}

func resolve(code string) (resolved, error) {
	if right, ok := suggestions[code]; ok {
		return resolved{}, fmt.Errorf("unit %q: %s", code, right)
	}
	p := &unitParser{code: code, rest: code}
	r, err := p.product(0)
	if err == nil && p.rest != "" {
		err = p.fail("unexpected %q", p.rest)
	}
	if err != nil {
		return resolved{}, err
	}
	return r, nil
}

type unitParser struct{ code, rest string }

func (p *unitParser) fail(format string, args ...any) error {
	return fmt.Errorf("unit %q: %s%s", p.code, fmt.Sprintf(format, args...), hint(p.code))
}

func (p *unitParser) next(c byte) bool {
	if p.rest != "" && p.rest[0] == c {
		p.rest = p.rest[1:]
		return true
	}
	return false
}

// product = ["/"] factor { ("." | "/") factor }
func (p *unitParser) product(depth int) (resolved, error) {
	if depth > 4 {
		return resolved{}, p.fail("more than 4 parentheses deep")
	}
	total := resolved{scale: big.NewRat(1, 1)}
	sign, alone := 1, true
	if p.next('/') {
		sign, alone = -1, false
	}
	for {
		f, err := p.factor(depth)
		if err != nil {
			return resolved{}, err
		}
		last := p.rest == "" || (p.rest[0] != '.' && p.rest[0] != '/')
		if f.offset != nil && !(alone && last && depth == 0) {
			return resolved{}, p.fail("a temperature with an offset (Cel, [degF]) stands alone; in a product write K")
		}
		total.multiply(f, sign)
		if f.offset != nil {
			total.offset = f.offset
		}
		for _, e := range total.dims {
			if e > 20 || e < -20 {
				return resolved{}, p.fail("an exponent beyond 20")
			}
		}
		switch {
		case p.next('.'):
			sign, alone = 1, false
		case p.next('/'):
			sign, alone = -1, false
		default:
			return total, nil
		}
	}
}

func (r *resolved) multiply(f resolved, sign int) {
	if sign > 0 {
		r.scale.Mul(r.scale, f.scale)
	} else {
		r.scale.Quo(r.scale, f.scale)
	}
	for i, e := range f.dims {
		r.dims[i] += int8(sign) * e
	}
	for note, n := range f.notes {
		if r.notes == nil {
			r.notes = map[string]int{}
		}
		if r.notes[note] += sign * n; r.notes[note] == 0 {
			delete(r.notes, note)
		}
	}
}

// factor = ( "(" product ")" | "1" | [prefix] atom [exponent] ) [ "{" note "}" ]
func (p *unitParser) factor(depth int) (resolved, error) {
	if p.next('(') {
		r, err := p.product(depth + 1)
		if err != nil {
			return resolved{}, err
		}
		if !p.next(')') {
			return resolved{}, p.fail("a parenthesis is not closed")
		}
		if p.rest != "" && (p.rest[0] == '{' || p.rest[0] == '-' || digit(p.rest[0])) {
			return resolved{}, p.fail("nothing may follow a parenthesis but '.' or '/'")
		}
		return r, nil
	}
	r := resolved{scale: big.NewRat(1, 1)}
	word := p.word()
	switch {
	case word == "" && p.rest != "" && p.rest[0] == '{':
	case word == "" && p.next('1'):
		if p.rest != "" && digit(p.rest[0]) {
			return resolved{}, p.fail("no number but 1 may stand in a unit")
		}
	case word == "":
		if p.rest == "" {
			return resolved{}, p.fail("ends where a unit is expected")
		}
		return resolved{}, p.fail("%q where a unit is expected", firstRune(p.rest))
	default:
		a, power, ok := lookup(word)
		if !ok {
			return resolved{}, p.fail("%q is no unit known here%s", word, wordHint(word))
		}
		exponent, err := p.exponent()
		if err != nil {
			return resolved{}, err
		}
		r = a.resolve(power, exponent)
		if a.offset != "" && exponent != 1 {
			return resolved{}, p.fail("a temperature with an offset (Cel, [degF]) has no exponent; write K")
		}
	}
	if p.next('{') {
		note, rest, ok := strings.Cut(p.rest, "}")
		if !ok || note == "" || strings.ContainsFunc(note, func(c rune) bool { return c <= ' ' || c > '~' || c == '{' }) {
			return resolved{}, p.fail("braces hold one word of plain characters and are closed, as in m3{N}")
		}
		p.rest = rest
		r.notes = map[string]int{note: 1}
	}
	return r, nil
}

func (p *unitParser) exponent() (int, error) {
	i := 0
	if i < len(p.rest) && (p.rest[i] == '-' || p.rest[i] == '+') {
		i++
	}
	start := i
	for i < len(p.rest) && digit(p.rest[i]) {
		i++
	}
	if i == 0 {
		return 1, nil
	}
	if i == start || i-start > 1 || p.rest[start] == '0' {
		return 0, p.fail("an exponent is a whole number from 1 to 9, with or without a sign")
	}
	e := int(p.rest[start] - '0')
	if p.rest[0] == '-' {
		e = -e
	}
	p.rest = p.rest[i:]
	return e, nil
}

// word takes the letters of one unit; what stands in brackets may be anything.
func (p *unitParser) word() string {
	i := 0
	for i < len(p.rest) {
		c := p.rest[i]
		if c == '[' {
			end := strings.IndexByte(p.rest[i:], ']')
			if end < 0 {
				break
			}
			i += end + 1
			continue
		}
		if c != '%' && c != '_' && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			break
		}
		i++
	}
	word := p.rest[:i]
	p.rest = p.rest[i:]
	return word
}

// lookup finds the atom of a word, and the power of ten of its prefix. A
// whole word wins over prefix and atom, as UCUM says: "min" is no milli-inch.
func lookup(word string) (atom, int, bool) {
	if a, ok := atoms[word]; ok {
		return a, 0, true
	}
	for n := 1; n <= 2 && n < len(word); n++ {
		power, ok := prefixPower[word[:n]]
		if !ok {
			continue
		}
		a, ok := atoms[word[n:]]
		if !ok {
			continue
		}
		if a.prefix == siPrefix || a.prefix == kPrefix && (power == 3 || power == 6 || power == 9) {
			return a, power, true
		}
	}
	return atom{}, 0, false
}

func (a atom) resolve(power, exponent int) resolved {
	scale, _ := new(big.Rat).SetString(a.factor)
	ten := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(power, -power))), nil))
	if power < 0 {
		ten.Inv(ten)
	}
	scale.Mul(scale, ten)
	r := resolved{scale: big.NewRat(1, 1)}
	for range max(exponent, -exponent) {
		if exponent > 0 {
			r.scale.Mul(r.scale, scale)
		} else {
			r.scale.Quo(r.scale, scale)
		}
	}
	for i, e := range a.dims {
		r.dims[i] = e * int8(exponent)
	}
	if a.offset != "" {
		r.offset, _ = new(big.Rat).SetString(a.offset)
		r.offset.Mul(r.offset, scale)
	}
	return r
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

func firstRune(s string) string {
	for _, c := range s {
		return string(c)
	}
	return ""
}
