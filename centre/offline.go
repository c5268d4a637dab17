package centre

import (
	"context"
	"fmt"

	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/picture/label"
	"github.com/nielu/nielu/pipeline/statement"
)

// ReadBook makes the view of what people entered of a plant from the log on
// disk, beside a centre that may be running.
func (c *Config) ReadBook(ctx context.Context, plant string) (*BookView, error) {
	archive, err := c.Archive()
	if err != nil {
		return nil, err
	}
	return bookView(ctx, &ingest.Reader{Log: archive.Vouched(), Decode: devices.Decode}, new(acts), plant)
}

// Request puts together what the log knows of a lot, as its statement would:
// the product counted from raw words, what was placed of it, and the records.
// Remarks say what lowered the placed mass.
func (c *Config) Request(ctx context.Context, plant, lot string) (r carbon.Request, remarks []string, err error) {
	archive, err := c.Archive()
	if err != nil {
		return r, nil, err
	}
	plants, _, err := c.inputs()
	if err != nil {
		return r, nil, err
	}
	reader := &ingest.Reader{Log: archive.Vouched(), Decode: devices.Decode}
	book, _, err := bookOf(ctx, archive.Vouched(), plant)
	if err != nil {
		return r, nil, err
	}
	lab := book.Lab()
	made, ok := lab.Lot(lot)
	for _, p := range plants {
		if p.ID != plant || !ok || made.Plant != plant {
			continue
		}
		if made.Open {
			return r, nil, fmt.Errorf("%w: lot %s is open; close it first", ErrNoPeriod, lot)
		}
		counted, err := statement.Count(ctx, p, lab, lot, reader)
		if err != nil {
			return r, nil, err
		}
		statements, err := new(acts).register(ctx, reader, plant)
		if err != nil {
			return r, nil, err
		}
		made.Made = statements.Made(plant)
		placed, remarks := statement.Placed(p, lab, made, counted.Product)
		return statement.Request(p, lab, made, counted, placed), remarks, nil
	}
	return r, nil, fmt.Errorf("%w: there is no lot %s of %s", ErrNoPeriod, lot, plant)
}

// Label returns what the label of a packed unit says.
func (c *Config) Label(ctx context.Context, plant, unit string) (label.Label, error) {
	archive, err := c.Archive()
	if err != nil {
		return label.Label{}, err
	}
	book, _, err := bookOf(ctx, archive.Vouched(), plant)
	if err != nil {
		return label.Label{}, err
	}
	for _, k := range book.Standing(plant, custody.KindUnit) {
		if k.ID == unit {
			u := k.Unit
			return label.Label{Unit: unit, Plant: plant, Lot: u.Lot, Packed: u.At.UTC().Format("2006-01-02 15:04 UTC"), Dry: u.Dry.String(), Wet: u.Wet.String()}, nil
		}
	}
	return label.Label{}, fmt.Errorf("there is no unit %s of %s on record", unit, plant)
}
