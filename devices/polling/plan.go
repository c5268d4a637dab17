package polling

import (
	"time"

	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/measure"
)

// Plan is what the agent will ask, and what it costs.
type Plan struct {
	Buses []BusPlan `json:"buses"`
}

// BusPlan is the requests of one bus.
type BusPlan struct {
	Bus         string        `json:"bus"`
	Requests    []RequestPlan `json:"requests"`
	Cycle       time.Duration `json:"cycle"`       // to make every request once
	Utilisation float64       `json:"utilisation"` // share of the time the bus is busy; above 1 it cannot keep up
	Slowest     time.Duration `json:"slowest"`     // the longest that one dead instrument holds the bus
}

// RequestPlan is one request.
type RequestPlan struct {
	Instrument string        `json:"instrument"`
	Profile    string        `json:"profile"`
	Block      uint32        `json:"block"`
	UnitID     uint8         `json:"unit_id"`
	Function   uint8         `json:"function"`
	Address    uint16        `json:"address"` // on the wire
	Manual     int           `json:"manual"`  // the number most manuals print for it
	Quantity   uint16        `json:"quantity"`
	Wasted     int           `json:"wasted"` // registers or bits nobody needs
	Every      time.Duration `json:"every"`
	Takes      time.Duration `json:"takes"` // predicted
	Tags       []measure.Tag `json:"tags"`
}

// Plan returns the requests of each bus with the predicted time they take:
// characters at the line's rate, silences, and each instrument's latency.
func (c *Config) Plan() Plan {
	var plan Plan
	for _, bus := range c.Buses {
		out := BusPlan{Bus: bus.Line.String()}
		for _, in := range bus.Instruments {
			for _, index := range in.Blocks {
				b := c.catalogue.Blocks[index]
				r := RequestPlan{
					Instrument: in.Name, Profile: b.Profile, Block: index, UnitID: b.UnitID, Function: b.Function,
					Address: b.Address, Manual: devices.ManualNumber(b.Function, b.Address), Quantity: b.Quantity,
					Wasted: b.Wasted(), Every: in.Every, Takes: bus.Line.Transfer(b.Bytes()) + in.Latency,
				}
				for _, p := range b.Points {
					r.Tags = append(r.Tags, p.Tag)
				}
				out.Requests = append(out.Requests, r)
				out.Cycle += r.Takes
				out.Utilisation += float64(r.Takes) / float64(r.Every)
			}
			out.Slowest = max(out.Slowest, in.Timeout)
		}
		plan.Buses = append(plan.Buses, out)
	}
	return plan
}
