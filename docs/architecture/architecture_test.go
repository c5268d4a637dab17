package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestThePageIsCurrent reads the source files in this process, so that no
// cache can answer for them.
func TestThePageIsCurrent(t *testing.T) {
	const top = "../.."
	rooms, err := readHouse(top)
	if err != nil {
		t.Fatal(err)
	}
	want, err := page(top, rooms)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(top, "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	const again = "is not what the code says; run: go run ./docs/architecture"
	if !bytes.Equal(got, want) {
		t.Errorf("docs/architecture.md %s", again)
	}
	for name, graph := range pictures(rooms) {
		svg, err := os.ReadFile(filepath.Join(top, "docs", "pictures", name))
		if err != nil {
			t.Error(err)
		} else if !bytes.HasSuffix(svg, []byte(mark(graph))) {
			t.Errorf("docs/pictures/%s %s", name, again)
		}
	}
}

// TestReducedKeepsEveryWay: what could be reached can still be.
func TestReducedKeepsEveryWay(t *testing.T) {
	rooms, err := readHouse("../..")
	if err != nil {
		t.Fatal(err)
	}
	whole := graphOf(rooms, func(n string) string { return n })
	less := whole.reduced()
	for from, uses := range whole {
		for to := range uses {
			if !less.reaches(from, to) {
				t.Errorf("the way from %s to %s is lost", from, to)
			}
		}
		if len(less[from]) > len(uses) {
			t.Errorf("%s has more arrows than uses", from)
		}
	}
}

// inTheCode is a name of the glossary's third column.
var inTheCode = regexp.MustCompile("`([a-z/]+(?:\\.[A-Z]\\w*(?:\\.[A-Z]\\w*)?)?)`")

// TestReadmeNamesWhatExists holds the functions in brackets, the rooms and the
// files that the first page names against what is there.
func TestReadmeNamesWhatExists(t *testing.T) {
	const top = "../.."
	rooms, err := readHouse(top)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(top, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	functions := 0
	for _, in := range regexp.MustCompile(`\(`+"(`[^)]*`)"+`\)`).FindAllStringSubmatch(string(text), -1) {
		for _, m := range inTheCode.FindAllStringSubmatch(in[1], -1) {
			functions++
			if _, err := declaration(rooms, m[1]); err != nil {
				t.Errorf("README.md: %v", err)
			}
		}
	}
	files := regexp.MustCompile("(?m)^\\| `([a-z]+/)`|`([a-z/]+\\.go)`").FindAllStringSubmatch(string(text), -1)
	for _, m := range files {
		if _, err := os.Stat(filepath.Join(top, m[1]+m[2])); err != nil {
			t.Errorf("README.md: %v", err)
		}
	}
	if functions < 7 || len(files) < 15 {
		t.Errorf("only %d functions and %d files are checked", functions, len(files))
	}
}

// TestTheGlossaryNamesWhatExists holds its third column against what is
// declared.
func TestTheGlossaryNamesWhatExists(t *testing.T) {
	rooms, err := readHouse("../..")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../docs/glossary.md")
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for n, line := range strings.Split(string(text), "\n") {
		cells := strings.Split(line, " | ")
		if len(cells) != 3 {
			continue
		}
		for _, m := range inTheCode.FindAllStringSubmatch(cells[2], -1) {
			checked++
			if _, isRoom := rooms[m[1]]; isRoom {
				continue
			}
			if _, err := declaration(rooms, m[1]); err != nil {
				t.Errorf("docs/glossary.md:%d: %v", n+1, err)
			}
		}
	}
	if checked < 30 {
		t.Errorf("only %d names are checked: the table is not read", checked)
	}
}
