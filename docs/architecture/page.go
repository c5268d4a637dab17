package main

import (
	"bytes"
	"fmt"
	"strings"
)

// A landmark answers a newcomer's question with one declaration.
type landmark struct {
	question string
	at       []string // "pipeline.Compute", "devices/modbus.Bus"
}

// landmarks stop the page from being made when a name is gone.
var landmarks = []landmark{
	{"Where is an instrument asked?", []string{"devices/modbus.Bus", "devices/mqtt.Client", "devices/polling.Poller"}},
	{"Where does a register become a value?", []string{"devices.Decode"}},
	{"Where is a reading safe for the first time, and what ends that duty?", []string{"ingest/spool.Spool.Append", "ingest/spool.Spool.Trim"}},
	{"Where does the centre take it, and answer for it?", []string{"ingest.Intake"}},
	{"Where is the log?", []string{"evidence.Leaf", "evidence/writer.Log"}},
	{"Where does a minute become a balance?", []string{"pipeline.Compute"}},
	{"Which readings count for a claim, and what mass?", []string{"pipeline/rollup.Pairs", "pipeline/claim.CountProduct"}},
	{"Where is a tonne decided?", []string{"pipeline/statement.PlacedMass", "pipeline/statement.Request", "pipeline/carbon.Quantify"}},
	{"Where is it computed again by a stranger?", []string{"pipeline/export.Verify"}},
}

// page is docs/architecture.md.
func page(top string, rooms map[string]room) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(opening)
	fmt.Fprintln(&b, "\n## Where to find it\n\n| question | start at |\n| --- | --- |")
	for _, l := range landmarks {
		var links []string
		for _, at := range l.at {
			link, err := declaration(rooms, at)
			if err != nil {
				return nil, fmt.Errorf("docs/architecture/page.go: %w; name its successor", err)
			}
			links = append(links, link)
		}
		fmt.Fprintf(&b, "| %s | %s |\n", l.question, strings.Join(links, ", "))
	}
	b.WriteString(freedom)
	fmt.Fprint(&b, "\n## The pipeline, room by room\n\n![rooms of the pipeline and what they use](pictures/pipeline.svg)\n\nEach room uses only what stands further down.\n")
	fmt.Fprintln(&b, "\n## Every room\n\n| room | what it is | uses |\n| --- | --- | --- |")
	for _, name := range sorted(rooms) {
		r := rooms[name]
		if r.synopsis == "" {
			return nil, fmt.Errorf("%s: the package has no comment that says what it is", name)
		}
		g := graphOf(rooms, func(n string) string { return n })
		fmt.Fprintf(&b, "| [`%s`](../%s) | %s | %s |\n", name, name, unlink(r.synopsis), strings.Join(sorted(g[name]), ", "))
	}
	return b.Bytes(), nil
}

// declaration links "room.Name" to the file that declares it.
func declaration(rooms map[string]room, at string) (string, error) {
	slash := strings.LastIndex(at, "/") + 1
	folder, name, _ := strings.Cut(at[slash:], ".")
	file, ok := rooms[at[:slash]+folder].declares[name]
	if !ok {
		return "", fmt.Errorf("%s is declared nowhere", at)
	}
	return fmt.Sprintf("[`%s`](../%s)", at, file), nil
}

// unlink takes the brackets of Go's links to names out of a sentence.
func unlink(s string) string { return strings.NewReplacer("[", "", "]", "", "|", "/").Replace(s) }

const opening = `# Architecture

Made by ` + "`go run ./docs/architecture`" + ` from the source files; a test fails when it is out of date. The words are in the
[glossary](glossary.md).

## The house

![the rooms and what they use](pictures/house.svg)

An arrow says *uses*; what is used also by a longer way is not drawn again. Below ` + "`measure`" + ` and ` + "`evidence`" + ` there is only the
standard library and a few small packages. ` + "`devices`, `ingest` and `pipeline`" + ` do not know each other: they meet at the
` + "`gateway`" + `, at the ` + "`centre`" + ` and in ` + "`nielu-audit`" + `. ` + "[`house_test.go`](../house_test.go)" + ` states who may use whom, with the reason, and
where each library of others comes in.

## Where data flows

![the way of a reading](pictures/reading.svg)

A cylinder survives a power cut. The log is the one source: projections can be deleted and are made again from it.
`

const freedom = `
## What may be changed without asking anybody

| change | what watches over it |
| --- | --- |
| an instrument profile, an example, a dashboard, a page of the console | ` + "`make test-quick`" + ` |
| how something is polled, kept, sent or projected, in the same formats | the kill tests and the properties of the room |
| a name, a message, a file's place inside a room | ` + "`go vet ./...`" + `, the import policy |

and what may not:

| change | why |
| --- | --- |
| ` + "`measure`; `devices`' decoding; how `ingest` reads a log; `pipeline`, but for `projection`, `picture`, `scenario`, `parquet` and how `report` looks" + ` | a tonne can move; a line under *Accounting* in the changelog, and new golden texts that somebody else reads |
| a file under ` + "`configs/methods` or `configs/factors`" + ` | published editions are added, never edited |
| bytes of a leaf, a batch, a receipt, a statement, a bundle | others verify them with their own code: a new edition beside the old one |
| an exit code, a command's name, a metric's name, a path of the API | people's scripts and panels hang on it |
`
