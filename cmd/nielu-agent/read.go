package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/nielu/nielu/devices/polling"
	"github.com/nielu/nielu/gateway"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/program"
)

type readCommand struct {
	agentFile
	For  time.Duration
	JSON bool
}

// line is one reading as `read --json` prints it.
type line struct {
	Tag     measure.Tag `json:"tag"`
	Time    time.Time   `json:"time"`
	Value   *float64    `json:"value"` // null if the reading is bad
	Unit    string      `json:"unit"`
	Quality string      `json:"quality"`
	Reason  string      `json:"reason"`
	Raw     string      `json:"raw"` // hexadecimal
	Address string      `json:"address"`
}

// Flags adds what the command asks.
func (c *readCommand) Flags(f *program.Flags) {
	c.agentFile.Flags(f)
	f.DurationVar(&c.For, "for", 10*time.Second, "Wait `TIME` for messages of MQTT sensors.")
	f.BoolVar(&c.JSON, "json", false, "Print one JSON object a line.")
}

// Run reads each block once and prints its readings.
func (r *readCommand) Run(ctx context.Context, s program.Streams) error {
	c, err := r.read()
	if err != nil {
		return err
	}
	if who := gateway.RunsAlready(r.File, c); who != "" {
		return fmt.Errorf("the gateway runs already (%s): it owns these buses, and two who ask at once get each other's replies; end it first, or look at its readings at the centre", who)
	}
	ctx, cancel := context.WithTimeout(ctx, r.For)
	defer cancel()
	catalogue := c.Catalogue()
	var lines []line
	bad := 0
	poller := polling.NewPoller(c, s.Log(0))
	scans := poller.ReadOnce(ctx)
	for _, scan := range scans {
		for _, reading := range catalogue.Readings(scan) {
			l := line{
				Tag: reading.Tag, Time: reading.Time.UTC(), Unit: reading.Unit.String(), Raw: hex.EncodeToString(reading.Raw),
				Quality: reading.Quality.Level.String(), Reason: reading.Quality.Reason.String(), Address: reading.Address,
			}
			if reading.Quality.Usable() {
				l.Value = &reading.Value
			} else {
				bad++
			}
			lines = append(lines, l)
		}
	}
	if err := r.print(s, lines); err != nil {
		return err
	}
	for _, remark := range poller.Remarks(scans) {
		fmt.Fprintln(s.Err, remark)
	}
	if bad > 0 {
		return program.Exit{Code: program.Wrong, Err: fmt.Errorf("%d of %d readings are bad; the reason stands beside each", bad, len(lines))}
	}
	return nil
}

func (r *readCommand) print(s program.Streams, lines []line) error {
	if r.JSON {
		e := json.NewEncoder(s.Out)
		for _, l := range lines {
			if err := e.Encode(l); err != nil {
				return err
			}
		}
		return nil
	}
	table := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "TAG\tVALUE\tUNIT\tQUALITY\tRAW\tADDRESS")
	for _, l := range lines {
		value, quality := "-", l.Quality
		if l.Value != nil {
			value = fmt.Sprintf("%.6g", *l.Value)
		}
		if l.Reason != "" {
			quality += ":" + l.Reason
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", l.Tag, value, l.Unit, quality, clip(l.Raw, 24), l.Address)
	}
	return table.Flush()
}

// clip shortens a text for a table.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n] + "…"
}
