package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/program"
)

var updateQuantify = flag.Bool("update-quantify", false, "write the golden output of quantify anew")

func quantifyOut(t *testing.T, q quantifyCommand) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := q.Run(t.Context(), program.Streams{Out: &out, Err: &out})
	return out.String(), err
}

// The example is small enough to follow by hand; its figures are checked so in
// pipeline/carbon.
func TestQuantifyAllExample(t *testing.T) {
	const golden = "testdata/quantify-all.txt"
	got, err := quantifyOut(t, quantifyCommand{File: "../../configs/examples/quantify/all.yaml", Method: "all"})
	if err != nil {
		t.Fatal(err)
	}
	if *updateQuantify {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestQuantifyPrintsOneObjectALine(t *testing.T) {
	got, err := quantifyOut(t, quantifyCommand{File: "../../configs/examples/quantify/all.yaml", Method: "all", JSON: true})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for lines := bufio.NewScanner(strings.NewReader(got)); lines.Scan(); {
		var object map[string]any
		if err := json.Unmarshal(lines.Bytes(), &object); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, object["method"].(string))
		for _, key := range []string{"method", "edition", "variant", "factors_digest", "lines", "gross", "net", "standard_uncertainty", "conservative", "unit", "eligible", "indicative", "unmet"} {
			if _, ok := object[key]; !ok {
				t.Errorf("%s: no %s", object["method"], key)
			}
			delete(object, key)
		}
		if len(object) > 0 {
			t.Errorf("keys that no page tells of: %v", object)
		}
	}
	if !slices.Equal(ids, carbon.Methods()) {
		t.Errorf("%q", ids)
	}
}

func TestQuantifyEnds(t *testing.T) {
	for _, c := range []struct {
		method string
		code   int
	}{{"puro-2025", 0}, {"woolf-2021", 0}, {"crcf-art4", program.Wrong}, {"puro-2022", program.Usage}} {
		_, err := quantifyOut(t, quantifyCommand{File: "../../configs/examples/quantify/all.yaml", Method: c.method})
		exit, _ := err.(program.Exit)
		if exit.Code != c.code || (err == nil) != (c.code == 0) {
			t.Errorf("%s: %v", c.method, err)
		}
	}
}
