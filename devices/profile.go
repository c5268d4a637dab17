package devices

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
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
	Stamps       Stamps         // how far the clock is believed
	Points       []ProfilePoint // in the order of the file

	Notes strict.Problems // to the file: valid, and worth a second look
}

// ProfilePoint is one value an instrument offers.
type ProfilePoint struct {
	Name     string
	Function uint8 // Modbus read function, 1 to 4
	Address  uint16
	Layout
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

	First     int      `json:"first,omitempty"`     // value of the first factor; negative: the masked bits are a two's complement
	Sentinels []uint16 `json:"sentinels,omitempty"` // masked bits, shifted down, that mean "no value"
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

func clockTypes() []string { return []string{"unix32", "unix64", "unix64-ms"} }

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
	number            *big.Rat
	factors, divisors []string
}

// resolve puts the instrument's parameters, in the profile's units, in.
func (e expression) resolve(parameters map[string]*big.Rat) (*big.Rat, error) {
	value := new(big.Rat).Set(e.number)
	for _, name := range e.factors {
		value.Mul(value, parameters[name])
	}
	for _, name := range e.divisors {
		if parameters[name].Sign() == 0 {
			return nil, fmt.Errorf("parameter %s must not be 0", name)
		}
		value.Quo(value, parameters[name])
	}
	return value, nil
}

// ParseProfile reads a profile. The error is [strict.Problems]: every fault of it at once.
func ParseProfile(file string, data []byte) (*Profile, error) {
	d, root := strict.Open(file, data)
	f := root.Fields("profile", "version", "about", "source", "verified", "order", "holes", "max_registers", "parameters", "clock", "points")
	digest := sha256.Sum256(data)
	p := &Profile{
		Name:         f["profile"].Needed("maker-model").PlainName("profile"),
		Version:      f["version"].Whole(1, 1, 1_000_000),
		About:        f["about"].Needed("Maker model, what it measures").Text(),
		Source:       f["source"].Needed("document, edition, page; register numbers as on the wire").Text(),
		Verified:     f["verified"].Text(),
		Digest:       hex.EncodeToString(digest[:]),
		Order:        orderOf(f["order"], ABCD),
		Holes:        f["holes"].Whole(-1, 0, 2000),
		MaxRegisters: f["max_registers"].Whole(125, 1, 125),
		Parameters:   map[string]measure.Unit{},
	}
	for _, e := range f["parameters"].Entries() {
		if unit, ok := e.Value.Unit(); ok {
			p.Parameters[e.Text] = unit
		}
	}
	p.Clock, p.Stamps = clockOf(f["clock"].As("clock"), p.Order)
	for _, e := range f["points"].Needed("").Entries() {
		p.Points = append(p.Points, p.point(e))
	}
	if len(p.Points) == 0 && d.Faults() == 0 {
		f["points"].Fault("names no point")
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	p.advise(f["points"].Entries())
	p.Notes = d.Notes()
	return p, nil
}

// point reads one point of a profile.
func (profile *Profile) point(e strict.Entry) ProfilePoint {
	p := ProfilePoint{Name: e.Key.PlainName("point")}
	x := e.Value.As("point " + e.Text)
	f := x.Fields("function", "address", "type", "bit", "order", "scale", "offset", "unit",
		"range", "sentinel", "counter", "scale_from", "sign", "status")
	p.Function = uint8(f["function"].Needed("3").Whole(3, 1, 4))
	p.Address = uint16(f["address"].Needed("9").Whole(0, 0, 65535))
	p.Type = typeOf(f["type"], p.Function)
	p.Order = orderOf(f["order"], profile.Order)
	if p.Type == Bool {
		p.Bit = uint8(f["bit"].Whole(0, 0, 15))
		if !f["bit"].Present() && p.Function >= 3 {
			x.Fault("a bool of a register needs bit: 0 to 15")
		}
	}
	if last := int(p.Address) + p.Type.Registers() - 1; last > 65535 {
		x.Fault("a %s at address %d ends beyond the last register, 65535", p.Type, p.Address)
	}
	p.value(x, f, profile.Parameters)
	if p.Type == Bool && f["unit"].Present() && !f["scale"].Present() && p.Unit != boolUnit {
		f["unit"].Fault("a bool is 1 or 0 and no %s: leave unit out, or say what 1 is, as in scale: 5 %s", p.Unit, p.Unit)
	}
	p.Counter = f["counter"].Flag()
	p.Sentinels = sentinels(f["sentinel"], p.Type)
	p.companionRegisters(x, f)
	return p
}

// value reads what turns raw numbers into the unit: unit, scale, offset, range.
func (p *ProfilePoint) value(x strict.Node, f map[string]strict.Node, parameters map[string]measure.Unit) {
	unit, unitKnown := f["unit"].Unit()
	p.Unit = unit
	unitKnown = unitKnown || p.Type == Bool && !f["unit"].Present()
	scaled, zero := false, new(big.Rat) // zero of the scale's unit, in the point's
	p.factor = expression{number: big.NewRat(1, 1)}
	if scale := f["scale"]; scale.Present() {
		factor, unit, bare, err := parseExpression(scale.Text(), parameters)
		switch {
		case err != nil:
			scaled = true // said below; the unit may stand in it
		case bare:
			p.factor = factor
		case unitKnown:
			p.factor = factor
			p.factor.number, zero, err = scaleIn(factor.number, unit, p.Unit)
		default:
			p.factor, p.Unit, unitKnown = factor, unit, true
		}
		if err != nil {
			scale.Fault("%v", err)
			zero = new(big.Rat)
		}
	}
	p.offset = zero
	if !unitKnown {
		if !scaled && !f["unit"].Present() {
			f["unit"].Needed("kW, or scale: 0.1 kW")
		}
		return
	}
	if offset, ok := differenceIn(f["offset"], p.Unit, true); ok && zero.Sign() != 0 {
		f["offset"].Fault("in which unit, with the scale in one and the value in another? Leave out unit, or write scale and offset in %s", p.Unit)
	} else if ok {
		p.offset = offset
	}
	p.bounds = bounds(f["range"], p.Unit, parameters)
}

// scaleIn returns what raw 1 adds and what raw 0 is in the point's unit, for a
// scale in another. A scale in degrees counts from the zero of its degrees.
// One in K for a value in Cel may be a step or count from 0 K: it is refused.
func scaleIn(number *big.Rat, from, to measure.Unit) (factor, zero *big.Rat, err error) {
	factor, zero, err = conversionOf(from, to)
	if err != nil {
		return number, nil, err
	}
	factor.Mul(factor, number)
	if zero.Sign() != 0 && absolute(from) {
		return number, nil, fmt.Errorf("%[1]s %[2]s may be a step of a value in %[3]s or count from 0 %[2]s: write \"%[4]s %[3]s\" if raw 0 is 0 %[3]s; if it is 0 %[2]s, write unit: %[2]s, or \"%[4]s %[3]s\" with offset: \"%[5]s %[3]s\"",
			decimal(number), from, to, decimal(factor), decimal(zero))
	}
	return factor, zero, nil
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

// companionRegisters reads the registers that say how the value is to be read.
func (p *ProfilePoint) companionRegisters(x strict.Node, f map[string]strict.Node) {
	if from := f["scale_from"]; from.Present() {
		for _, entry := range from.List() {
			p.ScaleFrom = append(p.ScaleFrom, lookup(entry, p.Unit))
		}
		if p.offset.Sign() != 0 {
			from.Fault("cannot be together with offset, or with a scale in a unit that counts from another zero than %s", p.Unit)
		}
	}
	if sign := f["sign"]; sign.Present() {
		s := sign.Fields("address", "bit")
		p.Sign = &Flag{uint16(s["address"].Needed("6").Whole(0, 0, 65535)), uint8(s["bit"].Needed("8").Whole(0, 0, 15))}
	}
	if status := f["status"]; status.Present() {
		s := status.Fields("address", "bad", "uncertain")
		p.Status = &Status{Address: uint16(s["address"].Needed("6").Whole(0, 0, 65535)), Bad: uint16(s["bad"].Whole(0, 0, 65535)), Uncertain: uint16(s["uncertain"].Whole(0, 0, 65535))}
		if p.Status.Bad|p.Status.Uncertain == 0 {
			status.Fault("looks at no bit: give bad, uncertain or both, as masks of the register")
		}
	}
	if p.Type == Bool && p.Sign != nil {
		f["sign"].Fault("a bool has no sign")
	}
	p.checkFlagBits(x)
	if p.Function < 3 && (p.ScaleFrom != nil || p.Sign != nil || p.Status != nil) {
		x.Fault("scale_from, sign and status need registers: function 3 or 4")
	}
}

// checkFlagBits says where what stands beside the value leaves no number of it,
// or takes the bit by which an integer is negative: a small negative number
// would come out as a large one.
func (p *ProfilePoint) checkFlagBits(x strict.Node) {
	own, size := p.flagBits(p.Address), 16*p.Type.Registers()
	switch {
	case own == 0 || p.Type == Bool:
	case p.Type == Float32 || p.Type == Float64:
		x.Fault("sign, status or scale_from reads bits of the value's own registers: then it must be an integer, a %s has no bits to spare", p.Type)
	case bits.OnesCount64(own) == size:
		x.Fault("sign, status and scale_from read all bits of the value's own registers: give the mask of those that are no part of the number")
	case strings.HasPrefix(string(p.Type), "int") && p.Sign == nil && own>>(size-1) == 1:
		x.Fault("status or scale_from reads the bit by which an %s is negative: write type: u%s, with sign: if another bit says so", p.Type, p.Type)
	}
}

func lookup(x strict.Node, unit measure.Unit) Lookup {
	f := x.Fields("address", "mask", "factors", "powers", "sentinel")
	out := Lookup{Address: uint16(f["address"].Needed("13").Whole(0, 0, 65535)), Mask: uint16(f["mask"].Whole(0xFFFF, 1, 65535))}
	for _, code := range sentinels(f["sentinel"], Uint16) {
		out.Sentinels = append(out.Sentinels, uint16(code))
	}
	if powers := f["powers"]; powers.Present() {
		if f["factors"].Present() {
			powers.Fault("stands in the place of factors: give one of them")
		}
		out.powers(powers)
		return out
	}
	for _, n := range f["factors"].Needed("[1, 10], the factor for each value of the masked bits, from 0").List() {
		var scale Scale
		if value, ok := differenceIn(n, unit, true); ok {
			var err error
			if scale, err = newScale(value, new(big.Rat)); err != nil {
				n.Fault("%v", err)
			}
		}
		out.Factors = append(out.Factors, scale)
	}
	if out.wraps() {
		f["factors"].Fault("these are powers of ten that go negative: write powers: [-10, 10], which refuses any other code")
	}
	return out
}

// wraps tells whether the factors are powers of ten, the upper half of the
// codes for negative ones. Cut off by a mask like that, a code that is out of
// range or says "not available" looks like another.
func (l Lookup) wraps() bool {
	n := len(l.Factors)
	return n > 2 && n == 1<<bits.OnesCount16(l.Mask) && l.Factors[1] == Scale{Num: 10, Den: 1} && l.Factors[n-1] == Scale{Num: 1, Den: 10}
}

// powers fills a lookup with powers of ten for the signed codes of a closed range.
func (l *Lookup) powers(x strict.Node) {
	ends := x.List()
	if len(ends) != 2 {
		x.Fault("needs the least and the greatest power of ten, as in [-10, 10]")
		return
	}
	low, high := ends[0].Whole(-10, -15, 15), ends[1].Whole(10, -15, 15)
	if low > high {
		x.Fault("must go from low to high")
		return
	}
	l.First = low
	for n := low; n <= high; n++ {
		power := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(n, -n))), nil))
		if n < 0 {
			power.Inv(power)
		}
		scale, _ := newScale(power, new(big.Rat)) // of at most 16 digits
		l.Factors = append(l.Factors, scale)
	}
}

// parseExpression reads "0.1 kg", "0.1", "capacity/32000", "2*span/65535". Its
// unit is that of its parameters; bare says that it has none.
func parseExpression(text string, parameters map[string]measure.Unit) (e expression, unit measure.Unit, bare bool, err error) {
	e.number = big.NewRat(1, 1)
	if !strings.ContainsFunc(text, func(r rune) bool { return r == '/' || r == '*' }) || strings.Contains(text, " ") {
		if _, isParameter := parameters[text]; !isParameter {
			e.number, unit, bare, err = parseDecimalQuantity(text)
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
		if in, ok := parameters[word]; ok {
			if divide {
				e.divisors = append(e.divisors, word)
			} else {
				e.factors = append(e.factors, word)
			}
			if unit, err = productUnit(unit, in, divide); err != nil {
				return e, unit, true, fmt.Errorf("%q: %w", text, err)
			}
		} else {
			number, err := parseDecimal(word)
			if err != nil || number.Sign() == 0 {
				return e, unit, true, fmt.Errorf("%q in %q is neither a number other than 0 nor one of the profile's parameters", word, text)
			}
			if divide {
				number.Inv(number)
			}
			e.number.Mul(e.number, number)
		}
		if i < 0 {
			return e, unit, unit == measure.Unit{}, nil
		}
		divide, rest = rest[i] == '/', rest[i+1:]
	}
}

// productUnit returns the unit of a product or a quotient, pure numbers left out.
func productUnit(unit, other measure.Unit, divide bool) (measure.Unit, error) {
	switch {
	case other == measure.Unit{}:
		return unit, nil
	case divide:
		return unit.Per(other)
	case unit == measure.Unit{}:
		return other, nil
	}
	return unit.Times(other)
}

func clockOf(x strict.Node, order Order) (*Clock, Stamps) {
	if !x.Present() {
		return nil, Stamps{}
	}
	f := x.Fields("function", "address", "type", "order", "ahead", "behind", "historical")
	return &Clock{
		Function: uint8(f["function"].Needed("3").Whole(3, 3, 4)),
		Address:  uint16(f["address"].Needed("0").Whole(0, 0, 65532)),
		Type:     f["type"].Needed("unix32").Choice(clockTypes()...),
		Order:    orderOf(f["order"], order),
	}, stamps(f)
}

func orderOf(x strict.Node, absent Order) Order {
	o := Order(x.Text())
	switch {
	case o == "":
		return absent
	case !o.valid():
		x.Fault("%q is unknown: use ABCD (big-endian), CDAB (words swapped), BADC (bytes swapped) or DCBA", o)
		return absent
	}
	return o
}

func typeOf(x strict.Node, function uint8) Type {
	if !x.Present() && function < 3 {
		return Bool
	}
	t := Type(x.Needed("float32").Choice(typeNames()...))
	if function < 3 && t != Bool && t != "" {
		x.Fault("function %d reads bits: must be bool, not %s", function, t)
	}
	return t
}

// bounds reads "range: [low, high]": two values with units, or parameters.
func bounds(x strict.Node, unit measure.Unit, parameters map[string]measure.Unit) []expression {
	ends := x.List()
	if x.IsList() && len(ends) != 2 {
		x.Fault("needs two values with units, as in [0 kg/h, 400 kg/h]")
	}
	if len(ends) != 2 {
		return nil
	}
	var both []expression
	for _, n := range ends {
		name, negative := strings.CutPrefix(n.Text(), "-")
		if in, ok := parameters[name]; ok {
			sign := big.NewRat(1, 1)
			if negative {
				sign.Neg(sign)
			}
			number, err := convertDifference(sign, in, unit)
			if err != nil {
				n.Fault("parameter %s: %v", name, err)
				continue
			}
			both = append(both, expression{number: number, factors: []string{name}})
		} else if value, ok := pointIn(n, unit, false); ok {
			both = append(both, expression{number: value})
		}
	}
	if len(both) < 2 {
		return nil
	}
	if len(both[0].factors)+len(both[1].factors) == 0 && both[0].number.Cmp(both[1].number) >= 0 {
		x.Fault("must go from low to high")
		return nil
	}
	return both
}

// sentinels reads one or more raw values: 0x bits, or a number of the type.
func sentinels(x strict.Node, t Type) []uint64 {
	if !x.Present() || t == "" {
		return nil
	}
	var out []uint64
	for _, n := range listOf(x) {
		text := n.Text()
		bits, ok := sentinelBits(text, t)
		digits, hexadecimal := strings.CutPrefix(text, "0x")
		switch width := 16 * t.Registers(); {
		case !ok && text != "":
			n.Fault("%q is not a %s: give its bits as 0x..., or the number", text, t)
		case hexadecimal && len(digits) != width/4:
			n.Fault("%s has %d digits, the bits of a %s have %d: write all %d if it is meant as it stands, or look up the code for %d bits",
				text, len(digits), t, width/4, width/4, width)
		case slices.Contains(narrower[text], width):
			n.Note("%s is where a narrower number ends, a %s has %d bits: is this its code for \"no value\"?", text, t, width)
		}
		out = append(out, bits)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// narrower holds the ends of 16 and 32 bits by the widths in which they are
// nothing special.
var narrower = map[string][]int{
	"65535": {32, 64}, "32767": {32, 64}, "-32768": {32, 64}, "32768": {32, 64},
	"4294967295": {64}, "2147483647": {64}, "-2147483648": {64}, "2147483648": {64},
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
