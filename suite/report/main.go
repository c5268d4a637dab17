// Command report reads what go test -json prints and says it to people: one
// line a package when all is well, what a failed test printed, and what was
// skipped and why. Its exit code is 1 if anything failed.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

// event is one line of go test -json.
type event struct {
	Action, Package, Test, Output, ImportPath string
	Elapsed                                   float64
}

// name is a test within its package.
type name struct{ pkg, test string }

type report struct {
	output         map[name][]string   // of what has not ended, or not well
	skipped        map[string][]string // tests by reason
	passed, failed int
	broken         int // packages
}

func main() {
	r := report{output: map[name][]string{}, skipped: map[string][]string{}}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			fmt.Println(lines.Text()) // the go command itself
			continue
		}
		r.take(e)
	}
	r.end()
	if err := lines.Err(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	if r.failed+r.broken > 0 {
		os.Exit(1)
	}
}

func (r *report) take(e event) {
	n := name{e.Package, e.Test}
	switch e.Action {
	case "output":
		r.output[n] = append(r.output[n], e.Output)
	case "build-output":
		fmt.Print(e.Output)
	case "pass":
		if e.Test == "" {
			fmt.Printf("ok   %s %s\n", e.Package, took(e, r.output[n]))
		} else {
			r.passed++
		}
		delete(r.output, n)
	case "skip":
		if e.Test != "" {
			why := reason(r.output[n])
			r.skipped[why] = append(r.skipped[why], e.Package[strings.LastIndex(e.Package, "/")+1:]+"."+e.Test)
		}
		delete(r.output, n)
	case "fail":
		if e.Test == "" {
			r.broken++
			fmt.Printf("FAIL %s %s\n%s", e.Package, took(e, r.output[n]), strings.Join(r.output[n], ""))
		} else {
			r.failed++
			fmt.Printf("--- FAIL %s %s\n%s", e.Package, e.Test, strings.Join(r.output[n], ""))
		}
		delete(r.output, n)
	}
}

// took says how long a package took, or that its result was known.
func took(e event, output []string) string {
	if slices.ContainsFunc(output, func(line string) bool { return strings.Contains(line, "(cached)") }) {
		return "(cached)"
	}
	return fmt.Sprintf("%.1fs", e.Elapsed)
}

// reason is why a test was skipped: the last thing it said.
func reason(output []string) string {
	why := "for no reason given"
	for _, line := range output {
		text := strings.TrimSpace(line)
		if _, said, ok := strings.Cut(text, ": "); ok && !strings.HasPrefix(text, "===") && !strings.HasPrefix(text, "---") {
			why = said
		}
	}
	return why
}

// end says what never ended, as where a program panics, and the sum.
func (r *report) end() {
	for n, output := range r.output {
		if n.test != "" {
			fmt.Printf("--- NEVER ENDED %s %s\n%s", n.pkg, n.test, strings.Join(output, ""))
		}
	}
	for why, tests := range r.skipped {
		slices.Sort(tests)
		fmt.Printf("SKIPPED %s: %s\n", why, strings.Join(tests, " "))
	}
	fmt.Printf("%d passed, %d failed\n", r.passed, r.failed)
}
