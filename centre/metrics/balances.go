package metrics

import (
	"context"
	"time"

	"github.com/nielu/nielu/centre/view"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/diagnosis"
	"github.com/nielu/nielu/program/metrics"
)

// balances exports how the balances of each plant are: the newest window that
// is over, and the instruments that are accused.
func balances(m *metrics.Registry, c Sources) {
	each := func(emit func(plant string, s *view.BalanceStatus)) {
		ctx, cancel := context.WithTimeout(context.Background(), 8*time.Second)
		defer cancel()
		for _, p := range c.Plants {
			if s, err := c.View.Status(ctx, p); err == nil && s != nil {
				emit(p.ID, s)
			}
		}
	}
	gauge := func(name, help string, of func(s *view.BalanceStatus) (float64, bool)) {
		m.Family(metrics.Gauge, name, help, []string{"plant"}, func(emit metrics.Emit) {
			each(func(plant string, s *view.BalanceStatus) {
				if v, ok := of(s); ok {
					emit(v, plant)
				}
			})
		})
	}
	gauge("nielu_balance_window_end_timestamp_seconds", "End of the newest balance window that is over, which the figures of nielu_balance are of.", func(s *view.BalanceStatus) (float64, bool) {
		return float64(s.Interval.To.Unix()), true
	})
	gauge("nielu_balance_gamma", "Statistic of the global test: above nielu_balance_critical the readings contradict each other.", func(s *view.BalanceStatus) (float64, bool) {
		return s.Balance.Gamma, s.Balance.Passed != nil
	})
	gauge("nielu_balance_critical", "Limit of nielu_balance_gamma.", func(s *view.BalanceStatus) (float64, bool) {
		if s.Balance.Critical == nil || s.Balance.Passed == nil {
			return 0, false
		}
		return *s.Balance.Critical, true
	})
	gauge("nielu_balance_degrees_of_freedom", "How many balances check readings; 0: nothing checks anything.", func(s *view.BalanceStatus) (float64, bool) {
		return float64(s.Balance.DF), s.Balance.Refused == ""
	})
	gauge("nielu_balance_findings", "Changes and errors of instruments that the balances found in four weeks, nielu_balance_suspect and those of which nobody can be named yet.", func(s *view.BalanceStatus) (float64, bool) {
		return float64(len(s.Findings)), true
	})
	m.Family(metrics.Gauge, "nielu_balance_closure_ratio", "Raw closure of the newest balance window that is over: what left and stayed over what entered.", []string{"plant", "basis"}, func(emit metrics.Emit) {
		each(func(plant string, s *view.BalanceStatus) {
			for _, b := range s.Closure.Budgets() {
				if b.Closure != nil {
					emit(*b.Closure, plant, b.Name)
				}
			}
		})
	})
	m.Family(metrics.Gauge, "nielu_balance_reading_z", "Measurement test of a reading in that window, in standard deviations.", []string{"plant", "tag", "instrument", "reading"}, func(emit metrics.Emit) {
		each(func(plant string, s *view.BalanceStatus) {
			for _, x := range s.Balance.Readings {
				if x.Z != nil && x.Tag != "" {
					emit(*x.Z, plant, string(x.Tag), x.Instrument, x.Name)
				}
			}
		})
	})
	suspect := func(name, help string, of func(f diagnosis.Finding) (float64, bool)) {
		m.Family(metrics.Gauge, name, help, []string{"plant", "tag", "instrument", "unit"}, func(emit metrics.Emit) {
			each(func(plant string, s *view.BalanceStatus) {
				emitted := map[measure.Tag]bool{} // one instrument may have changed twice: the first counts
				for _, f := range s.Findings {
					if v, ok := of(f); ok && f.Named() && !emitted[f.Tag] {
						emitted[f.Tag] = true
						emit(v, plant, string(f.Tag), f.Instrument, f.Unit)
					}
				}
			})
		})
	}
	suspect("nielu_balance_suspect", "An instrument that the balances accuse: how sure they are, in standard deviations.", func(f diagnosis.Finding) (float64, bool) { return f.Z, f.Tag != "" })
	suspect("nielu_balance_suspect_error", "What it reads too much, in the unit of its label.", func(f diagnosis.Finding) (float64, bool) { return f.Size, f.Tag != "" })
	suspect("nielu_balance_suspect_since_timestamp_seconds", "Since when; left out if it never agreed with the others.", func(f diagnosis.Finding) (float64, bool) {
		return float64(f.Since) / 1e9, f.Tag != "" && f.Since != 0
	})
}
