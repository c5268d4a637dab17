package devicetest

import (
	"math"
	"slices"

	"github.com/nielu/nielu/measure"
)

// kind is how a value lies in registers: high byte first in each, high word
// first unless the point is swapped.
type kind uint8

const (
	u16 kind = iota
	i16
	u32
	i32
	f32
	f64
)

func (k kind) words() uint16 {
	switch k {
	case u16, i16:
		return 1
	case f64:
		return 4
	}
	return 2
}

func (k kind) String() string {
	return [...]string{"uint16", "int16", "uint32", "int32", "float32", "float64"}[k]
}

// point is one value of an instrument: where it lies, and how the tag's value
// becomes its raw number: raw = value·factor.
type point struct {
	name     string // in the profile
	tag      measure.Tag
	function byte
	address  uint16
	kind     kind
	swapped  bool
	factor   float64
	relative float64 // noise, share of the value
	absolute float64 // noise, in the tag's unit
	low      string  // the profile's range, for the controller's profile
	high     string
	constant bool        // not a tag: always raw number factor
	alarm    measure.Tag // a constant that is 1 while this tag has no value

	index int    // of the tag in the plant's values
	hash  uint64 // of the tag, for noise
}

// instrument is one Modbus unit: a real instrument or the plant's controller.
type instrument struct {
	name       string // the plant's own tag number
	profile    string
	unit       byte
	every      string
	parameters string // YAML flow mapping, or ""
	strict     bool   // refuses to read what it does not have, and parts of values
	points     []point
}

func (in *instrument) has(tag measure.Tag) bool {
	return slices.ContainsFunc(in.points, func(p point) bool { return p.tag == tag })
}

func (in *instrument) resolve(s *Sim) {
	for i := range in.points {
		p := &in.points[i]
		if p.constant {
			continue
		}
		p.index = slices.IndexFunc(s.tags, func(t tagInfo) bool { return t.tag == p.tag })
		p.hash = hashName(string(p.tag))
		if p.index < 0 {
			panic("devicetest: no truth for tag " + string(p.tag))
		}
	}
}

// topic is one MQTT sensor.
type topic struct {
	instrument string
	name       string
	json       bool // else the bare number
	every      string
	fields     []field
}

type field struct {
	path     string
	tag      measure.Tag
	unit     string
	low      string
	high     string
	decimals int
	absolute float64
}

// The controller's registers: function 3 from address 100, two words each.
func plc(unit byte, plant string, points ...point) instrument {
	address := uint16(100)
	for i := range points {
		p := &points[i]
		p.function, p.address = 3, address
		if p.factor == 0 {
			p.factor = 1
		}
		address += p.kind.words()
		if p.kind.words() == 1 {
			address++
		}
	}
	return instrument{name: "PLC-" + plant[:len(plant)-1], profile: "./plc-" + plant + ".yaml", unit: unit, every: "1 s", points: points}
}

func laumas(name string, unit byte, tag measure.Tag) instrument {
	return instrument{name: name, profile: "laumas-tlb4", unit: unit, every: "1 s", parameters: "{ capacity: 500 kg }", points: []point{
		{function: 3, address: 6, kind: u16, constant: true, alarm: tag},  // status: bit 0 is a load cell error
		{function: 3, address: 13, kind: u16, constant: true, factor: 12}, // division 0.01, unit kg
		{name: "net_weight", tag: tag, function: 3, address: 9, kind: i32, factor: 100, absolute: 0.05},
	}}
}

func mgp261(name string, unit byte, ch4, co2 measure.Tag) instrument {
	return instrument{name: name, profile: "vaisala-mgp261", unit: unit, every: "2 s", points: []point{
		{name: "ch4_dry", tag: ch4, function: 3, address: 2, kind: f32, swapped: true, factor: 1e4, relative: 0.002, absolute: 0.01},
		{name: "co2_dry", tag: co2, function: 3, address: 6, kind: f32, swapped: true, factor: 1e4, relative: 0.002, absolute: 0.01},
		// The same before drying: 1.5 % of water.
		{name: "ch4", tag: ch4, function: 3, address: 0, kind: f32, swapped: true, factor: 0.985e4, relative: 0.002, absolute: 0.01},
		{name: "co2", tag: co2, function: 3, address: 4, kind: f32, swapped: true, factor: 0.985e4, relative: 0.002, absolute: 0.01},
	}}
}

func sdm630(name string, unit byte, power, energy measure.Tag) instrument {
	volt := func(address uint16) point {
		return point{function: 4, address: address, kind: f32, constant: true, factor: 231.4}
	}
	in := instrument{name: name, profile: "eastron-sdm630", unit: unit, every: "1 s", points: []point{volt(0), volt(2), volt(4)}}
	if power != "" {
		in.points = append(in.points, point{name: "active_power", tag: power, function: 4, address: 52, kind: f32, factor: 1000, relative: 0.002})
	}
	in.points = append(in.points, point{name: "energy_import", tag: energy, function: 4, address: 72, kind: f32, factor: 1})
	return in
}

// instrumentsOf returns the Modbus units of a plant.
func instrumentsOf(plant string) []instrument {
	switch plant {
	case "pyro1":
		return []instrument{
			laumas("WT-201", 1, "pyro1/char/hopper_weight"),
			mgp261("AT-301", 2, "pyro1/gas/ch4", "pyro1/gas/co2"),
			{name: "FIC-401", profile: "bronkhorst-el-flow", unit: 3, every: "1 s", parameters: `{ capacity: "100 L{N}/min" }`, points: []point{
				{name: "flow", tag: "pyro1/purge/volume_flow", function: 3, address: 32, kind: u16, factor: 320, relative: 0.002, absolute: 0.02},
			}},
			sdm630("JQ-901", 4, "pyro1/power/active_power", "pyro1/power/energy"),
			plc(10, plant,
				point{name: "feed_mass_flow", tag: "pyro1/feed/mass_flow", kind: f32, relative: 0.005, low: "0 kg/h", high: "400 kg/h"},
				point{name: "feed_mass_total", tag: "pyro1/feed/mass_total", kind: u32, factor: 10},
				point{name: "feed_moisture", tag: "pyro1/feed/moisture", kind: i16, factor: 100, absolute: 0.15, low: "0 %", high: "80 %"},
				point{name: "kiln_temperature_1", tag: "pyro1/kiln/temperature_1", kind: i16, factor: 10, absolute: 0.4, low: "-40 Cel", high: "1200 Cel"},
				point{name: "kiln_temperature_2", tag: "pyro1/kiln/temperature_2", kind: i16, factor: 10, absolute: 0.4, low: "-40 Cel", high: "1200 Cel"},
				point{name: "kiln_temperature_3", tag: "pyro1/kiln/temperature_3", kind: i16, factor: 10, absolute: 0.4, low: "-40 Cel", high: "1200 Cel"},
				point{name: "residence_time", tag: "pyro1/kiln/residence_time", kind: u16, factor: 100, absolute: 0.05, low: "0 min", high: "240 min"},
				point{name: "char_mass_flow", tag: "pyro1/char/mass_flow", kind: f32, relative: 0.005, low: "-1 kg/h", high: "200 kg/h"},
				point{name: "char_mass_total", tag: "pyro1/char/mass_total", kind: u32, factor: 100},
				point{name: "char_moisture", tag: "pyro1/char/moisture", kind: i16, factor: 100, absolute: 0.08, low: "0 %", high: "60 %"},
				point{name: "gas_volume_flow", tag: "pyro1/gas/volume_flow", kind: f32, relative: 0.005, low: "-1 m3{N}/h", high: "100 m3{N}/h"},
				point{name: "gas_co", tag: "pyro1/gas/co", kind: u16, factor: 100, absolute: 0.08, low: "0 %", high: "100 %"},
				point{name: "gas_h2", tag: "pyro1/gas/h2", kind: u16, factor: 100, absolute: 0.08, low: "0 %", high: "100 %"},
				point{name: "liquid_mass_flow", tag: "pyro1/liquid/mass_flow", kind: f32, relative: 0.003, low: "-1 kg/h", high: "200 kg/h"},
				point{name: "heat_power", tag: "pyro1/heat/thermal_power", kind: f32, relative: 0.01, low: "-1 kW", high: "300 kW"},
			),
		}
	case "htl1":
		return []instrument{
			laumas("WT-501", 1, "htl1/biocrude/tank_weight"),
			mgp261("AT-601", 2, "htl1/gas/ch4", "htl1/gas/co2"),
			{name: "JQ-902", profile: "siemens-pac3200", unit: 5, every: "1 s", strict: true, points: []point{
				{name: "active_power", tag: "htl1/power/active_power", function: 3, address: 65, kind: f32, factor: 1000, relative: 0.002},
				{name: "energy_import", tag: "htl1/power/energy", function: 3, address: 801, kind: f64, factor: 1000},
			}},
			plc(10, plant,
				point{name: "feed_mass_flow", tag: "htl1/feed/mass_flow", kind: f32, relative: 0.002, low: "-1 kg/h", high: "300 kg/h"},
				point{name: "feed_mass_total", tag: "htl1/feed/mass_total", kind: u32, factor: 10},
				point{name: "feed_dry_solids", tag: "htl1/feed/dry_solids", kind: i16, factor: 100, absolute: 0.08, low: "0 %", high: "60 %"},
				point{name: "reactor_temperature", tag: "htl1/reactor/temperature", kind: i16, factor: 10, absolute: 0.3, low: "-20 Cel", high: "450 Cel"},
				point{name: "reactor_pressure", tag: "htl1/reactor/pressure", kind: f32, absolute: 0.2, low: "-1 bar{g}", high: "350 bar{g}"},
				point{name: "biocrude_mass_flow", tag: "htl1/biocrude/mass_flow", kind: f32, relative: 0.003, low: "-1 kg/h", high: "60 kg/h"},
				point{name: "aqueous_mass_flow", tag: "htl1/aqueous/mass_flow", kind: f32, relative: 0.002, low: "-1 kg/h", high: "300 kg/h"},
				point{name: "aqueous_carbon", tag: "htl1/aqueous/carbon", kind: u16, factor: 1000, absolute: 0.01, low: "0 %", high: "20 %"},
				point{name: "solids_mass_flow", tag: "htl1/solids/mass_flow", kind: f32, relative: 0.005, low: "-1 kg/h", high: "60 kg/h"},
				point{name: "gas_volume_flow", tag: "htl1/gas/volume_flow", kind: f32, relative: 0.01, low: "-1 m3{N}/h", high: "20 m3{N}/h"},
				point{name: "heat_power", tag: "htl1/heat/thermal_power", kind: f32, relative: 0.01, low: "-1 kW", high: "100 kW"},
			),
		}
	case "lf1":
		return []instrument{
			mgp261("AT-701", 2, "lf1/header/ch4", "lf1/header/co2"),
			sdm630("JQ-903", 4, "lf1/engine/active_power", "lf1/engine/energy"),
			sdm630("JQ-904", 5, "", "lf1/power/energy"),
			plc(10, plant,
				point{name: "header_volume_flow", tag: "lf1/header/volume_flow", kind: f32, relative: 0.008, low: "-1 m3{N}/h", high: "500 m3{N}/h"},
				point{name: "header_o2", tag: "lf1/header/o2", kind: u16, factor: 100, absolute: 0.03, low: "0 %", high: "25 %"},
				point{name: "header_n2", tag: "lf1/header/n2", kind: u16, factor: 100, absolute: 0.1, low: "0 %", high: "100 %"},
				point{name: "header_pressure", tag: "lf1/header/pressure", kind: f32, absolute: 0.3, low: "-200 mbar{g}", high: "200 mbar{g}"},
				point{name: "flare_volume_flow", tag: "lf1/flare/volume_flow", kind: f32, relative: 0.01, low: "-1 m3{N}/h", high: "500 m3{N}/h"},
				point{name: "flare_temperature", tag: "lf1/flare/temperature", kind: i16, factor: 10, absolute: 2, low: "-40 Cel", high: "1400 Cel"},
				point{name: "engine_volume_flow", tag: "lf1/engine/volume_flow", kind: f32, relative: 0.008, low: "-1 m3{N}/h", high: "300 m3{N}/h"},
				point{name: "biochar_placed", tag: "lf1/biochar/placed_total", kind: u32, factor: 0.1},
			),
		}
	}
	return nil
}

// topicsOf returns the MQTT sensors of a plant.
func topicsOf(plant string) []topic {
	switch plant {
	case "pyro1":
		return []topic{{instrument: "TT-901", name: "sensors/pyro1/hall", json: true, every: "10 s", fields: []field{
			{"temperature", "pyro1/hall/temperature", "Cel", "-40 Cel", "85 Cel", 2, 0.05},
			{"humidity", "pyro1/hall/humidity", "%", "0 %", "100 %", 1, 0.3},
		}}}
	case "htl1":
		return []topic{{instrument: "TT-902", name: "sensors/htl1/tank/temperature", every: "10 s", fields: []field{
			{"", "htl1/tank/temperature", "Cel", "-40 Cel", "150 Cel", 2, 0.05},
		}}}
	case "lf1":
		return []topic{{instrument: "AT-702", name: "sensors/lf1/cover", json: true, every: "30 s", fields: []field{
			{"soil.temperature", "lf1/cover/soil_temperature", "Cel", "-40 Cel", "60 Cel", 2, 0.05},
			{"soil.moisture", "lf1/cover/moisture", "%", "0 %", "100 %", 1, 0.3},
			{"flux.ch4", "lf1/cover/ch4_flux", "g/(m2.d)", "-10 g/(m2.d)", "500 g/(m2.d)", 3, 0.1},
			{"flux.co2", "lf1/cover/co2_flux", "g/(m2.d)", "-10 g/(m2.d)", "1000 g/(m2.d)", 3, 0.5},
		}}}
	}
	return nil
}

// sentinel returns the words an instrument sends for "no value": NaN for
// floats, the most negative or the largest whole number otherwise.
func (k kind) sentinel() uint64 {
	switch k {
	case f32:
		return 0x7fc00000
	case f64:
		return 0x7ff8000000000000
	case i16:
		return 0x8000
	case i32:
		return 0x80000000
	case u16:
		return 0xffff
	}
	return 0xffffffff
}

// bits returns the raw number as the register words' bits, rounded half to
// even and held at the ends of the range, as an instrument does. The code for
// "no value" is never sent for a value.
func (k kind) bits(raw float64) uint64 {
	whole := func(low, high float64) int64 { return int64(math.RoundToEven(min(max(raw, low), high))) }
	switch k {
	case f32:
		return uint64(math.Float32bits(float32(raw)))
	case f64:
		return math.Float64bits(raw)
	case i16:
		return uint64(uint16(int16(whole(-0x7fff, 0x7fff))))
	case u16:
		return uint64(whole(0, 0xfffe))
	case i32:
		return uint64(uint32(int32(whole(-0x7fffffff, 0x7fffffff))))
	}
	return uint64(whole(0, 0xfffffffe))
}
