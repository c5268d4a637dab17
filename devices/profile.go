package devices

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/nielu/nielu/measure"
)

// Profile is the register map of one model of instrument.
type Profile struct {
	Name     string
	Version  int
	About    string // make and model in words
	Source   string // the document, and on what basis its numbers are
	Verified string // how far the map has been checked, and against what
	Digest   string // lower-case hex sha256 of the file

	Order        Order
	Holes        int // most unneeded registers a request may span; -1: whatever is cheapest
	MaxRegisters int // most registers a request may ask for
	Parameters   map[string]measure.Unit
	Clock        *Clock
	Points       []ProfilePoint // in the order of the file
}

// ProfilePoint is one value an instrument offers.
type ProfilePoint struct {
	Name     string
	Function uint8 // Modbus read function, 1 to 4
	Address  uint16
	Layout
	at     place
	factor expression
	offset *big.Rat
	bounds []expression // low and high of the range, in the point's unit; nil for none
}

// Layout is everything of a point that does not depend on the instrument.
type Layout struct {
	Unit      measure.Unit `json:"unit"`
	Type      Type         `json:"type,omitempty"`      // empty for messages
	Order     Order        `json:"order,omitempty"`     // empty is ABCD
	Bit       uint8        `json:"bit,omitempty"`       // for Bool in a register: 0 is the least significant
	Sentinels []uint64     `json:"sentinels,omitempty"` // raw bits, words and bytes in order, that mean "no value"
	Range     *Range       `json:"range,omitempty"`     // beyond it a value is uncertain:out-of-range
	Counter   bool         `json:"counter,omitempty"`   // only ever counts up, rolls over
	ScaleFrom []Lookup     `json:"scale_from,omitempty"`
	Sign      *Flag        `json:"sign,omitempty"`   // the register bit that makes the value negative
	Status    *Status      `json:"status,omitempty"` // the register whose bits spoil the value
}

// Range is the closed range of values that are believed, in the point's unit.
type Range struct {
	Min float64 `json:"min"`
	Max float64 `json:"max"`
}

// Lookup is a register whose masked bits choose a factor of the value.
type Lookup struct {
	Address uint16  `json:"address"`
	Mask    uint16  `json:"mask"`
	Factors []Scale `json:"factors"` // by the value of the masked bits, shifted down
}

// Flag is one bit of a register.
type Flag struct {
	Address uint16 `json:"address"`
	Bit     uint8  `json:"bit"`
}

// Status is a register whose bits say that a value is bad or uncertain.
type Status struct {
	Address   uint16 `json:"address"`
	Bad       uint16 `json:"bad,omitempty"`       // any of these bits: bad:sentinel
	Uncertain uint16 `json:"uncertain,omitempty"` // any of these bits: uncertain:out-of-range
}

// Clock is the registers that hold the time at which the values were taken.
type Clock struct {
	Function uint8  `json:"function"`
	Address  uint16 `json:"address"`
	Type     string `json:"type"` // unix32, unix64 (seconds), unix64-ms
	Order    Order  `json:"order,omitempty"`
}

// Registers returns how many registers the clock takes.
func (c Clock) Registers() int {
	if c.Type == "unix32" {
		return 2
	}
	return 4
}

// Point returns the profile's point of that name.
func (p *Profile) Point(name string) (ProfilePoint, bool) {
	for _, point := range p.Points {
		if point.Name == name {
			return point, true
		}
	}
	return ProfilePoint{}, false
}

func (p *Profile) pointNames() []string {
	names := make([]string, len(p.Points))
	for i, point := range p.Points {
		names[i] = point.Name
	}
	return names
}

// expression is a product and quotient of one number and parameters.
type expression struct {
	number      *big.Rat
	times, over []string
}

// resolve puts the instrument's parameters, in the profile's units, in.
func (e expression) resolve(parameters map[string]*big.Rat) (*big.Rat, error) {
	value := new(big.Rat).Set(e.number)
	for _, name := range e.times {
		value.Mul(value, parameters[name])
	}
	for _, name := range e.over {
		if parameters[name].Sign() == 0 {
			return nil, fmt.Errorf("parameter %s must not be 0", name)
		}
		value.Quo(value, parameters[name])
	}
	return value, nil
}

// ParseProfile reads a profile and reports every fault of it at once.
func ParseProfile(file string, data []byte) (*Profile, error) {
	d := &document{file, new(Problems)}
	root, ok := d.parse(data)
	if !ok {
		return nil, d.failed()
	}
	f, ok := d.mapping(root, "profile", "profile", "version", "about", "source", "verified", "order",
		"holes", "max_registers", "parameters", "clock", "points")
	if !ok {
		return nil, d.failed()
	}
	digest := sha256.Sum256(data)
	p := &Profile{Digest: hex.EncodeToString(digest[:]), Parameters: map[string]measure.Unit{}, Holes: -1, MaxRegisters: 125}
	var at place
	if p.Name, at = f.need("profile", "maker-model"); p.Name != "" {
		if _, err := measure.ParseName("profile", p.Name); err != nil {
			d.add(at, "%v", err)
		}
	}
	p.Version = f.integer("version", 1, 1, 1_000_000)
	p.About, _ = f.need("about", "Maker model, what it measures")
	p.Source, _ = f.need("source", "document, edition, page; register numbers as on the wire")
	p.Verified, _ = f.text("verified")
	p.Order = f.order("order", ABCD)
	p.Holes = f.integer("holes", -1, 0, 2000)
	p.MaxRegisters = f.integer("max_registers", 125, 1, 125)
	if parameters, ok := f.get("parameters"); ok {
		list, _ := d.mapping(parameters.node, "parameters")
		for _, parameter := range list.list {
			if unit, ok := list.unit(parameter.key); ok {
				p.Parameters[parameter.key] = unit
			}
		}
	}
	p.Clock = f.clock(p.Order)
	points, ok := f.get("points")
	if !ok {
		d.add(f.at, "profile: points is missing: it names the values the instrument offers")
		return nil, d.failed()
	}
	list, _ := d.mapping(points.node, "points")
	for _, point := range list.list {
		p.Points = append(p.Points, list.point(point, p))
	}
	if len(list.list) == 0 && len(*d.problems) == 0 {
		d.add(points.place, "points: names no point")
	}
	if err := d.failed(); err != nil {
		return nil, err
	}
	return p, nil
}

// point reads one point of a profile.
func (f fields) point(entry field, profile *Profile) ProfilePoint {
	d, what := f.doc, "point "+entry.key
	p := ProfilePoint{Name: entry.key, at: entry.at}
	if _, err := measure.ParseName("point", entry.key); err != nil {
		d.add(entry.at, "%v", err)
	}
	m, ok := d.mapping(entry.node, what, "function", "address", "type", "bit", "order", "scale", "offset", "unit",
		"range", "sentinel", "counter", "scale_from", "sign", "status")
	if !ok {
		return p
	}
	m.need("function", "3")
	m.need("address", "9")
	p.Function = uint8(m.integer("function", 3, 1, 4))
	p.Address = uint16(m.integer("address", 0, 0, 65535))
	p.Type = m.valueType(p.Function)
	p.Order = m.order("order", profile.Order)
	if p.Type == Bool {
		p.Bit = uint8(m.integer("bit", 0, 0, 15))
		if _, given := m.get("bit"); !given && p.Function >= 3 {
			d.add(m.at, "%s: a bool of a register needs bit: 0 to 15", what)
		}
	}
	if last := int(p.Address) + p.Type.Registers() - 1; last > 65535 {
		d.add(m.at, "%s: a %s at address %d ends beyond the last register, 65535", what, p.Type, p.Address)
	}
	p.value(m, profile.Parameters)
	p.Counter = m.boolean("counter")
	p.Sentinels = m.sentinels(p.Type)
	p.registersBeside(m)
	return p
}

// value reads what turns raw numbers into the unit: unit, scale, offset, range.
func (p *ProfilePoint) value(m fields, parameters map[string]measure.Unit) {
	unitKnown, before := false, len(*m.doc.problems)
	if _, given := m.get("unit"); given {
		p.Unit, unitKnown = m.unit("unit")
	} else if p.Type == Bool {
		unitKnown = true
	}
	text, at := m.text("scale")
	p.factor = expression{number: big.NewRat(1, 1)}
	if text != "" {
		factor, unit, bare, err := parseExpression(text, parameters)
		switch {
		case err != nil:
			m.doc.add(at, "%s: scale: %v", m.what, err)
		case bare:
			p.factor = factor
		case unitKnown:
			p.factor = factor
			if p.factor.number, err = inUnit(factor.number, unit, p.Unit); err != nil {
				m.doc.add(at, "%s: scale: %v", m.what, err)
			}
		default:
			p.factor, p.Unit, unitKnown = factor, unit, true
		}
	}
	if !unitKnown {
		if len(*m.doc.problems) == before {
			m.doc.add(m.at, "%s: unit is missing, as in unit: kW or scale: 0.1 kW", m.what)
		}
		p.offset = new(big.Rat)
		return
	}
	p.offset = m.offset(p.Unit)
	p.bounds = m.valueRange(p.Unit, parameters)
}

// resolve puts an instrument's parameters in: the scale, and the layout with
// its range.
func (p ProfilePoint) resolve(parameters map[string]*big.Rat) (Scale, Layout, error) {
	layout := p.Layout
	factor, err := p.factor.resolve(parameters)
	if err != nil {
		return Scale{}, layout, err
	}
	scale, err := newScale(factor, p.offset)
	if err != nil || p.bounds == nil {
		return scale, layout, err
	}
	low, err := p.bounds[0].resolve(parameters)
	if err != nil {
		return scale, layout, err
	}
	high, err := p.bounds[1].resolve(parameters)
	if err != nil {
		return scale, layout, err
	}
	if low.Cmp(high) >= 0 {
		return scale, layout, fmt.Errorf("range from %s to %s must go from low to high", low.RatString(), high.RatString())
	}
	layout.Range = new(Range)
	layout.Range.Min, _ = low.Float64()
	layout.Range.Max, _ = high.Float64()
	return scale, layout, nil
}

// registersBeside reads the registers that say how the value is to be read.
func (p *ProfilePoint) registersBeside(m fields) {
	if from, ok := m.get("scale_from"); ok {
		for _, entry := range m.doc.list(from.node, m.what+": scale_from") {
			p.ScaleFrom = append(p.ScaleFrom, m.lookup(entry, p.Unit))
		}
		if p.offset != nil && p.offset.Sign() != 0 {
			m.doc.add(from.at, "%s: scale_from and offset cannot be together", m.what)
		}
	}
	if entry, ok := m.get("sign"); ok {
		s, _ := m.doc.mapping(entry.node, m.what+": sign", "address", "bit")
		s.need("address", "6")
		s.need("bit", "8")
		p.Sign = &Flag{uint16(s.integer("address", 0, 0, 65535)), uint8(s.integer("bit", 0, 0, 15))}
	}
	if entry, ok := m.get("status"); ok {
		s, _ := m.doc.mapping(entry.node, m.what+": status", "address", "bad", "uncertain")
		s.need("address", "6")
		p.Status = &Status{uint16(s.integer("address", 0, 0, 65535)), uint16(s.integer("bad", 0, 0, 65535)), uint16(s.integer("uncertain", 0, 0, 65535))}
	}
	if p.Function < 3 && (p.ScaleFrom != nil || p.Sign != nil || p.Status != nil) {
		m.doc.add(m.at, "%s: scale_from, sign and status need registers: function 3 or 4", m.what)
	}
}

func (f fields) lookup(entry node, unit measure.Unit) Lookup {
	m, ok := f.doc.mapping(entry, f.what+": scale_from", "address", "mask", "factors")
	if !ok {
		return Lookup{}
	}
	m.need("address", "13")
	out := Lookup{Address: uint16(m.integer("address", 0, 0, 65535)), Mask: uint16(m.integer("mask", 0xFFFF, 1, 65535))}
	factors, ok := m.get("factors")
	if !ok {
		f.doc.add(m.at, "%s: factors is missing: the factor for each value of the masked bits, from 0", m.what)
		return out
	}
	for _, n := range f.doc.list(factors.node, m.what+": factors") {
		text, _ := f.doc.scalar(n)
		value, from, bare, err := exactQuantity(text)
		if err == nil && !bare {
			value, err = inUnit(value, from, unit)
		}
		var scale Scale
		if err == nil {
			scale, err = newScale(value, new(big.Rat))
		}
		if err != nil {
			f.doc.add(n.place, "%s: factor %q: %v", m.what, text, err)
		}
		out.Factors = append(out.Factors, scale)
	}
	return out
}

// parseExpression reads "0.1 kg", "0.1", "capacity/32000", "2*span/65535".
func parseExpression(text string, parameters map[string]measure.Unit) (e expression, unit measure.Unit, bare bool, err error) {
	e.number = big.NewRat(1, 1)
	if !strings.ContainsFunc(text, func(r rune) bool { return r == '/' || r == '*' }) || strings.Contains(text, " ") {
		if _, isParameter := parameters[text]; !isParameter {
			e.number, unit, bare, err = exactQuantity(text)
			if err != nil && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz_") == "" {
				err = fmt.Errorf("%q is neither a number nor one of the profile's parameters", text)
			}
			return e, unit, bare, err
		}
	}
	divide, rest := false, text
	for {
		i := strings.IndexAny(rest, "*/")
		word := rest
		if i >= 0 {
			word = rest[:i]
		}
		word = strings.TrimSpace(word)
		if _, ok := parameters[word]; ok && divide {
			e.over = append(e.over, word)
		} else if ok {
			e.times = append(e.times, word)
		} else {
			number, err := exact(word)
			if err != nil || number.Sign() == 0 {
				return e, unit, true, fmt.Errorf("%q in %q is neither a number other than 0 nor one of the profile's parameters", word, text)
			}
			if divide {
				number.Inv(number)
			}
			e.number.Mul(e.number, number)
		}
		if i < 0 {
			return e, unit, true, nil
		}
		divide, rest = rest[i] == '/', rest[i+1:]
	}
}

func (f fields) clock(order Order) *Clock {
	entry, ok := f.get("clock")
	if !ok {
		return nil
	}
	m, ok := f.doc.mapping(entry.node, "clock", "function", "address", "type", "order")
	if !ok {
		return nil
	}
	m.need("function", "3")
	m.need("address", "0")
	kind, at := m.need("type", "unix32")
	c := &Clock{Function: uint8(m.integer("function", 3, 3, 4)), Address: uint16(m.integer("address", 0, 0, 65532)), Type: kind, Order: m.order("order", order)}
	if kinds := []string{"unix32", "unix64", "unix64-ms"}; kind != "" && !slices.Contains(kinds, kind) {
		f.doc.add(at, "clock: type %q is unknown: use unix32, unix64 or unix64-ms%s", kind, suggest(kind, kinds))
	}
	return c
}

// integer reads a whole number, decimal or 0x hexadecimal, within bounds.
func (f fields) integer(key string, absent, low, high int) int {
	text, at := f.text(key)
	if text == "" {
		return absent
	}
	value, err := strconv.ParseInt(text, 0, 64)
	if err != nil || value < int64(low) || value > int64(high) || strings.Contains(text, "_") || (len(text) > 1 && text[0] == '0' && text[1] != 'x') {
		f.doc.add(at, "%s: %s must be a whole number from %d to %d, not %q", f.what, key, low, high, text)
		return absent
	}
	return int(value)
}

func (f fields) boolean(key string) bool {
	text, at := f.text(key)
	if text != "" && text != "true" && text != "false" {
		f.doc.add(at, "%s: %s must be true or false, not %q", f.what, key, text)
	}
	return text == "true"
}

func (f fields) order(key string, absent Order) Order {
	text, at := f.text(key)
	if text == "" {
		return absent
	}
	if o := Order(text); o.valid() {
		return o
	}
	f.doc.add(at, "%s: order %q is unknown: use ABCD (big-endian), CDAB (words swapped), BADC (bytes swapped) or DCBA", f.what, text)
	return absent
}

func (f fields) valueType(function uint8) Type {
	if _, given := f.get("type"); !given && function < 3 {
		return Bool
	}
	text, at := f.need("type", "float32")
	t := Type(text)
	switch {
	case text == "":
	case t.Registers() == 0:
		f.doc.add(at, "%s: type %q is unknown: use one of %s%s", f.what, text, strings.Join(typeNames(), ", "), suggest(text, typeNames()))
	case function < 3 && t != Bool:
		f.doc.add(at, "%s: function %d reads bits: type must be bool, not %s", f.what, function, text)
	}
	return t
}

// unit reads a UCUM code.
func (f fields) unit(key string) (measure.Unit, bool) {
	text, at := f.text(key)
	if text == "" {
		if field, ok := f.get(key); ok && kind(field.node) == "nothing" {
			f.doc.add(at, "%s: %s is empty: write a UCUM code, or '1' for a pure number", f.what, key)
		}
		return measure.Unit{}, false
	}
	unit, err := measure.ParseUnit(text)
	if err != nil {
		f.doc.add(at, "%s: %s: %v", f.what, key, err)
		return measure.Unit{}, false
	}
	return unit, true
}

// offset reads what is added after the scale; a bare number is in the point's unit.
func (f fields) offset(unit measure.Unit) *big.Rat {
	text, at := f.text("offset")
	if text == "" {
		return new(big.Rat)
	}
	value, from, bare, err := exactQuantity(text)
	if err == nil && !bare {
		value, err = inUnit(value, from, unit)
	}
	if err != nil {
		f.doc.add(at, "%s: offset: %v", f.what, err)
		return new(big.Rat)
	}
	return value
}

// valueRange reads "range: [low, high]": two values with units, or parameters.
func (f fields) valueRange(unit measure.Unit, parameters map[string]measure.Unit) []expression {
	entry, ok := f.get("range")
	if !ok {
		return nil
	}
	list := f.doc.list(entry.node, f.what+": range")
	if list == nil {
		return nil
	}
	if len(list) != 2 {
		f.doc.add(entry.place, "%s: range needs two values with units, as in [0 kg/h, 400 kg/h]", f.what)
		return nil
	}
	var bounds []expression
	for _, n := range list {
		text, _ := f.doc.scalar(n)
		if name, negative := strings.CutPrefix(text, "-"); parameters[name] != (measure.Unit{}) {
			e := expression{number: big.NewRat(1, 1), times: []string{name}}
			if negative {
				e.number.Neg(e.number)
			}
			bounds = append(bounds, e)
			continue
		}
		value, from, bare, err := exactQuantity(text)
		if err == nil && bare && unit != (measure.Unit{}) {
			err = fmt.Errorf("%q has no unit: write %q", text, text+" "+unit.String())
		}
		if err == nil {
			value, err = inUnit(value, from, unit)
		}
		if err != nil {
			f.doc.add(n.place, "%s: range: %v", f.what, err)
			return nil
		}
		bounds = append(bounds, expression{number: value})
	}
	if len(bounds[0].times)+len(bounds[1].times) == 0 && bounds[0].number.Cmp(bounds[1].number) >= 0 {
		f.doc.add(entry.place, "%s: range must go from low to high", f.what)
		return nil
	}
	return bounds
}

// sentinels reads one or more raw values: 0x bits, or a number of the type.
func (f fields) sentinels(t Type) []uint64 {
	entry, ok := f.get("sentinel")
	if !ok {
		return nil
	}
	nodes := []node{entry.node}
	if strings.HasPrefix(kind(entry.node), "a list") {
		nodes = f.doc.list(entry.node, f.what+": sentinel")
	}
	var out []uint64
	for _, n := range nodes {
		text, _ := f.doc.scalar(n)
		bits, ok := sentinelBits(text, t)
		if !ok {
			f.doc.add(n.place, "%s: sentinel %q is not a %s: give its bits as 0x..., or the number", f.what, text, t)
		}
		out = append(out, bits)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func sentinelBits(text string, t Type) (uint64, bool) {
	width := 16 * t.Registers()
	if width == 0 || t == Bool {
		return 0, false
	}
	if hexadecimal, ok := strings.CutPrefix(text, "0x"); ok {
		bits, err := strconv.ParseUint(hexadecimal, 16, width)
		return bits, err == nil
	}
	switch t {
	case Float32:
		value, err := strconv.ParseFloat(text, 32)
		return uint64(math.Float32bits(float32(value))), err == nil
	case Float64:
		value, err := strconv.ParseFloat(text, 64)
		return math.Float64bits(value), err == nil
	case Uint16, Uint32, Uint64:
		bits, err := strconv.ParseUint(text, 10, width)
		return bits, err == nil
	}
	value, err := strconv.ParseInt(text, 10, width)
	return uint64(value) & (math.MaxUint64 >> (64 - width)), err == nil
}
