// Command architecture draws the house from what its rooms import:
//
//	go run ./docs/architecture
//
// writes docs/architecture.md and its pictures. It reads the source files and
// nothing else; Graphviz (the program dot) places boxes and arrows. A test
// beside it fails when the page no longer says what the code does.
//
// Start reading at [readHouse]; [page] says what the reader sees.
package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
)

func main() {
	log.SetFlags(0)
	rooms, err := readHouse(".")
	if err != nil {
		log.Fatal("architecture: run me at the top of the repository: ", err)
	}
	for name, graph := range pictures(rooms) {
		svg, err := draw(graph)
		if err != nil {
			log.Fatal(err)
		}
		write(filepath.Join("docs", "pictures", name), svg)
	}
	text, err := page(".", rooms)
	if err != nil {
		log.Fatal(err)
	}
	write(filepath.Join("docs", "architecture.md"), text)
}

func write(name string, data []byte) {
	if err := os.WriteFile(name, data, 0o644); err != nil {
		log.Fatal(err)
	}
}

// draw has Graphviz place a graph and marks the picture with the digest of
// what it was drawn from, by which the test knows an old one: two editions of
// Graphviz draw the same graph in other bytes.
func draw(graph string) ([]byte, error) {
	dot := exec.Command("dot", "-Tsvg")
	dot.Stdin = bytes.NewReader([]byte(graph))
	dot.Stderr = os.Stderr
	svg, err := dot.Output()
	if err != nil {
		return nil, fmt.Errorf("draw the rooms: %w (install Graphviz, for example: apt-get install graphviz)", err)
	}
	return append(bytes.TrimSpace(svg), "\n"+mark(graph)...), nil
}

// mark is the last line of a picture.
func mark(graph string) string {
	return fmt.Sprintf("<!-- drawn from %x -->\n", sha256.Sum256([]byte(graph)))
}
