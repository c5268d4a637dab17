package main

import (
	"context"
	"encoding/json"
	"os"

	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/picture/label"
	"github.com/nielu/nielu/program"
)

type lotCommand struct {
	Open  lotOpen  `cmd:"" help:"Open a production batch."`
	Close lotClose `cmd:"" help:"Close an open production batch."`
	List  lotList  `cmd:"" help:"List the production batches of a plant with their mass ledger."`
	Label lotLabel `cmd:"" help:"Draw the label of a packed unit, with a QR code, as SVG."`
}

type lotOpen struct {
	centreFile
	authorFlag
	Lot          string `arg:"" help:"Its name, given once for all time."`
	Plant        string `required:"" help:"The plant."`
	From         string `required:"" placeholder:"TIME" help:"When it begins, as in 2026-11-02T00:00:00Z."`
	To           string `placeholder:"TIME" help:"When it ends, if that is known."`
	Process      string `help:"The conditions it is made under, such as \"wood at 550 Cel\"."`
	Feedstock    string `help:"As the method names it, such as wood."`
	BiomassProof string `help:"What shows that the feedstock was sourced sustainably."`
	Technology   string `help:"high or low."`
	Temperature  string `help:"Of production, such as \"550 Cel\"."`
	Regime       string `help:"Of sampling: A or B."`
}

// Run enters one record.
func (l *lotOpen) Run(ctx context.Context, s program.Streams) error {
	return l.enterRecord(ctx, s, l.Author, l.Plant, [][2]string{{"lot", l.Lot}, {"from", l.From}, {"to", l.To}, {"process", l.Process}, {"feedstock", l.Feedstock}, {"biomass_proof", l.BiomassProof},
		{"technology", l.Technology}, {"production_temperature", l.Temperature}, {"regime", l.Regime}})
}

// enterRecord enters a submission of one record, of the keys that have a value. Its
// faults name the keys, which are the flags.
func (c centreFile) enterRecord(ctx context.Context, s program.Streams, author, plant string, keys [][2]string) error {
	if _, err := c.of(ctx, plant); err != nil {
		return err
	}
	client, err := c.client(author)
	if err != nil {
		return err
	}
	return enterRecords(ctx, s, client, "record", custody.RecordText(client.Author.Name, plant, keys), func(int, int) string { return "" })
}

type lotClose struct {
	centreFile
	authorFlag
	Lot   string `arg:"" help:"Its name."`
	Plant string `required:"" help:"The plant."`
	To    string `required:"" placeholder:"TIME" help:"When it ends."`
}

// Run enters one record.
func (l *lotClose) Run(ctx context.Context, s program.Streams) error {
	return l.enterRecord(ctx, s, l.Author, l.Plant, [][2]string{{"close", l.Lot}, {"to", l.To}})
}

type lotList struct {
	centreFile
	Plant string `required:"" help:"The plant."`
	JSON  bool   `name:"json" help:"Print JSON."`
}

// Run lists the lots from the log on disk.
func (l *lotList) Run(ctx context.Context, s program.Streams) error {
	v, err := l.book(ctx, l.Plant)
	if err != nil {
		return err
	}
	if l.JSON {
		return json.NewEncoder(s.Out).Encode(v.Lots)
	}
	return v.WriteLots(s.Out)
}

type lotLabel struct {
	centreFile
	Unit   string `arg:"" help:"The unit."`
	Plant  string `required:"" help:"The plant."`
	Link   string `help:"What the code holds instead of the unit's name, such as the address of its page."`
	Output string `short:"o" required:"" placeholder:"FILE.svg" help:"The picture to write."`
}

// Run draws the label of a unit on record.
func (l *lotLabel) Run(ctx context.Context, s program.Streams) error {
	config, err := l.of(ctx, l.Plant)
	if err != nil {
		return err
	}
	disk, err := config.Archive()
	if err != nil {
		return program.Exit{Code: program.Wrong, Err: err}
	}
	says, err := disk.Label(ctx, l.Plant, l.Unit)
	if err != nil {
		return program.Exit{Code: program.Wrong, Err: err}
	}
	says.Link = l.Link
	svg, err := label.Draw(says)
	if err != nil {
		return err
	}
	return os.WriteFile(l.Output, svg, 0o644)
}
