package rollup_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nielu/nielu/pipeline/rollup"
)

// hoursOf makes hours that are covered in full; NaN is a missing one.
func hoursOf(values ...float64) []rollup.Hour {
	hours := make([]rollup.Hour, len(values))
	for i, v := range values {
		if !math.IsNaN(v) {
			hours[i] = rollup.Hour{Value: v, Coverage: 1}
		}
	}
	return hours
}

func TestFillGaps(t *testing.T) {
	lost := math.NaN()
	vector := []float64{9.8, 10.1, 10.4, 9.9, 10.3, 10.0, 10.2, 9.7} // mrr_substitute: mean 10.05, standard deviation 0.244949
	for _, c := range []struct {
		name  string
		gaps  rollup.Gaps
		hours []rollup.Hour
		want  rollup.FilledTotal
	}{
		{"nothing missing", rollup.Gaps{Rule: rollup.EUSubstitution, Direction: rollup.Removal}, hoursOf(1, 2, 3), rollup.FilledTotal{Total: 6, Published: 6, Measured: 6, MeasuredHours: 3}},
		{"pro rata from 80 %", rollup.Gaps{Rule: rollup.EUSubstitution, Direction: rollup.Emission}, []rollup.Hour{{Value: 10, Coverage: 1}, {Value: 10, Coverage: .8}}, rollup.FilledTotal{Total: 20, Published: 20, Measured: 18, ProRata: 2, MeasuredHours: 1, ProRataHours: 1}},
		{"of a removal only what was measured", rollup.Gaps{Rule: rollup.EUSubstitution, Direction: rollup.Removal}, []rollup.Hour{{Value: 10, Coverage: 1}, {Value: 10, Coverage: .8}}, rollup.FilledTotal{Total: 18, Published: 20, Measured: 18, ProRata: 2, MeasuredHours: 1, ProRataHours: 1}},
		{"vector mrr_substitute", rollup.Gaps{Rule: rollup.EUSubstitution, Direction: rollup.Emission}, append(hoursOf(vector...), rollup.Hour{Value: 99, Coverage: .79}),
			rollup.FilledTotal{Total: 90.939898, Published: 90.939898, Measured: 80.4, Substituted: 10.539898, MeasuredHours: 8, SubstitutedHours: 1}},
		{"the same of a removal", rollup.Gaps{Rule: rollup.EUSubstitution, Direction: rollup.Removal}, append([]rollup.Hour{{}}, hoursOf(vector...)...),
			rollup.FilledTotal{Total: 80.4, Published: 89.960102, Measured: 80.4, Substituted: 9.560102, MeasuredHours: 8, SubstitutedHours: 1}},
		{"never below 0", rollup.Gaps{Rule: rollup.EUSubstitution, Direction: rollup.Removal}, hoursOf(10, 10, 10, 0, lost), rollup.FilledTotal{Total: 30, Published: 30, Measured: 30, MeasuredHours: 4, SubstitutedHours: 1}},
		{"vector Part 98", rollup.Gaps{Rule: rollup.USSubstitution, Direction: rollup.Emission}, hoursOf(48.2, lost, lost, 49), rollup.FilledTotal{Total: 194.4, Published: 194.4, Measured: 97.2, Substituted: 97.2, MeasuredHours: 2, SubstitutedHours: 2}},
		{"at the ends", rollup.Gaps{Rule: rollup.USSubstitution, Direction: rollup.Emission}, hoursOf(lost, 4, lost), rollup.FilledTotal{Total: 12, Published: 12, Measured: 4, Substituted: 8, MeasuredHours: 1, SubstitutedHours: 2}},
		{"a ceiling", rollup.Gaps{Rule: rollup.EUSubstitution, Direction: rollup.Emission, Ceiling: 20}, hoursOf(4, lost), rollup.FilledTotal{Total: 24, Published: 24, Measured: 4, Substituted: 20, MeasuredHours: 1, SubstitutedHours: 1}},
		{"a removal of which nothing is known", rollup.Gaps{Rule: rollup.USSubstitution, Direction: rollup.Removal}, hoursOf(lost, lost), rollup.FilledTotal{SubstitutedHours: 2}},
	} {
		got, err := c.gaps.Fill(c.hours)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for _, part := range [][2]float64{{got.Total, c.want.Total}, {got.Published, c.want.Published}, {got.Measured, c.want.Measured}, {got.ProRata, c.want.ProRata}, {got.Substituted, c.want.Substituted}} {
			if math.Abs(part[0]-part[1]) > 1e-6 {
				t.Errorf("%s: %+v\nwant %+v", c.name, got, c.want)
				break
			}
		}
		if got.MeasuredHours != c.want.MeasuredHours || got.ProRataHours != c.want.ProRataHours || got.SubstitutedHours != c.want.SubstitutedHours || got.Notice != "" {
			t.Errorf("%s: %+v\nwant %+v", c.name, got, c.want)
		}
	}
}

func TestALongGapIsSaid(t *testing.T) {
	g := rollup.Gaps{Rule: rollup.EUSubstitution, Direction: rollup.Removal}
	hours := slices.Concat(hoursOf(1, 1), make([]rollup.Hour, 120), hoursOf(1), make([]rollup.Hour, 60))
	if f, err := g.Fill(hours); err != nil || f.Notice != "" {
		t.Errorf("5 days: %+v, %v", f, err)
	}
	if f, err := g.Fill(slices.Insert(hours, 5, rollup.Hour{})); err != nil || !strings.HasPrefix(f.Notice, "121 hours in a row are missing, more than 5 days: tell the competent authority") {
		t.Errorf("an hour more: %+v, %v", f, err)
	}
}

func TestFillGapsRefusesAGuess(t *testing.T) {
	eu := rollup.Gaps{Rule: rollup.EUSubstitution, Direction: rollup.Emission}
	for _, c := range []struct {
		gaps  rollup.Gaps
		hours []rollup.Hour
		want  string
	}{
		{rollup.Gaps{Rule: rollup.EUSubstitution}, hoursOf(1), "say emission or removal"},
		{rollup.Gaps{Direction: rollup.Removal}, hoursOf(1), "say eu-2018-2066 or us-part-98"},
		{eu, hoursOf(1, math.NaN()), "1 of 2 hours are missing, and the others are too few to stand in for them: give a ceiling"},
		{eu, hoursOf(-1), "hour 0 brings -1"},
		{eu, []rollup.Hour{{Value: 1, Coverage: 1.1}}, "covered to 1.1"},
		{eu, []rollup.Hour{{Value: math.NaN(), Coverage: 1}}, "brings NaN"},
		{rollup.Gaps{Rule: rollup.EUSubstitution, Direction: rollup.Emission, Ceiling: 5}, hoursOf(6), "more than the ceiling"},
		{rollup.Gaps{Rule: rollup.EUSubstitution, Direction: rollup.Removal, Ceiling: 5}, hoursOf(1), "only an emission has a ceiling"},
	} {
		if _, err := c.gaps.Fill(c.hours); err == nil || !strings.HasPrefix(err.Error(), "fill gaps: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %s", c.gaps, err, c.want)
		}
	}
}

// The published rule does not keep the law; this is why Total does not follow it.
func TestThePublishedRuleRaisesARemovalWhenAnHourIsLost(t *testing.T) {
	g := rollup.Gaps{Rule: rollup.EUSubstitution, Direction: rollup.Removal}
	before, _ := g.Fill(hoursOf(10, 10, 10, 0, math.NaN()))
	after, _ := g.Fill(hoursOf(10, 10, 10, math.NaN(), math.NaN()))
	if before.Published != 30 || after.Published != 50 || before.Total != 30 || after.Total != 30 {
		t.Errorf("%+v\n%+v", before, after)
	}
	g.Direction = rollup.Emission
	before, _ = g.Fill(hoursOf(10, 10, 10, 90))
	after, _ = g.Fill(hoursOf(10, 10, 10, math.NaN()))
	if !(after.Total < before.Total) {
		t.Errorf("without a ceiling the loss of the highest hour lowers an emission: %+v\n%+v", before, after)
	}
}

func TestLosingHoursNeverFlatters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := rollup.Gaps{Rule: rapid.SampledFrom([]rollup.GapRule{rollup.EUSubstitution, rollup.USSubstitution}).Draw(t, "rule"), Direction: rapid.SampledFrom([]rollup.Direction{rollup.Emission, rollup.Removal}).Draw(t, "direction")}
		if g.Direction == rollup.Emission {
			g.Ceiling = 100
		}
		hours := make([]rollup.Hour, rapid.IntRange(1, 40).Draw(t, "hours"))
		less := make([]rollup.Hour, len(hours))
		for i := range hours {
			hours[i] = rollup.Hour{Value: rapid.Float64Range(0, 100).Draw(t, "value"), Coverage: rapid.SampledFrom([]float64{0, .5, .8, .9, 1, 1, 1}).Draw(t, "coverage")}
			less[i] = hours[i]
			less[i].Coverage = min(hours[i].Coverage, rapid.SampledFrom([]float64{0, .8, 1, 1}).Draw(t, "left"))
		}
		before, err1 := g.Fill(hours)
		after, err2 := g.Fill(less)
		switch {
		case err1 != nil || err2 != nil:
			t.Fatal(err1, err2)
		case g.Direction == rollup.Removal && (after.Total > before.Total || after.Total < 0):
			t.Fatalf("fewer hours, more removal: %+v, before %+v", after, before)
		case g.Direction == rollup.Emission && after.Total < before.Total-1e-9:
			t.Fatalf("fewer hours, less emission: %+v, before %+v", after, before)
		}
	})
}
