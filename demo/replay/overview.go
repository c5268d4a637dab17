package replay

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
	"github.com/nielu/nielu/pipeline/rollup"
)

// plots is what is drawn of a recording, by the names of the files.
type plots map[string][]byte

// Overview prints what the reconciled windows of the recording tell, and draws
// it into a folder if one is given. Data is the folder of the recordings.
func (r *Rig) Overview(ctx context.Context, out io.Writer, folder, data string) error {
	plant := r.centre.Config.Plants[0]
	w := r.recording.Interval().Align(plant.BalanceEvery)
	windows, err := r.centre.Store.Balances(ctx, plant.ID, w)
	if err != nil {
		return err
	}
	report := pipeline.Overview(plant, "recording "+r.recording.Name(), w, nil, windows)
	fmt.Fprintln(out)
	if err := report.WriteOverview(out); err != nil || folder == "" {
		return err
	}
	drawn := plots{"flowsheet": picture.Balance(plant, &report)}
	for i := range report.Findings {
		drawn[fmt.Sprintf("finding-%d", i+1)] = picture.Finding(&report.Findings[i])
	}
	switch r.recording.Name() {
	case "escalante-boiler":
		err = r.drawBoiler(ctx, w.Align(time.Hour), drawn)
	case "biogas-meter":
		err = r.drawBiogasMeter(ctx, w.Align(time.Hour), data, drawn)
	}
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("--plots: %w", err)
	}
	for name, svg := range drawn {
		if err := os.WriteFile(filepath.Join(folder, r.recording.Name()+"-"+name+".svg"), svg, 0o644); err != nil {
			return fmt.Errorf("--plots: %w", err)
		}
	}
	return nil
}

// covered returns the rollups of a tag that are covered well enough to be shown.
func (r *Rig) covered(ctx context.Context, tag measure.Tag, w measure.Interval, step time.Duration) ([]rollup.Rollup, error) {
	found, err := r.centre.Store.Rollups(ctx, tag, w, step)
	if err != nil {
		return nil, err
	}
	var all []rollup.Rollup
	for _, x := range found.Rollups {
		if x.Coverage >= rollup.Enough {
			all = append(all, x)
		}
	}
	return all, nil
}

// rows returns the means of tags in the windows in which all are covered.
func (r *Rig) rows(ctx context.Context, w measure.Interval, step time.Duration, tags ...measure.Tag) (rows [][]float64, err error) {
	at := map[int64][]float64{}
	var order []int64
	for _, tag := range tags {
		all, err := r.covered(ctx, tag, w, step)
		if err != nil {
			return nil, err
		}
		for _, x := range all {
			if tag == tags[0] {
				order = append(order, x.From)
			}
			at[x.From] = append(at[x.From], x.Mean)
		}
	}
	for _, from := range order {
		if row := at[from]; len(row) == len(tags) {
			rows = append(rows, row)
		}
	}
	return rows, nil
}
