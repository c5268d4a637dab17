package devicetest_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/nielu/nielu/devices/devicetest"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
)

func TestScratch(t *testing.T) {
	days := 21
	seeds, _ := strconv.Atoi(os.Getenv("SEEDS"))
	tag := measure.Tag(os.Getenv("FTAG"))
	size, _ := strconv.ParseFloat(os.Getenv("FSIZE"), 64)
	for _, plant := range []string{os.Getenv("PLANT")} {
		for seed := 1; seed <= seeds; seed++ {
			s := devicetest.New(plant, uint64(seed), commissioned)
			from := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
			if tag != "" {
				s.Faults = []devicetest.Fault{{Tag: tag, Kind: devicetest.Scale, From: from.AddDate(0, 0, 17), To: from.AddDate(1, 0, 0), Size: size}}
			}
			p := plantFile(t, plant)
			src := simulated{t, s, catalogue(t, s.Plant()), time.Minute}
			lab := labFile(t, s, from.AddDate(0, 0, days))
			var all []pipeline.Reconciliation
			for d := 0; d < days; d++ {
				w := measure.Interval{From: from.AddDate(0, 0, d), To: from.AddDate(0, 0, d+1)}
				result, err := pipeline.Compute(t.Context(), p, lab, src, measure.Interval{From: w.From.Add(-time.Hour), To: w.To})
				if err != nil {
					t.Fatal(err)
				}
				for at := w.From; at.Before(w.To); at = at.Add(time.Hour) {
					all = append(all, p.Reconcile(measure.Interval{From: at, To: at.Add(time.Hour)}, result.Rollups, lab))
				}
			}
			body, _ := json.Marshal(all[30])
			fmt.Println("json", len(body), string(body))
			failed, refused := 0, 0
			worst := 0.0
			sus := map[string]int{}
			for _, r := range all {
				if r.Refused != "" {
					refused++
				}
				if r.Passed != nil && !*r.Passed {
					failed++
				}
				worst = max(worst, r.Gamma)
				for _, x := range r.Suspects {
					sus[x]++
				}
			}
			began := time.Now()
			found := p.Follow(all)
			fmt.Println(plant, seed, "windows", len(all), "failed", failed, "refused", refused, "worst gamma", worst, "suspects", sus, "follow", time.Since(began))
			for _, f := range found {
				fmt.Println("   ", f.Text, "T", f.Z*f.Z, f.Or)
			}
		}
	}
}
