package devicetest

import (
	"fmt"
	"strings"

	"github.com/nielu/nielu/measure"
)

// Agent is what an agent.yaml needs to know beside its plant.
type Agent struct {
	Modbus  string // host:port of the plant's bus
	Broker  string // URL of the centre's broker
	Sensors string // URL of the sensors' broker; the centre's if empty
	Centre  string // verifier key of the centre's log
	Key     string // file of the agent's own key; agent.key if empty
	Spool   string // directory of the spool; spool if empty
}

// AgentConfig returns the agent.yaml that polls a simulated plant. Profiles
// named ./plc-….yaml are those of [PLCProfile].
func AgentConfig(plant, modbusAddr, brokerURL, centreKey string) []byte {
	return Agent{Modbus: modbusAddr, Broker: brokerURL, Centre: centreKey}.Config(plant)
}

// Config returns the agent.yaml of a simulated plant.
func (a Agent) Config(plant string) []byte {
	var b strings.Builder
	a.head(&b, plant)
	fmt.Fprintf(&b, "buses:\n  - bus: tcp://%s\n    timeout: 500 ms\n    instruments:\n", a.Modbus)
	for _, in := range instrumentsOf(plant) {
		fmt.Fprintf(&b, "      - instrument: %s\n        unit: %d\n        profile: %s\n        every: %s\n", in.name, in.unit, in.profile, in.every)
		if in.parameters != "" {
			fmt.Fprintf(&b, "        parameters: %s\n", in.parameters)
		}
		b.WriteString("        tags:\n")
		seen := map[measure.Tag]bool{}
		for _, p := range in.points {
			if p.constant || seen[p.tag] { // a tag's first point is the one to read
				continue
			}
			seen[p.tag] = true
			fmt.Fprintf(&b, "          %s: %s\n", p.tag, p.name)
		}
	}
	a.sensors(&b)
	for _, t := range topicsOf(plant) {
		payload := "plain"
		if t.json {
			payload = "json"
		}
		fmt.Fprintf(&b, "      - instrument: %s\n        topic: %s\n        payload: %s\n        tags:\n", t.instrument, t.name, payload)
		for _, f := range t.fields {
			path := ""
			if f.path != "" {
				path = "path: " + f.path + ", "
			}
			fmt.Fprintf(&b, "          %s: { %sunit: %q, range: [%q, %q] }\n", f.tag, path, f.unit, f.low, f.high)
		}
		if t.json {
			b.WriteString("        time: { path: ts, format: unix }\n")
		}
	}
	return []byte(b.String())
}

func (a Agent) head(b *strings.Builder, plant string) {
	or := func(s, other string) string {
		if s == "" {
			return other
		}
		return s
	}
	fmt.Fprintf(b, "agent: gw-%s\nsite: demo-park\nkey: %q\nbroker: %s\ncentre: %q\n", plant, or(a.Key, "agent.key"), a.Broker, a.Centre)
	fmt.Fprintf(b, "spool: { dir: %q, limit: 2 GB, seal_every: 1 s }\n", or(a.Spool, "spool"))
}

func (a Agent) sensors(b *strings.Builder) {
	b.WriteString("mqtt:\n")
	if a.Sensors != "" {
		fmt.Fprintf(b, "  - broker: %s\n    subscriptions:\n", a.Sensors)
		return
	}
	b.WriteString("  - subscriptions:\n")
}

// PLCProfile returns the profile of a plant's own controller, as file
// plc-PLANT.yaml.
func PLCProfile(plant string) []byte {
	var b strings.Builder
	for _, in := range instrumentsOf(plant) {
		if !strings.HasPrefix(in.profile, "./") {
			continue
		}
		fmt.Fprintf(&b, "profile: plc-%s\nversion: 1\nabout: Controller of the simulated plant %s\n", plant, plant)
		b.WriteString("source: the simulated plant's own register list, addresses 0-based\norder: ABCD\nholes: 8\nmax_registers: 125\npoints:\n")
		for _, p := range in.points {
			writePoint(&b, &p, unitOf(plant, p))
		}
	}
	return []byte(b.String())
}

func writePoint(b *strings.Builder, p *point, unit string) {
	fmt.Fprintf(b, "  %s: { function: %d, address: %d, type: %s", p.name, p.function, p.address, p.kind)
	if p.factor != 1 {
		fmt.Fprintf(b, ", scale: %q", fmt.Sprintf("%g %s", 1/p.factor, unit))
	} else {
		fmt.Fprintf(b, ", unit: %q", unit)
	}
	if sentinel := p.kind.sentinel(); p.kind != f32 && p.kind != f64 {
		fmt.Fprintf(b, ", sentinel: 0x%x", sentinel)
	}
	if p.low != "" {
		fmt.Fprintf(b, ", range: [%q, %q]", p.low, p.high)
	} else {
		b.WriteString(", counter: true")
	}
	b.WriteString(" }\n")
}

func unitOf(plant string, p point) string {
	var m model
	switch plant {
	case "pyro1":
		m = &pyro{}
	case "htl1":
		m = &htl{}
	default:
		m = &landfill{}
	}
	for _, t := range m.tags() {
		if t.tag == p.tag {
			return t.unit
		}
	}
	return "1"
}
