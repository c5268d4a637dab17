package devicetest

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Serve serves the rows over Modbus TCP at addr until ctx ends; after the
// last row that one stays. ready is told the address in use.
func (r *Replay) Serve(ctx context.Context, addr string, ready func(addr string)) error {
	if len(r.rows) == 0 {
		return fmt.Errorf("replay %s: has no rows: load a recording first", r.spec.Replay)
	}
	return serve(ctx, addr, ready, func(client string, unit, function byte, address, count uint16) ([]uint16, error) {
		return r.registers(client, unit, function, address, count, time.Now())
	})
}

// Done is closed when every row was read, or published.
func (r *Replay) Done() <-chan struct{} { return r.done }

// registers answers one request, and turns to the next row first if this one
// has been shown and read. A client that asks again on the connection on which
// it was answered has had the answer; one that came back on another may not
// have, and gets the row once more.
func (r *Replay) registers(client string, unit, function byte, address, count uint16, now time.Time) ([]uint16, error) {
	switch {
	case int(unit) != r.spec.Unit:
		return nil, errNoUnit
	case function != 3:
		return nil, ErrFunction
	}
	end := r.end()
	if uint32(address)+uint32(count) > uint32(end) {
		return nil, ErrAddress
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.since.IsZero() {
		r.since = now
	}
	if r.asked[client] {
		r.confirm()
	}
	if r.confirmed > r.at && now.Sub(r.since) >= r.Pace && r.at+1 < len(r.rows) {
		r.at, r.since = r.at+1, now
		clear(r.asked)
	}
	all := make([]uint16, end)
	r.encode(all, &r.rows[r.at])
	if address == 0 && count == end {
		r.asked[client] = true
	}
	return all[address : address+count], nil
}

// confirm counts the row on show as read.
func (r *Replay) confirm() {
	if r.confirmed == r.at {
		r.confirmed++
		r.finished(r.confirmed)
	}
}

// end returns the number of registers.
func (r *Replay) end() uint16 {
	last := r.columns[len(r.columns)-1]
	return last.address + last.kind.words()
}

func (r *Replay) encode(words []uint16, row *row) {
	put := func(address, n uint16, bits uint64) {
		for w := range n {
			words[address+w] = uint16(bits >> (16 * (n - 1 - w)))
		}
	}
	put(replayClock, 4, uint64(row.at.UnixMilli()))
	for i, c := range r.columns {
		bits := c.kind.sentinel()
		if value := row.cells[i]; !math.IsNaN(value) {
			bits = c.kind.bits(value / c.count)
		}
		put(c.address, c.kind.words(), bits)
	}
}

// finished reports that so many rows are through.
func (r *Replay) finished(done int) {
	if r.Progress != nil {
		r.Progress(done, len(r.rows))
	}
	if done == len(r.rows) && !r.closed {
		r.closed = true
		close(r.done)
	}
}

// Publish publishes the rows as JSON on the map's topic, each once the broker
// took the one before and Pace has passed, and returns after the last.
func (r *Replay) Publish(ctx context.Context, publish PublishFunc) error {
	if r.spec.Topic == "" {
		return fmt.Errorf("%s: topic is missing: rows are published on it", r.file)
	}
	for i := range r.rows {
		if err := publish(ctx, r.spec.Topic, false, r.message(&r.rows[i])); err != nil {
			return fmt.Errorf("replay %s: row %d of %d: %w", r.spec.Replay, i+1, len(r.rows), err)
		}
		r.finished(i + 1)
		if r.Pace > 0 && i+1 < len(r.rows) {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(r.Pace):
			}
		}
	}
	return nil
}

// message is a row as JSON: {"ts": Unix milliseconds, "flow": 1.5}. A cell
// without a value is left out.
func (r *Replay) message(row *row) []byte {
	b := strconv.AppendInt([]byte(`{"ts":`), row.at.UnixMilli(), 10)
	for i, c := range r.columns {
		if value := row.cells[i]; !math.IsNaN(value) && !math.IsInf(value, 0) {
			b = append(append(b, ','), strconv.Quote(c.point())...)
			b = strconv.AppendFloat(append(b, ':'), value, 'g', -1, 64)
		}
	}
	return append(b, '}')
}

// point is the column's name in the profile and in messages: its tag without the plant.
func (c column) point() string {
	_, name, _ := strings.Cut(string(c.tag), "/")
	return strings.ReplaceAll(name, "/", "_")
}

// recorded says that the times of a recording count, however old they are.
const recorded = "historical: true, behind: 100 a"

// Profile returns the profile of the instrument that stands in, as file NAME.yaml.
func (r *Replay) Profile() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "profile: %s\nversion: 1\nabout: %q\n", r.spec.Replay, "Recorded data: "+firstLine(r.spec.About))
	fmt.Fprintf(&b, "source: %q\norder: ABCD\nholes: 125\nmax_registers: 125\n", r.spec.File+", replayed; addresses 0-based")
	fmt.Fprintf(&b, "clock: { function: 3, address: %d, type: unix64-ms, %s }\npoints:\n", replayClock, recorded)
	for _, c := range r.columns {
		fmt.Fprintf(&b, "  %s: { function: 3, address: %d, type: %s", c.point(), c.address, c.kind)
		if c.scale != "" {
			fmt.Fprintf(&b, ", scale: %q", c.scale)
		}
		if c.kind != f32 && c.kind != f64 {
			fmt.Fprintf(&b, ", sentinel: 0x%x", c.kind.sentinel())
		}
		fmt.Fprintf(&b, ", unit: %q }\n", c.unit)
	}
	return []byte(b.String())
}

// AgentConfig returns the agent.yaml that polls the replay, or subscribes to
// it if its map has a topic. The profile is expected beside it as ./NAME.yaml.
func (r *Replay) AgentConfig(a Agent) []byte {
	var b strings.Builder
	a.head(&b, r.spec.Replay)
	if r.spec.Topic != "" {
		a.sensors(&b)
		fmt.Fprintf(&b, "      - instrument: %s\n        topic: %s\n        payload: json\n        tags:\n", r.spec.Instrument, r.spec.Topic)
		for _, c := range r.columns {
			fmt.Fprintf(&b, "          %s: { path: %s, unit: %q }\n", c.tag, c.point(), c.unit)
		}
		b.WriteString("        time: { path: ts, format: unix-ms, " + recorded + " }\n")
		return []byte(b.String())
	}
	fmt.Fprintf(&b, "buses:\n  - bus: tcp://%s\n    timeout: 30 s\n    instruments:\n", a.Modbus)
	fmt.Fprintf(&b, "      - instrument: %s\n        unit: %d\n        profile: ./%s.yaml\n        every: 1 ms\n        tags:\n", r.spec.Instrument, r.spec.Unit, r.spec.Replay)
	for _, c := range r.columns {
		fmt.Fprintf(&b, "          %s: %s\n", c.tag, c.point())
	}
	return []byte(b.String())
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}
