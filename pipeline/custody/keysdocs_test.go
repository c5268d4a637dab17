package custody

import (
	"os"
	"strings"
	"testing"
)

// Every key of every record, and every name of a laboratory value, stands in
// docs/custody.md.
func TestEveryKeyIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/custody.md")
	if err != nil {
		t.Fatal(err)
	}
	_, keys, found := strings.Cut(string(text), "\n## Every key\n")
	if !found {
		t.Fatal("docs/custody.md has no section of keys")
	}
	for _, form := range forms() {
		for _, key := range append(strings.Fields(form.keys), string(form.kind)) {
			if !strings.Contains(keys, "`"+key+"`") {
				t.Errorf("the table says nothing of %s: %s", form.kind, key)
			}
		}
	}
}
