package polling

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Every key of an agent's file and of a profile stands in docs/gateway.md.
func TestEveryKeyIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/gateway.md")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, file := range []string{"config.go", "subscriber.go", "../message.go", "../profile.go"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, fields := range regexp.MustCompile(`(?s)\.Fields\(("[^)]*)\)`).FindAllSubmatch(source, -1) {
			for _, key := range regexp.MustCompile(`"(\w+)"`).FindAllSubmatch(fields[1], -1) {
				n++
				if !regexp.MustCompile(`\b` + string(key[1]) + `\b`).Match(page) {
					t.Errorf("docs/gateway.md says nothing of %s, a key that %s reads", key[1], file)
				}
			}
		}
	}
	if n < 60 || !strings.Contains(string(page), "## Profiles") {
		t.Errorf("%d keys were found: the test does not see the source", n)
	}
}
