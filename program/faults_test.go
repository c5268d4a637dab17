package program_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/nielu/nielu/measure/strict"
	"github.com/nielu/nielu/program"
)

func TestFaults(t *testing.T) {
	wrong := fmt.Errorf("check: %w", strict.Problems{{File: "a.yaml", Line: 3, Column: 5, Message: "is wrong"}})
	other := errors.New("cannot be opened")
	notes := strict.Problems{{File: "b.yaml", Line: 1, Column: 2, Message: "is unwise", Note: true}}
	for _, c := range []struct {
		err   error
		notes strict.Problems
		json  bool
		out   string
		want  error
	}{
		{nil, nil, false, "", nil},
		{nil, nil, true, "[]\n", nil},
		{nil, notes, false, "b.yaml:1:2: note: is unwise\n", nil},
		{nil, notes, true, `[{"file":"b.yaml","line":1,"column":2,"message":"is unwise","note":true}]` + "\n", nil},
		{wrong, notes, false, "a.yaml:3:5: is wrong\nb.yaml:1:2: note: is unwise\n", program.Exit{Code: program.Usage}},
		{wrong, nil, true, `[{"file":"a.yaml","line":3,"column":5,"message":"is wrong"}]` + "\n", program.Exit{Code: program.Usage}},
		{other, notes, true, "", other},
	} {
		var out strings.Builder
		if err := (program.Streams{Out: &out}).Faults(c.err, c.notes, c.json); err != c.want || out.String() != c.out {
			t.Errorf("Faults(%v, %v, %t) = %v and says %q", c.err, c.notes, c.json, err, out.String())
		}
	}
}
