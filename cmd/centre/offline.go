package centre

import (
	"context"
	"fmt"

	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/picture"
)

// ReadBook makes the view of what people entered of a plant from the log on
// disk, beside a centre that may be running.
func (c *Config) ReadBook(ctx context.Context, plant string) (*BookView, error) {
	archive, err := c.Archive()
	if err != nil {
		return nil, err
	}
	return bookView(ctx, &ingest.Reader{Log: archive.Log, Decode: devices.Decode}, plant)
}

// Label returns what the label of a packed unit says.
func (c *Config) Label(ctx context.Context, plant, unit string) (picture.Label, error) {
	archive, err := c.Archive()
	if err != nil {
		return picture.Label{}, err
	}
	book, _, err := bookOf(ctx, archive.Log, plant)
	if err != nil {
		return picture.Label{}, err
	}
	for _, k := range book.Standing(plant, custody.KindUnit) {
		if k.ID == unit {
			u := k.Unit
			return picture.Label{Unit: unit, Plant: plant, Lot: u.Lot, Packed: u.At.UTC().Format("2006-01-02 15:04 UTC"), Dry: u.Dry.String(), Wet: u.Wet.String()}, nil
		}
	}
	return picture.Label{}, fmt.Errorf("there is no unit %s of %s on record", unit, plant)
}
