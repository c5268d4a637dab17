package flowsheet_test

import (
	"os"
	"strings"
	"testing"
)

// What the source says of the keys of a plant file stands in the document too.
func TestThePlantFileIsDocumented(t *testing.T) {
	document, err := os.ReadFile("../../docs/plant-file.md")
	if err != nil {
		t.Fatal(err)
	}
	for file, of := range map[string][2]string{
		"file.go":        {"// The plant file, in full", "\n// Parse"},
		"processfile.go": {"// processKeys are", "\nvar processKeys"},
	} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(source), of[0])
		comment, _, found := strings.Cut(rest, of[1])
		if !found {
			t.Fatalf("%s does not say its keys between %q and %q", file, of[0], of[1])
		}
		for line := range strings.Lines(comment) {
			if key, ok := strings.CutPrefix(line, "//\t"); ok && !strings.Contains(string(document), strings.ReplaceAll(key, "\t", "    ")) {
				t.Errorf("docs/plant-file.md lacks the line of %s:\n%s", file, key)
			}
		}
	}
}
