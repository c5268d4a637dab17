package replay

import (
	"context"
	"math"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/picture"
)

// drawBoiler shows the steam's meter beside the feedwater's, and both beside
// what goes with the steam that flows through a turbine:
//
//	m ~ P / √T      P  absolute pressure behind the first stage, T  of the throttle steam, in K
//
// Source: Stodola's law of the cone for a stage far from the condenser, as in
// Spencer, Cotton and Cannon (1963).
func (r *Rig) drawBoiler(ctx context.Context, w measure.Interval, into plots) error {
	rows, err := r.rows(ctx, w, time.Hour, "boiler/feedwater/mass_flow", "boiler/steam/mass_flow",
		"boiler/turbine/first_stage_pressure", "boiler/ambient/pressure", "boiler/throttle/temperature")
	if err != nil {
		return err
	}
	ratio := picture.Cloud{Name: "steam over feedwater, each hour"}
	witness := [2]picture.Cloud{{Name: "feedwater"}, {Name: "steam"}}
	mean := [2]float64{}
	for _, row := range rows {
		stage := (row[2] + row[3]/1000) / math.Sqrt(row[4]+273.15)
		ratio.Points = append(ratio.Points, picture.XY{X: row[0], Y: row[1] / row[0]})
		for i := range witness {
			witness[i].Points = append(witness[i].Points, picture.XY{X: row[0], Y: row[i] / stage})
			mean[i] += row[i] / stage / float64(len(rows))
		}
	}
	for i := range witness {
		for k := range witness[i].Points {
			witness[i].Points[k].Y /= mean[i]
		}
	}
	into["ratio"] = picture.PlotAgainst(picture.Scatter{
		Title: "Main steam over feedwater", About: "The same water in two meters, hour by hour.", X: "feedwater", XUnit: "kg/h",
		Clouds: []picture.Cloud{ratio}, Levels: []picture.Level{{Value: 1, Text: "equal"}},
	})
	into["witness"] = picture.PlotAgainst(picture.Scatter{
		Title: "Which of the two goes with the load",
		About: "Each meter over what a turbine lets through, P/√T of its first stage, each beside its own mean. A meter that is right at every load lies flat.",
		X:     "feedwater", XUnit: "kg/h", Clouds: witness[:], Levels: []picture.Level{{Value: 1, Text: "flat"}},
	})
	return nil
}
