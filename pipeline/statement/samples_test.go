package statement

import (
	"fmt"
	"testing"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/lots"
)

// A day that is cut into lots has no more analyses than one: what a regime asks
// for in a year is not brought by an afternoon.
func TestADayCutIntoLotsIsAnalysedOnce(t *testing.T) {
	share := 0.85
	for _, c := range []struct {
		apart time.Duration
		want  int
	}{{time.Hour, 1}, {7 * 24 * time.Hour, 4}} {
		lot := lots.Lot{}
		for i := range 4 {
			from := shownFrom.Add(time.Duration(i) * c.apart)
			lot.ID, lot.Interval = fmt.Sprintf("p-%d", i), measure.Interval{From: from, To: from.Add(c.apart)}
			lot.Made = append(lot.Made, lot.ID)
			lot.Batches = append(lot.Batches, carbon.Batch{ID: lot.ID, Made: lot.Interval})
			lot.Samples = append(lot.Samples, lots.Sample{Of: "char", Sample: carbon.Sample{Batch: lot.ID, At: from.Add(time.Minute), CarbonTotal: &share}})
		}
		if n := AnalysesInYear(lot, "char"); n != c.want {
			t.Errorf("lots %s apart have %d analyses, want %d", c.apart, n, c.want)
		}
	}
}
