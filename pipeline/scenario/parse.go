package scenario

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
)

// Scenario is a story of a plant.
type Scenario struct {
	File  string
	About string // the first line of comment
	Plant *flowsheet.Plant
	steps []step
}

// step is one line that does something.
type step interface{ run(*runner) error }

// Open returns the body of a plant or laboratory file that a scenario names.
type Open func(kind, name string) (file string, data []byte, err error)

// Most of a scenario, so that no text makes a machine run for days.
const (
	mostBytes    = 1 << 20
	mostReadings = 5_000_000
)

var verbs = []string{"plant", "lab", "day", "every", "read", "lose", "delay", "deliver", "close", "expect"}

// Parse reads a scenario; file is its name, for errors. It returns all faults
// at once, each as "file:line:col: message".
func Parse(file string, data []byte, open Open) (*Scenario, error) {
	p := &parser{file: file, open: open, s: &Scenario{File: file}, every: time.Minute}
	switch {
	case len(data) > mostBytes:
		p.fault(1, 1, "the file is larger than 1 MiB")
		return nil, p.faults
	case !utf8.Valid(data):
		p.fault(1, 1, "the file is not UTF-8 text")
		return nil, p.faults
	}
	p.lines = strings.Split(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n")
	for p.next < len(p.lines) {
		no, text := p.next+1, p.lines[p.next]
		p.next++
		if about, ok := strings.CutPrefix(text, "#"); ok && p.s.About == "" {
			p.s.About = strings.TrimSpace(about)
		}
		l := p.split(no, text)
		if !l.more() {
			continue
		}
		if l.words[0].col > 1 {
			l.fault(l.words[0], "only YAML below plant and lab is indented")
			continue
		}
		p.verb(l)
	}
	p.whole()
	if len(p.faults) > 0 {
		return nil, p.faults
	}
	return p.s, nil
}

type parser struct {
	file   string
	open   Open
	lines  []string
	next   int // index of the line that is read next
	faults strict.Problems

	s        *Scenario
	day      time.Time
	every    time.Duration
	labs     []*lots.Lab
	plantAt  bool // a plant was named, right or wrong
	closed   bool
	readings int
	written  []*read // before the first close
}

func (p *parser) fault(line, col int, message string) {
	p.faults = append(p.faults, strict.Problem{File: p.file, Line: line, Column: col, Message: message})
}

func (p *parser) verb(l *line) {
	switch w := l.next("a verb"); w.text {
	case "plant":
		p.plant(l)
	case "lab":
		p.lab(l)
	case "day":
		w := l.next("a date")
		at, err := time.Parse(time.DateOnly, w.text)
		if !p.day.IsZero() {
			l.fault(w, "the day is given twice; write d2.08:00 for the day after the first")
		} else if err != nil {
			l.fault(w, "%q is no date, as in 2026-11-02", w.text)
		}
		p.day = at
	case "every":
		p.every = l.duration()
	case "read":
		p.read(l)
	case "lose", "delay":
		p.withhold(l, w.text == "delay")
	case "deliver":
		p.step(l, deliver{})
	case "close":
		p.close(l)
	case "expect":
		p.expect(l)
	default:
		l.fault(w, "%q is no verb%s", w.text, strict.Meant(w.text, verbs))
	}
	l.done()
}

// step adds a step that was read without fault.
func (p *parser) step(l *line, s step) {
	if l.done(); !l.faulty {
		p.s.steps = append(p.s.steps, s)
	}
}

// whole checks what only the whole text tells.
func (p *parser) whole() {
	closes, expects := 0, 0
	for _, s := range p.s.steps {
		switch s.(type) {
		case *closing:
			closes++
		case *expectation:
			expects++
		}
	}
	switch {
	case len(p.faults) > 0:
	case !p.plantAt:
		p.fault(1, 1, "there is no plant")
	case closes == 0:
		p.fault(len(p.lines), 1, "nothing is closed: write close 08:00..09:00 and what to expect of it")
	case expects == 0:
		p.fault(len(p.lines), 1, "nothing is expected, so nothing can fail")
	}
}

// body returns the YAML that belongs to a line: of a file, or what is indented
// below, with its lines numbered as in the scenario.
func (p *parser) body(l *line) (file string, data []byte, ok bool) {
	if l.more() {
		w := l.next("a file")
		file, data, err := p.open(l.words[0].text, w.text)
		if err != nil {
			l.fault(w, "%v", err)
		}
		return file, data, err == nil
	}
	block := make([]string, p.next, len(p.lines))
	for ; p.next < len(p.lines); p.next++ {
		text := p.lines[p.next]
		if strings.TrimSpace(text) != "" && !strings.HasPrefix(text, " ") {
			break
		}
		block = append(block, text)
	}
	if strings.TrimSpace(strings.Join(block, "")) == "" {
		l.fault(l.words[0], "name a file, or write it below, indented")
		return "", nil, false
	}
	return p.file, []byte(strings.Join(block, "\n")), true
}

func (p *parser) plant(l *line) {
	if p.plantAt {
		l.fault(l.words[0], "a scenario has one plant")
	}
	p.plantAt = true
	file, data, ok := p.body(l)
	if !ok {
		return
	}
	plant, err := flowsheet.Parse(file, data)
	if p.take(l, err); err == nil {
		p.s.Plant = plant
	}
}

func (p *parser) lab(l *line) {
	file, data, ok := p.body(l)
	if !ok {
		return
	}
	lab, err := lots.Parse(file, data)
	if p.take(l, err); err != nil {
		return
	}
	if p.s.Plant != nil && !slices.Contains(lab.Plants(), p.s.Plant.ID) {
		l.fault(l.words[0], "the laboratory speaks of %s, not of plant %s", strings.Join(lab.Plants(), ", "), p.s.Plant.ID)
	}
	p.labs = append(p.labs, lab)
	p.step(l, labStep{lab})
}

// take adds the faults of a file.
func (p *parser) take(l *line, err error) {
	var problems strict.Problems
	switch {
	case err == nil:
	case errors.As(err, &problems):
		p.faults = append(p.faults, problems...)
	default:
		l.fault(l.words[0], "%v", err)
	}
}

func (p *parser) close(l *line) {
	c := &closing{line: l.no, text: l.text}
	switch {
	case p.s.Plant == nil && p.plantAt: // its faults are said
		return
	case p.s.Plant == nil:
		l.fault(l.words[0], "there is no plant yet")
		return
	case l.take("lot"):
		w := l.next("the name of a lot")
		lot, ok := lots.Join(p.labs).Lot(w.text)
		if !ok || lot.Plant != p.s.Plant.ID {
			l.fault(w, "no laboratory file above speaks of lot %s of %s", w.text, p.s.Plant.ID)
		}
		c.of, c.span = "lot "+lot.ID, lot.Interval
	case l.take("campaign"):
		w := l.next("the name of a campaign")
		campaign, ok := lots.Join(p.labs).Campaign(w.text)
		if !ok || campaign.Plant != p.s.Plant.ID {
			l.fault(w, "no laboratory file above speaks of campaign %s of %s", w.text, p.s.Plant.ID)
		}
		c.of, c.span = "campaign "+campaign.ID, campaign.Interval
	default:
		c.of, c.span = "interval", l.span()
	}
	if every := p.s.Plant.BalanceEvery; !l.faulty && c.span.Align(every) != (measure.Interval{From: c.span.From.UTC(), To: c.span.To.UTC()}) {
		l.fault(l.words[1], "%s is not made of whole balance windows of %s", c.span, every)
	}
	if !l.faulty && c.span.Length() > mostDays*24*time.Hour {
		l.fault(l.words[1], "%s is longer than %d days", c.span, mostDays)
	}
	p.closed = true
	p.step(l, c)
}
