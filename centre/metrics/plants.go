package metrics

import (
	"context"
	"time"

	"github.com/nielu/nielu/centre/view"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/projection"
	"github.com/nielu/nielu/program/metrics"
)

// plants exports the latest values of each plant.
func plants(m *metrics.Registry, c Sources) {
	each := func(emit func(plant *flowsheet.Plant, now projection.Now)) {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		for _, plant := range c.Plants {
			if now, err := c.Store.Now(ctx, plant.ID); err == nil {
				emit(plant, now)
			}
		}
	}
	m.Family(metrics.Gauge, "nielu_tag_value", "Latest usable value of a tag, in the unit of its label.", []string{"plant", "tag", "unit"}, func(emit metrics.Emit) {
		each(func(plant *flowsheet.Plant, now projection.Now) {
			for _, l := range now.Tags {
				if l.Value != nil {
					emit(*l.Value, plant.ID, string(l.Tag), l.Unit)
				}
			}
		})
	})
	m.Family(metrics.Gauge, "nielu_tag_age_seconds", "Time since the latest reading of a tag.", []string{"plant", "tag"}, func(emit metrics.Emit) {
		each(func(plant *flowsheet.Plant, now projection.Now) {
			for _, l := range now.Tags {
				emit(time.Since(l.Time).Seconds(), plant.ID, string(l.Tag))
			}
		})
	})
	m.Family(metrics.Gauge, "nielu_calibration_due_timestamp_seconds", "When the calibration of an instrument on record ends to count.", []string{"plant", "instrument"}, func(emit metrics.Emit) {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		lab, err := c.Store.Lab(ctx)
		if err != nil || lab == nil {
			return
		}
		for at, due := range view.LastDue(lab.Calibrations) {
			emit(float64(due.Unix()), at.Plant, at.ID)
		}
	})
}
