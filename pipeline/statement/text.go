package statement

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
)

const title = "nielu statement 3"

// Text returns the statement as text. Its grammar, in the order of the lines:
//
//	text      = "nielu statement 3" LF { line LF }
//	line      = name SP value
//	plant     = name                    lot       = name
//	revision  = whole number from 1
//	from      = time                    to        = time
//	product   = name
//	wet-mass  = amount " kg"            dry-mass  = amount " kg"
//	placed    = amount " kg"
//	unit      = name                                      (none or more, sorted)
//	covered   = whole number of ns      of        = whole number of ns
//	quality   = "good" | level ":" reason
//	method    = name                    edition   = words
//	variant   = words
//	line      = symbol SP number SP unit SP label         (none or more)
//	gross     = amount " t" | "none"    so also net, standard-uncertainty,
//	                                    conservative, indicative
//	eligible  = "yes" | "no"
//	unmet     = words                                     (none or more)
//	plant-file, method-file = "sha256:" hexadecimal
//	entered   = first SP last SP number SP "sha256:" hexadecimal: of the leaves that people wrote
//	evidence  = the same of the batches
//
// An amount is an exact decimal without an exponent and without zeros at its
// end; a number is the shortest decimal that reads back as the same float64,
// of a value that was rounded to twelve digits: further ones are how a computer
// adds; a time is RFC 3339 in UTC. Text is UTF-8. There is one text for a
// statement: [Parse] refuses any other.
func (s Statement) Text() []byte {
	var b bytes.Buffer
	line := func(name, format string, args ...any) {
		value := strings.Map(func(c rune) rune {
			if c == '\n' || c == '\r' {
				return ' '
			}
			return c
		}, fmt.Sprintf(format, args...))
		b.WriteString(name)
		if value != "" {
			b.WriteString(" " + value)
		}
		b.WriteString("\n")
	}
	tonnes := func(name string, m *measure.CO2e) {
		if m == nil {
			line(name, "none")
			return
		}
		line(name, "%s", m)
	}
	b.WriteString(title + "\n")
	line("plant", "%s", s.Plant)
	line("lot", "%s", s.Lot)
	line("revision", "%d", s.Revision)
	line("from", "%s", s.Interval.From.UTC().Format(time.RFC3339Nano))
	line("to", "%s", s.Interval.To.UTC().Format(time.RFC3339Nano))
	line("product", "%s", s.Product)
	line("wet-mass", "%s", s.Wet)
	line("dry-mass", "%s", s.Dry)
	line("placed", "%s", s.Placed)
	for _, u := range s.Units {
		line("unit", "%s", u)
	}
	line("covered", "%d", int64(s.Covered))
	line("of", "%d", int64(s.Interval.Length()))
	line("quality", "%s", s.Quality)
	line("method", "%s", s.Account.Method)
	line("edition", "%s", s.Account.Edition)
	line("variant", "%s", s.Account.Variant)
	for _, l := range s.Account.Lines {
		line("line", "%s %s %s %s", l.Name, measure.FormatNumber(l.Value), l.Unit, l.Label)
	}
	tonnes("gross", carbon.Shown(s.Account.Gross))
	tonnes("net", carbon.Shown(s.Account.Net))
	tonnes("standard-uncertainty", s.Account.StandardUncertainty)
	tonnes("conservative", carbon.Shown(s.Account.Conservative))
	tonnes("indicative", s.Account.Indicative)
	eligible := "no"
	if s.Account.Eligible {
		eligible = "yes"
	}
	line("eligible", "%s", eligible)
	for _, u := range s.Account.Unmet {
		line("unmet", "%s", u)
	}
	line("plant-file", "sha256:%s", s.PlantFile)
	line("method-file", "sha256:%s", s.Account.FactorsDigest)
	line("entered", "%s", s.Entered)
	line("evidence", "%s", s.Evidence)
	return b.Bytes()
}

// Parse reads a statement's text back. It refuses a text that Text would not
// print byte for byte.
func Parse(text []byte) (Statement, error) {
	r := reader{lines: strings.Split(string(text), "\n")}
	if r.lines[0] != title {
		return Statement{}, fmt.Errorf("statement: does not begin with %q", title)
	}
	r.at = 1
	s := Statement{Plant: r.value("plant"), Lot: r.value("lot"), Revision: int(r.whole("revision"))}
	s.Interval = measure.Interval{From: r.time("from"), To: r.time("to")}
	s.Product = r.value("product")
	r.check("wet-mass", func(v string) (err error) { s.Wet, err = measure.ParseWetMass(v); return })
	r.check("dry-mass", func(v string) (err error) { s.Dry, err = measure.ParseDryMass(v); return })
	r.check("placed", func(v string) (err error) { s.Placed, err = measure.ParseDryMass(v); return })
	for r.is("unit") {
		s.Units = append(s.Units, r.value("unit"))
	}
	s.Covered = time.Duration(r.whole("covered"))
	r.value("of")
	r.check("quality", func(v string) error { return s.Quality.UnmarshalText([]byte(v)) })
	a := &s.Account
	a.Method, a.Edition, a.Variant = r.value("method"), r.value("edition"), r.value("variant")
	for r.is("line") {
		r.check("line", func(v string) error {
			f := strings.Split(v, " ")
			if len(f) != 4 {
				return fmt.Errorf("needs symbol, number, unit and label")
			}
			x, err := strconv.ParseFloat(f[1], 64)
			a.Lines = append(a.Lines, carbon.Line{Name: f[0], Value: x, Unit: f[2], Label: f[3]})
			return err
		})
	}
	a.Gross, a.Net = r.removal("gross"), r.removal("net")
	a.StandardUncertainty = r.tonnes("standard-uncertainty")
	a.Conservative, a.Indicative = r.removal("conservative"), r.tonnes("indicative")
	a.Eligible = r.value("eligible") == "yes"
	for r.is("unmet") {
		a.Unmet = append(a.Unmet, r.value("unmet"))
	}
	s.PlantFile, a.FactorsDigest = r.digest("plant-file"), r.digest("method-file")
	s.Entered, s.Evidence = r.evidence("entered"), r.evidence("evidence")
	if r.err != nil {
		return Statement{}, r.err
	}
	if !bytes.Equal(s.Text(), text) {
		return Statement{}, fmt.Errorf("statement: not in its one canonical form; see what follows line %d", r.at)
	}
	return s, nil
}

// reader takes the lines one by one; the first fault stays.
type reader struct {
	lines []string
	at    int
	err   error
}

func (r *reader) is(name string) bool {
	return r.err == nil && r.at < len(r.lines) && strings.HasPrefix(r.lines[r.at], name+" ")
}

func (r *reader) value(name string) string {
	if r.err != nil {
		return ""
	}
	if r.at >= len(r.lines) {
		r.err = fmt.Errorf("statement: ends before %s", name)
		return ""
	}
	got, value, _ := strings.Cut(r.lines[r.at], " ")
	r.at++
	if got != name {
		r.err = fmt.Errorf("statement line %d: %.40q stands where %s belongs", r.at, got, name)
	}
	return value
}

func (r *reader) check(name string, read func(value string) error) {
	v := r.value(name)
	if r.err != nil {
		return
	}
	if err := read(v); err != nil {
		r.err = fmt.Errorf("statement line %d: %s: %w", r.at, name, err)
	}
}

func (r *reader) whole(name string) (n int64) {
	r.check(name, func(v string) (err error) { n, err = strconv.ParseInt(v, 10, 64); return })
	return n
}

func (r *reader) time(name string) (t time.Time) {
	r.check(name, func(v string) (err error) { t, err = time.Parse(time.RFC3339Nano, v); return })
	return t.UTC()
}

func (r *reader) tonnes(name string) (m *measure.CO2e) {
	r.check(name, func(v string) error {
		if v == "none" {
			return nil
		}
		t, err := measure.ParseCO2e(v)
		m = &t
		return err
	})
	return m
}

func (r *reader) removal(name string) (m *measure.Removal) {
	r.check(name, func(v string) error {
		if v == "none" {
			return nil
		}
		t, err := measure.ParseCO2e(v)
		if err != nil {
			return err
		}
		removed, err := measure.RemovalOf(t)
		m = &removed
		return err
	})
	return m
}

func (r *reader) digest(name string) (hex string) {
	r.check(name, func(v string) error {
		var ok bool
		if hex, ok = strings.CutPrefix(v, "sha256:"); !ok {
			return fmt.Errorf("does not begin with %q", "sha256:")
		}
		return nil
	})
	return hex
}

// String names leaves as a line of a statement does.
func (e Evidence) String() string {
	return fmt.Sprintf("%d %d %d sha256:%s", e.First, e.Last, e.Leaves, e.Digest)
}

func (r *reader) evidence(name string) (e Evidence) {
	r.check(name, func(v string) error {
		f := strings.Split(v, " ")
		if len(f) != 4 {
			return fmt.Errorf("needs first, last, number and digest")
		}
		for i, to := range []*uint64{&e.First, &e.Last, &e.Leaves} {
			n, err := strconv.ParseUint(f[i], 10, 64)
			if err != nil {
				return err
			}
			*to = n
		}
		var ok bool
		if e.Digest, ok = strings.CutPrefix(f[3], "sha256:"); !ok {
			return fmt.Errorf("does not name a digest")
		}
		return nil
	})
	return e
}
