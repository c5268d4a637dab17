package export

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/nielu/nielu/pipeline/report"
	"github.com/nielu/nielu/pipeline/statement"
)

// Fault is one thing that is wrong with a bundle.
type Fault struct {
	Check string `json:"check"` // container, files, manifest, checkpoint, witness, inclusion, signature, decisions, continuity, replay, method, views or statement
	Where string `json:"where"` // file of the bundle, or leaf
	What  string `json:"what"`
	Do    string `json:"do"` // what the auditor should do about it
}

func (f Fault) String() string { return f.Check + "  " + f.Where + ": " + f.What }

// Result is the outcome of a verification. Its numbers are exit codes.
type Result int

// The results, from best to worst.
const (
	Verified   Result = 0 // every check passed, no gap
	Failed     Result = 1 // something is wrong: the bundle must not be relied on
	Unusable   Result = 3 // not a bundle, or cut short: nothing could be checked
	Incomplete Result = 4 // nothing is wrong, but declared gaps remain
)

func (r Result) String() string {
	switch r {
	case Verified:
		return "verified"
	case Failed:
		return "failed"
	case Incomplete:
		return "incomplete"
	}
	return "unusable"
}

// MarshalText writes the result's name.
func (r Result) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// Report is all that a verification found.
type Report struct {
	Result      Result            `json:"result"`
	Headline    []string          `json:"headline"` // what stands beside the result, since it decides what that is worth
	Plant       string            `json:"plant"`
	From        time.Time         `json:"from"`
	To          time.Time         `json:"to"`
	Log         string            `json:"log"` // its name
	Size        uint64            `json:"size"`
	Root        string            `json:"root"`
	Keys        []KeyUsed         `json:"keys"`
	Independent bool              `json:"independent"` // log and export keys came from the auditor's policy
	Witnessed   int               `json:"witnessed"`   // how many of the policy's witnesses signed the checkpoint
	Share       *ShareSeen        `json:"share"`       // what was computed again; null: everything
	Decisions   *DecisionsSeen    `json:"decisions"`
	Leaves      int               `json:"leaves"`
	Readings    int               `json:"readings"`
	Faults      []Fault           `json:"faults"`
	More        int               `json:"more_faults"` // that are not listed
	Gaps        []Gap             `json:"gaps"`
	Coverage    []TagCoverage     `json:"coverage"`
	Tonnes      []Tonnage         `json:"tonnes"` // what the statements claim, by method
	Statements  []StatementResult `json:"statements"`
	Notes       []string          `json:"notes"`

	people *report.Input // what the report for people is made from; nil: not computed
}

// KeyUsed is a key that a check relied on, and where it was taken from.
type KeyUsed struct {
	Role string `json:"role"` // log, export, witness, centre or gateway
	Key  string `json:"key"`
	From string `json:"from"` // "policy", "bundle" or the leaf that enrolled it
}

// TagCoverage is how much of the interval one tag was known for.
type TagCoverage struct {
	Tag      string  `json:"tag"`
	Unit     string  `json:"unit"`
	Readings int     `json:"readings"`
	Usable   int     `json:"usable"`
	Coverage float64 `json:"coverage"` // mean over the rollups, 0 to 1
}

// StatementResult is what became of one statement leaf.
type StatementResult struct {
	Leaf   uint64 `json:"leaf"`
	Name   string `json:"name"`
	Result string `json:"result"` // reproduced, differs, or why it was not recomputed
	State  string `json:"state"`  // sealed, signed, certified, superseded or withdrawn
	Text   string `json:"text"`
	Beyond bool   `json:"beyond,omitempty"` // its lot reaches beyond the bundle: it shows that the lot was made, and no more

	statement *statement.Statement // the text, read; nil: it is none
	omitted   *omission            // evidence it leaves aside; nil: none
	late      *omission            // evidence that came after it; nil: none

	Signatures []SignatureSeen `json:"signatures"`
	Times      *TimesSeen      `json:"times,omitempty"` // null: its lot reaches beyond the bundle, or it was not drawn

	notes []string
}

// Write prints the report for people.
func (r *Report) Write(w io.Writer) error {
	p := &printer{w: w}
	p.printf("%s\n%s\n\n", r.Verdict(), r.conclusion())
	if d := r.Share; d != nil && r.Plant != "" {
		p.printf("Only a share was computed again: %d of %d days and %d of %d statements, %s drawn with the seed %s.\nOf all of it the container, the manifest, the signatures, the chains and the places in the log were checked.\n\n",
			d.Days, d.OfDays, d.Statements, d.OfStatements, d.percent(), d.Seed)
	}
	if r.Plant != "" {
		p.printf("plant      %s\ninterval   %s to %s\nlog        %s, %d entries, root %s\n", r.Plant, stamp(r.From), stamp(r.To), r.Log, r.Size, r.Root)
		p.decisions(r.Decisions)
		p.printf("checked    %d leaves, %d readings decoded again from raw words\n", r.Leaves, r.Readings)
	}
	p.tonnes(r)
	for _, k := range r.Keys {
		p.printf("key        %-7s %s (from %s)\n", k.Role, k.Key, k.From)
	}
	if r.Plant != "" && slices.Contains(r.Headline, noPolicy) {
		p.printf("\nNo key came from you: log and export keys were taken from the bundle itself. This shows only that\nthe bundle is consistent with itself, not who made it. Obtain the keys from somebody other than the\nsender, put them into a policy file and run again with --policy.\n")
	}
	for _, n := range r.Notes {
		p.printf("note       %s\n", n)
	}
	p.faults(r.Faults, r.More)
	p.gaps(r.Gaps)
	p.coverage(r.Coverage)
	for _, s := range r.Statements {
		p.printf("\nSTATEMENT %s (leaf %d), %s: %s\n", s.Name, s.Leaf, strings.ToUpper(s.State), s.Result)
		for _, g := range s.Signatures {
			p.printf("  %s by %s in leaf %d %s: %s\n", g.Event, g.By, g.Leaf, g.Reason, g.Result)
		}
		if s.Beyond {
			continue
		}
		if s.Times != nil {
			s.Times.write(p)
		}
		for line := range strings.Lines(s.Text) {
			p.printf("  %s", line)
		}
	}
	return p.err
}

// Verdict says the result in words. Where only a share was computed again it
// names the share; what stands beside the result follows, each behind a semicolon.
func (r *Report) Verdict() string {
	verdict := strings.ToUpper(r.Result.String())
	if r.Share != nil && (r.Result == Verified || r.Result == Incomplete) {
		verdict += fmt.Sprintf(" IN A SHARE OF %s (%d OF %d DAYS)", r.Share.percent(), r.Share.Days, r.Share.OfDays)
	}
	for _, more := range r.Headline {
		verdict += "; " + strings.ToUpper(more)
	}
	return verdict
}

// MarshalJSON adds the verdict to the report.
func (r *Report) MarshalJSON() ([]byte, error) {
	type plain Report
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(struct {
		Verdict string `json:"verdict"`
		*plain
	}{r.Verdict(), (*plain)(r)})
	return b.Bytes(), err
}

func (r *Report) conclusion() string {
	switch r.Result {
	case Verified:
		if r.Share != nil {
			return "Every check that was made passed; only a share of the readings was looked at."
		}
		if slices.ContainsFunc(r.Statements, StatementResult.isLowered) {
			return "Every check passed and the evidence is complete, and it gives less than what is stated: see the notes."
		}
		return "Every check passed and the evidence is complete."
	case Failed:
		return "Something in this bundle is wrong. Do not rely on it; the faults are listed below."
	case Incomplete:
		return "Nothing in this bundle is wrong, but evidence is missing for the gaps listed below."
	}
	return "This is not a bundle that can be checked."
}

// printer keeps the first error of many prints.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

func (p *printer) faults(faults []Fault, more int) {
	if len(faults) > 0 {
		p.printf("\nFAULTS (%d)\n", len(faults)+more)
	}
	for i, f := range faults {
		p.printf("%3d. %s\n     %s\n     do: %s\n", i+1, f.Check+", "+f.Where, f.What, f.Do)
	}
	if more > 0 {
		p.printf("     and %d more, which are not listed\n", more)
	}
}

func (p *printer) gaps(gaps []Gap) {
	if len(gaps) > 0 {
		p.printf("\nGAPS (%d)\n", len(gaps))
	}
	for _, g := range gaps {
		p.printf("  %s\n", g)
	}
}

func (p *printer) coverage(tags []TagCoverage) {
	if len(tags) == 0 {
		return
	}
	p.printf("\nCOVERAGE\n")
	t := tabwriter.NewWriter(p.w, 2, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "tag\treadings\tusable\tcoverage\t\n")
	for _, c := range tags {
		fmt.Fprintf(t, "%s\t%d\t%d\t%.2f %%\t\n", c.Tag, c.Readings, c.Usable, float64(100*c.Coverage))
	}
	if err := t.Flush(); err != nil && p.err == nil {
		p.err = err
	}
}
