package parquet

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
)

const closures = `from,to,kind,name,figure,value,unit
2026-11-16T00:00:00Z,2026-11-16T01:00:00Z,mass,kiln,in,100.25,kg
2026-11-16T00:00:00Z,2026-11-16T01:00:00Z,carbon,"kiln, left",closure,,1
2026-11-16T00:00:00Z,2026-11-16T01:00:00Z,carbon,kiln,status,redundant,
`

func TestATableReadsBack(t *testing.T) {
	var one, two bytes.Buffer
	if err := FromCSV("closures", strings.NewReader(closures), &one); err != nil {
		t.Fatal(err)
	}
	if err := FromCSV("closures", strings.NewReader(closures), &two); err != nil || !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Errorf("the same table gave other bytes, %v", err)
	}
	type row struct {
		From   time.Time `parquet:"from,timestamp(nanosecond)"`
		Name   string    `parquet:"name"`
		Value  *float64  `parquet:"value,optional"`
		Figure string    `parquet:"figure"`
		Text   *string   `parquet:"text,optional"`
	}
	rows, err := parquet.Read[row](bytes.NewReader(one.Bytes()), int64(one.Len()))
	if err != nil || len(rows) != 3 {
		t.Fatal(rows, err)
	}
	if !rows[0].From.Equal(time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)) || rows[0].Value == nil || *rows[0].Value != 100.25 || rows[0].Name != "kiln" || rows[0].Figure != "in" {
		t.Errorf("%+v", rows[0])
	}
	if rows[2].Value != nil || rows[2].Text == nil || *rows[2].Text != "redundant" || rows[0].Text != nil {
		t.Errorf("%+v", rows[2])
	}
	if rows[1].Value != nil || rows[1].Text != nil || rows[1].Name != "kiln, left" {
		t.Errorf("%+v", rows[1])
	}
}

func TestManyRowsMakeGroups(t *testing.T) {
	var text strings.Builder
	text.WriteString("tag,unit,from,count,mean\n")
	for i := range rowsAGroup + 10 {
		text.WriteString("pyro1/x,kg," + time.Unix(int64(i)*60, 0).UTC().Format(time.RFC3339) + ",6,1.5\n")
	}
	var out bytes.Buffer
	if err := FromCSV("rollups", strings.NewReader(text.String()), &out); err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil || f.NumRows() != rowsAGroup+10 || len(f.RowGroups()) != 2 {
		t.Errorf("%v: %d rows in %d groups", err, f.NumRows(), len(f.RowGroups()))
	}
	if out.Len()*10 > text.Len() {
		t.Errorf("%d bytes of Parquet for %d of text", out.Len(), text.Len())
	}
}

func TestWhatIsNoTable(t *testing.T) {
	for text, why := range map[string]string{
		"":                           "no head line",
		"from,from\n":                "is there twice",
		"from,to\nyesterday,today\n": "line 2, column from",
		"tag,count\na,1\nb,1.5\n":    "line 3, column count",
		"tag,count\na\n":             "table t",
	} {
		if err := FromCSV("t", strings.NewReader(text), &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v, want %q", text, err, why)
		}
	}
}
