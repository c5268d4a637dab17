package emissions

import (
	"os"
	"testing"
)

func library(t testing.TB) *Library {
	t.Helper()
	l, err := OpenLibrary(os.DirFS("../../configs"))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

const week = `inventory: test
period: { from: 2026-11-02T00:00:00Z, to: 2026-11-09T00:00:00Z }
gwp: ar5
`

func inventory(t testing.TB, text string) Inventory {
	t.Helper()
	a, err := ParseActivity("test.yaml", []byte(text), library(t))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	v, err := a.Inventory()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// one line of an inventory that has one.
func oneLine(t testing.TB, text string) Line {
	t.Helper()
	v := inventory(t, week+text)
	if len(v.Lines) != 1 {
		t.Fatalf("%d lines of\n%s", len(v.Lines), text)
	}
	return v.Lines[0]
}
