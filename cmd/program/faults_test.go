package program_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/nielu/nielu/cmd/program"
	"github.com/nielu/nielu/measure/strict"
)

func TestFaults(t *testing.T) {
	wrong := fmt.Errorf("check: %w", strict.Problems{{File: "a.yaml", Line: 3, Column: 5, Message: "is wrong"}})
	other := errors.New("cannot be opened")
	for _, c := range []struct {
		err  error
		json bool
		out  string
		want error
	}{
		{nil, false, "", nil},
		{nil, true, "[]\n", nil},
		{wrong, false, "a.yaml:3:5: is wrong\n", program.Exit{Code: program.Usage}},
		{wrong, true, `[{"file":"a.yaml","line":3,"column":5,"message":"is wrong"}]` + "\n", program.Exit{Code: program.Usage}},
		{other, true, "", other},
	} {
		var out strings.Builder
		if err := (program.Streams{Out: &out}).Faults(c.err, c.json); err != c.want || out.String() != c.out {
			t.Errorf("Faults(%v, %t) = %v and says %q", c.err, c.json, err, out.String())
		}
	}
}
