package archive

import (
	"context"
	"fmt"

	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/picture/label"
	"github.com/nielu/nielu/pipeline/statement"
)

// Request puts together what the log knows of a lot, as its statement would:
// the product counted from raw words, what was placed of it, and the records.
// Remarks say what lowered the placed mass.
func (a *Archive) Request(ctx context.Context, plant, lot string) (r carbon.Request, remarks []string, err error) {
	book, _, err := a.Book(ctx, plant)
	if err != nil {
		return r, nil, err
	}
	lab := book.Lab()
	made, ok := lab.Lot(lot)
	p, err := a.Plant(plant)
	if err != nil || !ok || made.Plant != plant {
		return r, nil, fmt.Errorf("%w: there is no lot %s of %s", ErrNoPeriod, lot, plant)
	}
	if made.Open {
		return r, nil, fmt.Errorf("%w: lot %s is open; close it first", ErrNoPeriod, lot)
	}
	counted, err := statement.CountLot(ctx, p, lab, lot, a.Reader)
	if err != nil {
		return r, nil, err
	}
	statements, err := a.Statements(ctx, plant)
	if err != nil {
		return r, nil, err
	}
	made.Made = statements.Made(plant)
	placed, remarks := statement.PlacedMass(p, lab, made, counted.Product)
	return statement.Request(p, lab, made, counted, placed), remarks, nil
}

// Label returns what the label of a packed unit says.
func (a *Archive) Label(ctx context.Context, plant, unit string) (label.Label, error) {
	book, _, err := a.Book(ctx, plant)
	if err != nil {
		return label.Label{}, err
	}
	for _, k := range book.InForce(plant, custody.KindUnit) {
		if k.ID == unit {
			u := k.Unit
			return label.Label{Unit: unit, Plant: plant, Lot: u.Lot, Packed: u.At.UTC().Format("2006-01-02 15:04 UTC"), Dry: u.Dry.String(), Wet: u.Wet.String()}, nil
		}
	}
	return label.Label{}, fmt.Errorf("there is no unit %s of %s on record", unit, plant)
}
