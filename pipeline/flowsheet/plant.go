package flowsheet

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
)

// Plant is a flowsheet as a plant file describes it.
type Plant struct {
	ID           string        `json:"plant"`
	Name         string        `json:"name"`
	Site         string        `json:"site"`
	Process      string        `json:"process"`
	BalanceEvery time.Duration `json:"-"`
	Tags         []TagPlan     `json:"tags"` // sorted by tag
	Nodes        []Node        `json:"nodes"`
	Streams      []Stream      `json:"streams"` // in the order of the file, as all below
	Energy       []EnergyFlow  `json:"energy"`
	Stocks       []Stock       `json:"stocks"`
	Product      string        `json:"product"` // a stream, or ""
	Stack        *StackPlan    `json:"stack,omitempty"`
	Running      *Running      `json:"running,omitempty"`
	Steady       []Steady      `json:"steady,omitempty"`
	Sums         []SumRule     `json:"sums,omitempty"`
	Roles        Roles         `json:"roles,omitempty"`
	Uniform      []Steady      `json:"uniform,omitempty"`
	HeatDemand   *Value        `json:"heat_demand,omitempty"`
	Landfill     Landfill      `json:"landfill,omitzero"`
	Conditions   Conditions    `json:"shown,omitzero"`
	Digest       string        `json:"digest"` // sha256 of the file, hexadecimal

	Notes strict.Problems `json:"-"` // to the file: valid, and worth a second look
}

// TagPlan says how the readings of one tag are to be used.
type TagPlan struct {
	Tag         measure.Tag   `json:"tag"`
	About       string        `json:"about"`
	Instrument  string        `json:"instrument"`
	Unit        measure.Unit  `json:"unit"` // rollups are kept in it
	Hold        Hold          `json:"hold"`
	Stale       time.Duration `json:"-"`
	Low, High   float64       `json:"-"` // range in Unit; infinite where none is given
	Uncertainty *Uncertainty  `json:"uncertainty,omitempty"`
	Nominal     *float64      `json:"nominal,omitempty"` // what it reads in normal running, in Unit; of a counter, its rate in Unit per hour
	Counter     bool          `json:"counter,omitempty"`
	Rollover    float64       `json:"-"` // in Unit; 0 for none
	MaxRate     float64       `json:"-"` // in Unit per second; 0: not known
	Settle      time.Duration `json:"-"` // counters: one that comes back within it was not reset; at least Stale
	Resets      bool          `json:"-"` // counters: it starts from 0 again by itself, so what is behind a reset counts
	Rules       Rules         `json:"-"`
	Readers     []Reader      `json:"-"` // agents that read it, one at a time; none: whoever sends it
	Share       float64       `json:"-"` // of a tag that is a share: its Unit as a part of 1; else 0
	Steepest    float64       `json:"-"` // what is counted changes no faster, in Unit per second; 0: as it likes
}

// MarshalJSON adds the stale time, as in "2m30s".
func (t TagPlan) MarshalJSON() ([]byte, error) {
	type plain TagPlan
	return json.Marshal(struct {
		plain
		Stale string `json:"stale"`
	}{plain(t), t.Stale.String()})
}

// Hold says what a tag does between two readings.
type Hold string

// The two ways to hold. Rates and levels are sloped, set-points and states stepped.
const (
	Sloped  Hold = "sloped"  // a straight line from one reading to the next
	Stepped Hold = "stepped" // the reading, until the next
)

// Node is a part of the plant in which streams meet.
type Node struct {
	ID       string        `json:"node"`
	About    string        `json:"about"`
	Balances []BalanceKind `json:"balances,omitempty"` // that are made here; nil: every one whose terms the file gives
}

// BalanceKind is what is balanced at a node.
type BalanceKind string

// The balances. Inert is nitrogen gas, which enters and leaves as N2.
const (
	MassBalance       BalanceKind = "mass"
	CarbonBalance     BalanceKind = "carbon"
	AshBalance        BalanceKind = "ash"
	EnergyBalance     BalanceKind = "energy"
	NitrogenBalance   BalanceKind = "nitrogen"
	PhosphorusBalance BalanceKind = "phosphorus"
	InertBalance      BalanceKind = "inert"
)

var BalanceKinds = []BalanceKind{MassBalance, CarbonBalance, AshBalance, EnergyBalance, NitrogenBalance, PhosphorusBalance, InertBalance}

// Running says when the process runs: while the tag reads more than Above.
type Running struct {
	Tag   measure.Tag `json:"tag"`
	Above float64     `json:"above"` // in the tag's unit; of a counter, its rate in unit per hour
}

// Steady is one condition of steady running; all must hold.
type Steady struct {
	Tag    measure.Tag `json:"tag"`
	Within float64     `json:"within"` // the minutes of a window may differ by this much, in the tag's unit or, Relative, as a share
	// Relative tells that Within is a share of the window's mean.
	Relative bool `json:"relative"`
}

// Environment is what is not the plant. Streams from it come in, streams to it go out.
const Environment = "environment"

// Phase is the state of matter of a stream.
type Phase string

// The phases.
const (
	Solid  Phase = "solid"
	Liquid Phase = "liquid"
	Gas    Phase = "gas"
)

// Stream is a flow of material.
type Stream struct {
	ID          string      `json:"stream"`
	About       string      `json:"about"`
	From        string      `json:"from"`
	To          string      `json:"to"`
	Phase       Phase       `json:"phase"`
	Mass        *Value      `json:"mass,omitempty"` // nil, as Volume: nobody measures it
	Also        []*Value    `json:"also,omitempty"` // further readings of the same mass or volume, which only check the first
	Moisture    *Value      `json:"moisture,omitempty"`
	DrySolids   *Value      `json:"dry_solids,omitempty"`
	Basis       Basis       `json:"basis,omitempty"`
	Like        string      `json:"like,omitempty"` // a stream of the same material, whose shares and heating value are taken
	Carbon      *Value      `json:"carbon,omitempty"`
	Ash         *Value      `json:"ash,omitempty"`
	Hydrogen    *Value      `json:"hydrogen,omitempty"`
	Oxygen      *Value      `json:"oxygen,omitempty"`
	OxygenRest  bool        `json:"oxygen_rest,omitempty"` // oxygen is what carbon, hydrogen, nitrogen and ash leave: by difference
	Nitrogen    *Value      `json:"nitrogen,omitempty"`
	Phosphorus  *Value      `json:"phosphorus,omitempty"`
	HHV         *Value      `json:"hhv,omitempty"`
	Volume      *Value      `json:"volume,omitempty"`
	State       *GasState   `json:"state,omitempty"`
	Composition []Component `json:"composition,omitempty"`
}

// VolumeTag returns the tag of a gas's volume, "" if there is none.
func (s *Stream) VolumeTag() measure.Tag {
	if s.Volume == nil {
		return ""
	}
	return s.Volume.Tag
}

// Measured tells whether anything measures how much the stream carries.
func (s *Stream) Measured() bool { return s.Mass != nil || s.Volume != nil }

// Basis is what the shares and the heating value of a stream refer to.
type Basis string

// The bases. AshFree is dry and ash-free; ash itself is always of dry mass.
const (
	DryBasis Basis = ""
	WetBasis Basis = "wet" // as received
	AshFree  Basis = "daf"
)

// GasState brings an actual volume to the normal state, dry.
type GasState struct {
	Pressure    *Value `json:"pressure"` // absolute
	Temperature *Value `json:"temperature"`
	Water       *Value `json:"water,omitempty"`    // mole share of the gas as it flows
	Humidity    *Value `json:"humidity,omitempty"` // relative; Water or Humidity or neither, then the gas is dry
}

// Component is one species of a gas. Rest means: what the others leave.
type Component struct {
	Species string `json:"species"`
	Share   *Value `json:"share,omitempty"`
	Rest    bool   `json:"rest,omitempty"`
}

// EnergyFlow is heat or power that no stream carries.
type EnergyFlow struct {
	ID    string `json:"energy"`
	About string `json:"about"`
	From  string `json:"from"`
	To    string `json:"to"`
	Power *Value `json:"power,omitempty"` // nil: nobody measures it
}

// Stock is an amount of a stream's material that stays in a node.
type Stock struct {
	ID    string `json:"stock"`
	About string `json:"about"`
	Node  string `json:"node"`
	Of    string `json:"of"`
	Mass  *Value `json:"mass,omitempty"`
	// A tank without scales: mass = level · area · density.
	Level   *Value `json:"level,omitempty"`
	Area    *Value `json:"area,omitempty"`
	Density *Value `json:"density,omitempty"`
}

// Value is where a number comes from: a tag, the laboratory, or a stated
// constant with its source. One of Tag, Lab and Constant is set.
type Value struct {
	Tag         measure.Tag       `json:"tag,omitempty"`
	Lab         string            `json:"lab,omitempty"`
	Constant    *measure.Quantity `json:"value,omitempty"`
	Uncertainty *Uncertainty      `json:"uncertainty,omitempty"`
	Nominal     *measure.Quantity `json:"nominal,omitempty"` // of a laboratory value: what is expected
	Source      string            `json:"source,omitempty"`
}

// Absent tells whether the value is stated to be exactly 0: then what it
// stands for is not there, and is no quantity of a balance.
func (v *Value) Absent() bool {
	return v != nil && v.Constant != nil && v.Uncertainty == nil && v.Constant.Value == 0
}

// Tag returns the plan of a tag.
func (p *Plant) Tag(tag measure.Tag) (TagPlan, bool) {
	i, ok := slices.BinarySearchFunc(p.Tags, tag, func(t TagPlan, tag measure.Tag) int { return cmp.Compare(t.Tag, tag) })
	if !ok {
		return TagPlan{}, false
	}
	return p.Tags[i], true
}

// Stream returns a stream by its name.
func (p *Plant) Stream(id string) (Stream, bool) {
	i := slices.IndexFunc(p.Streams, func(s Stream) bool { return s.ID == id })
	if i < 0 {
		return Stream{}, false
	}
	return p.Streams[i], true
}

// Stale returns the longest stale time of the plant's tags.
func (p *Plant) Stale() time.Duration {
	longest := time.Duration(0)
	for i := range p.Tags {
		longest = max(longest, p.Tags[i].Stale)
	}
	return longest
}

// ShareOf returns where the share of a species in a gas comes from, or nil.
func (p *Plant) ShareOf(s Stream, species string) *Value {
	if s.Like != "" {
		s, _ = p.Stream(s.Like)
	}
	i := slices.IndexFunc(s.Composition, func(c Component) bool { return c.Species == species && !c.Rest })
	if i < 0 {
		return nil
	}
	return s.Composition[i].Share
}

// EnergyFlow returns an energy flow by its name.
func (p *Plant) EnergyFlow(id string) (EnergyFlow, bool) {
	i := slices.IndexFunc(p.Energy, func(f EnergyFlow) bool { return f.ID == id })
	if i < 0 {
		return EnergyFlow{}, false
	}
	return p.Energy[i], true
}

// RateUnit is the unit of what flows: of a counter its unit per hour.
func (t *TagPlan) RateUnit() measure.Unit {
	if t.Counter {
		if u, err := t.Unit.Per(measure.Hour); err == nil {
			return u
		}
	}
	return t.Unit
}

// Role returns the stream that plays a part.
func (p *Plant) Role(role string) (Stream, bool) { return p.Stream(p.Roles.Name(role)) }
