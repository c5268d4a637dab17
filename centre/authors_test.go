package centre

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nielu/nielu/measure/strict"
)

// Who may enter, sign and certify is read from the centre's file, and each fault is said in its place.
func TestAuthorsAndKeys(t *testing.T) {
	read := func(text string) (*Config, error) {
		file := filepath.Join(t.TempDir(), "nielu.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		d, root := strict.Open(file, []byte(text))
		f := root.Fields("authors", "makers", "verifiers")
		c := &Config{file: file, Makers: keysOf(f["makers"]), Verifiers: keysOf(f["verifiers"])}
		c.readAuthors(f["authors"])
		return c, d.Err()
	}
	const key = "nielu-test+3b0bb47e+Ae0dDqYpmrVbtZ5MTYXjVHDzIrsrkLkOOe7aKs1VtbNR"
	c, err := read("authors: [{ name: shift lead, token_file: lead.token }, { name: clerk, token_file: /run/clerk }]\n")
	if err != nil || len(c.Authors) != 2 || filepath.Base(c.Authors[0].TokenFile) != "lead.token" || !filepath.IsAbs(c.Authors[0].TokenFile) || c.Authors[1].TokenFile != "/run/clerk" {
		t.Fatalf("%+v, %v", c, err)
	}
	if _, err := c.Author(""); err == nil || !strings.Contains(err.Error(), `name the author with --author; the centre's file has "shift lead", "clerk"`) {
		t.Error(err)
	}
	if author, err := c.Author("clerk"); err != nil || author.Name != "clerk" {
		t.Error(err)
	}
	if _, err := (&Config{}).Author(""); err == nil || !strings.Contains(err.Error(), "names no authors") {
		t.Error(err)
	}
	_, err = read("authors: [{ name: lead }]\nmakers: [" + key + "x, nonsense]\n")
	if err == nil || !strings.Contains(err.Error(), "token_file is missing") || strings.Count(err.Error(), "makers") < 1 {
		t.Error(err)
	}
}
