package devices

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/nielu/nielu/measure"
)

// Catalogue is the resolved, self-contained map from block to points. A scan
// names a block by its index here, so a catalogue is part of the evidence and
// is named by the digest of its canonical bytes.
type Catalogue struct {
	Agent  string  `json:"agent"`
	Site   string  `json:"site"`
	Blocks []Block `json:"blocks"`
}

// Block is what one request, or one message, brings.
type Block struct {
	Instrument string `json:"instrument"`      // the plant's own tag number
	Bus        string `json:"bus"`             // URL of the bus or broker, without credentials
	Every      int64  `json:"every,omitempty"` // nanoseconds between requests; 0 for messages

	Profile       string `json:"profile,omitempty"`
	Version       int    `json:"version,omitempty"`
	ProfileDigest string `json:"profile_digest,omitempty"` // sha256 of the profile's file, hex

	UnitID   uint8  `json:"unit_id,omitempty"`  // Modbus unit identifier
	Function uint8  `json:"function,omitempty"` // 1 to 4; 0 for messages
	Address  uint16 `json:"address,omitempty"`  // first register or bit, on the wire
	Quantity uint16 `json:"quantity,omitempty"` // registers, or bits for functions 1 and 2
	Clock    *Clock `json:"clock,omitempty"`

	Topic     string    `json:"topic,omitempty"`
	Payload   string    `json:"payload,omitempty"`   // json or plain
	Each      string    `json:"each,omitempty"`      // path of the array whose elements hold one sample each; "." is the message
	Absent    string    `json:"absent,omitempty"`    // skip: what a message does not mention was not read, skip-null: nor what is null; else it is bad
	Exponents bool      `json:"exponents,omitempty"` // numbers in text may have exponents
	Time      *TimePath `json:"time,omitempty"`

	Stamps Stamps `json:"stamps,omitzero"` // how far Clock or Time is believed

	Points []Point `json:"points"`
}

// Point is one tag of a block.
type Point struct {
	Tag     measure.Tag `json:"tag"`
	Name    string      `json:"point,omitempty"`   // the profile's name for it
	Address uint16      `json:"address,omitempty"` // first register or bit, on the wire
	Path    string      `json:"path,omitempty"`    // of a JSON payload, as in sensors.0.temperature
	Scale   Scale       `json:"scale,omitzero"`

	TimePath string         `json:"time,omitempty"` // of a time beside the value, in the place of the block's
	Quality  *SourceQuality `json:"quality,omitempty"`
	Layout
}

// SourceQuality says where a message holds the instrument's own word about a
// value, and which words mean what; one that ends in * stands for all that
// begin so, 192..255 for the whole numbers between. Every other word is bad.
type SourceQuality struct {
	Path      string   `json:"path"`
	Good      []string `json:"good"`
	Uncertain []string `json:"uncertain,omitempty"`
}

// TimePath says where a JSON payload holds the time its values were taken.
type TimePath struct {
	Path   string `json:"path"`
	Format string `json:"format"` // unix, unix-ms, unix-us, unix-ns, rfc3339
}

// Encode returns the catalogue's canonical JSON: the same catalogue always
// gives the same bytes.
func (c Catalogue) Encode() []byte {
	if c.Blocks == nil {
		c.Blocks = []Block{}
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(c); err != nil {
		return nil // only a range that is not finite, which ParseConfig and ParseCatalogue refuse
	}
	return bytes.TrimRight(out.Bytes(), "\n")
}

// Digest returns the lower-case hex sha256 of the canonical bytes.
func (c Catalogue) Digest() string {
	sum := sha256.Sum256(c.Encode())
	return hex.EncodeToString(sum[:])
}

// ParseCatalogue reads canonical bytes. It refuses any other spelling of the
// same catalogue, and a catalogue whose points reach beyond their block.
func ParseCatalogue(data []byte) (Catalogue, error) {
	var c Catalogue
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil {
		return Catalogue{}, fmt.Errorf("parse catalogue: %w", err)
	}
	for i, block := range c.Blocks {
		if err := block.check(); err != nil {
			return Catalogue{}, fmt.Errorf("parse catalogue: block %d of %s: %w", i, block.Instrument, err)
		}
	}
	if !bytes.Equal(c.Encode(), data) {
		return Catalogue{}, fmt.Errorf("parse catalogue: not in canonical form: bytes were changed, or written by something else")
	}
	return c, nil
}

// Tags returns the tags of all blocks, sorted.
func (c Catalogue) Tags() []measure.Tag {
	var tags []measure.Tag
	for _, block := range c.Blocks {
		for _, point := range block.Points {
			tags = append(tags, point.Tag)
		}
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}

// Plants returns the plants the tags belong to, sorted.
func (c Catalogue) Plants() []string {
	var plants []string
	for _, tag := range c.Tags() {
		plants = append(plants, tag.Plant())
	}
	return slices.Compact(plants)
}

// Bytes returns how many raw bytes a reply for the block has; 0 for messages.
func (b Block) Bytes() int {
	switch b.Function {
	case 0:
		return 0
	case 1, 2:
		return (int(b.Quantity) + 7) / 8
	}
	return 2 * int(b.Quantity)
}

// Wasted counts the registers or bits of a block that nobody needs.
func (b Block) Wasted() int {
	needed := make([]bool, b.Quantity)
	mark := func(address uint16, n int) {
		for i := range n {
			needed[int(address)-int(b.Address)+i] = true
		}
	}
	for _, p := range b.Points {
		mark(p.Address, p.Type.Registers())
		for _, address := range p.Companions() {
			mark(address, 1)
		}
	}
	if b.Clock != nil {
		mark(b.Clock.Address, b.Clock.Registers())
	}
	wasted := 0
	for _, is := range needed {
		if !is {
			wasted++
		}
	}
	return wasted
}

// holds tells whether the block covers n registers from address on.
func (b Block) holds(address uint16, n int) bool {
	return address >= b.Address && int(address)+n <= int(b.Address)+int(b.Quantity)
}

// check tells what of a block decode could not follow.
func (b Block) check() error {
	switch {
	case b.Function > 4:
		return fmt.Errorf("function %d does not read", b.Function)
	case b.Function == 0 && (b.Topic == "" || b.Payload != "json" && b.Payload != "plain"):
		return fmt.Errorf("neither a Modbus function nor an MQTT topic with payload json or plain")
	case b.Function >= 3 && (b.Quantity < 1 || b.Quantity > 125), b.Function > 0 && (b.Quantity < 1 || b.Quantity > 2000):
		return fmt.Errorf("%d registers or bits cannot be asked for at once", b.Quantity)
	case b.Stamps.Ahead < 0 || b.Stamps.Behind < 0:
		return fmt.Errorf("a tolerance of its times is negative")
	case b.Time != nil && !slices.Contains(timeFormats(), b.Time.Format):
		return fmt.Errorf("time format %q is unknown", b.Time.Format)
	case b.Absent != "" && b.Absent != skipAbsent && b.Absent != skipNull:
		return fmt.Errorf("absent %q is unknown", b.Absent)
	case b.Clock != nil && (b.Function < 3 || !b.Clock.Order.valid() || !b.holds(b.Clock.Address, b.Clock.Registers())):
		return fmt.Errorf("its clock is not within its registers")
	}
	for _, p := range b.Points {
		if err := p.check(b); err != nil {
			return fmt.Errorf("tag %s: %w", p.Tag, err)
		}
	}
	return nil
}

func (p Point) check(b Block) error {
	if _, err := measure.ParseTag(string(p.Tag)); err != nil {
		return err
	}
	if !p.Scale.valid() {
		return fmt.Errorf("its scale is not made of integers up to 2^53")
	}
	if r := p.Range; r != nil && (math.IsNaN(r.Min) || math.IsNaN(r.Max) || math.IsInf(r.Min, 0) || math.IsInf(r.Max, 0)) {
		return fmt.Errorf("its range is not finite")
	}
	if b.Function == 0 {
		if p.Type != "" || p.ScaleFrom != nil || p.Sign != nil || p.Status != nil {
			return fmt.Errorf("a message has no registers")
		}
		return nil
	}
	companions := p.Companions()
	switch {
	case p.Type.Registers() == 0 || !p.Order.valid() || p.Bit > 15:
		return fmt.Errorf("type %q, order %q or bit %d is unknown", p.Type, p.Order, p.Bit)
	case b.Function < 3 && (p.Type != Bool || len(companions) > 0):
		return fmt.Errorf("function %d reads bits", b.Function)
	case !b.holds(p.Address, p.Type.Registers()):
		return fmt.Errorf("address %d is not within the block", p.Address)
	}
	for _, address := range companions {
		if !b.holds(address, 1) {
			return fmt.Errorf("register %d, which it depends on, is not within the block", address)
		}
	}
	for _, lookup := range p.ScaleFrom {
		if lookup.Mask == 0 || slices.ContainsFunc(lookup.Factors, func(s Scale) bool { return !s.valid() || s.Off != 0 }) || lookup.First < -32768 || lookup.First > 0 {
			return fmt.Errorf("its scale_from is not a mask and factors")
		}
	}
	return nil
}

// flagBits returns the bits of the value itself that sign, status or scale_from
// read: they are no part of the number.
func (l Layout) flagBits(address uint16) uint64 {
	var own uint64
	words, _ := l.Order.swaps()
	take := func(register, mask uint16) {
		k := int(register) - int(address)
		if k < 0 || k >= l.Type.Registers() {
			return
		}
		if !words {
			k = l.Type.Registers() - 1 - k
		}
		own |= uint64(mask) << (16 * k)
	}
	for _, lookup := range l.ScaleFrom {
		take(lookup.Address, lookup.Mask)
	}
	if l.Sign != nil {
		take(l.Sign.Address, 1<<l.Sign.Bit)
	}
	if l.Status != nil {
		take(l.Status.Address, l.Status.Bad|l.Status.Uncertain)
	}
	return own
}

// Companions returns the registers that say how the value is to be read.
func (l Layout) Companions() []uint16 {
	var out []uint16
	for _, lookup := range l.ScaleFrom {
		out = append(out, lookup.Address)
	}
	if l.Sign != nil {
		out = append(out, l.Sign.Address)
	}
	if l.Status != nil {
		out = append(out, l.Status.Address)
	}
	return out
}
