package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/picture"
)

// plots is what is drawn of a recording, by the names of the files.
type plots map[string][]byte

// overview prints what the reconciled windows of the recording tell, and draws
// it into a folder if one is given. Data is the folder of the recordings.
func (b *bench) overview(ctx context.Context, out io.Writer, folder, data string) error {
	plant := b.hub.Plants[0]
	w := b.recording.Interval().Align(plant.BalanceEvery)
	windows, err := b.hub.Store.Balances(ctx, plant.ID, w)
	if err != nil {
		return err
	}
	r := plant.Overview("recording "+b.recording.Name(), w, nil, windows)
	fmt.Fprintln(out)
	if err := r.WriteOverview(out); err != nil || folder == "" {
		return err
	}
	drawn := plots{"flowsheet": picture.Balance(plant, &r)}
	for i := range r.Findings {
		drawn[fmt.Sprintf("finding-%d", i+1)] = picture.Finding(&r.Findings[i])
	}
	switch b.recording.Name() {
	case "escalante-boiler":
		err = b.drawBoiler(ctx, w.Align(time.Hour), drawn)
	case "biogas-meter":
		err = b.drawBiogasMeter(ctx, w.Align(time.Hour), data, drawn)
	}
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("--plots: %w", err)
	}
	for name, svg := range drawn {
		if err := os.WriteFile(filepath.Join(folder, b.recording.Name()+"-"+name+".svg"), svg, 0o644); err != nil {
			return fmt.Errorf("--plots: %w", err)
		}
	}
	return nil
}

// known returns the rollups of a tag that are covered well enough to be shown.
func (b *bench) known(ctx context.Context, tag measure.Tag, w measure.Interval, step time.Duration) ([]pipeline.Rollup, error) {
	found, err := b.hub.Store.Rollups(ctx, tag, w, step)
	if err != nil {
		return nil, err
	}
	var all []pipeline.Rollup
	for _, r := range found.Rollups {
		if r.Coverage >= pipeline.Enough {
			all = append(all, r)
		}
	}
	return all, nil
}

// together returns the means of tags in the windows in which all are known.
func (b *bench) together(ctx context.Context, w measure.Interval, step time.Duration, tags ...measure.Tag) (rows [][]float64, err error) {
	at := map[int64][]float64{}
	var order []int64
	for _, tag := range tags {
		all, err := b.known(ctx, tag, w, step)
		if err != nil {
			return nil, err
		}
		for _, r := range all {
			if tag == tags[0] {
				order = append(order, r.From)
			}
			at[r.From] = append(at[r.From], r.Mean)
		}
	}
	for _, from := range order {
		if row := at[from]; len(row) == len(tags) {
			rows = append(rows, row)
		}
	}
	return rows, nil
}
