package material

import (
	"fmt"

	"github.com/nielu/nielu/measure"
)

// Reason says why something is not known: of what kind that is, what it is
// about and what to do. The zero Reason is none: the thing is known. Programs
// go by the code; words are made by String and Advice, where it is shown.
type Reason struct {
	Code    Code
	Subject string // the tag, or what the plant file does not give; else empty
	Remedy  string // what to do; empty where the words say it

	within string // what it leaves open, outermost first: "stream char: no carbon: "
	words  string
}

// Code is the kind of a reason.
type Code byte

// The kinds of reasons.
const (
	NoCode     Code = iota
	NoReading       // an instrument gives nothing that can be used
	NotInPlan       // the plant file does not say
	NotInLab        // no laboratory value
	NotAFigure      // what is known gives no number
)

// Given tells whether there is a reason.
func (r Reason) Given() bool { return r.Code != NoCode }

// In says what the reason leaves open, as in "stream char: no carbon: ".
func (r Reason) In(what string) Reason {
	r.within = what + r.within
	return r
}

// Saying adds words that say what to do.
func (r Reason) Saying(words string) Reason {
	r.words, r.Remedy = r.words+words, ""
	return r
}

// String says what is wrong.
func (r Reason) String() string {
	switch r.Code {
	case NoReading:
		return r.within + "tag " + r.Subject + r.words
	case NotInPlan:
		return r.within + "the plant file gives no " + r.Subject + r.words
	}
	return r.within + r.words
}

// Advice says what is wrong and what to do.
func (r Reason) Advice() string {
	if r.Remedy == "" {
		return r.String()
	}
	return r.String() + "; " + r.Remedy
}

// Unread says of a tag what follows its name, as in ": no readings".
func Unread(tag measure.Tag, format string, args ...any) Reason {
	return Reason{Code: NoReading, Subject: string(tag), Remedy: "see to its instrument, or bring its readings in", words: fmt.Sprintf(format, args...)}
}

// Unplanned says what the plant file does not give.
func Unplanned(what string) Reason {
	return Reason{Code: NotInPlan, Subject: what, Remedy: "add it there"}
}

// Unanalysed says what no laboratory gives.
func Unanalysed(format string, args ...any) Reason {
	return Reason{Code: NotInLab, words: fmt.Sprintf(format, args...)}
}

// NoFigure says in words why what is known gives no number.
func NoFigure(format string, args ...any) Reason {
	return Reason{Code: NotAFigure, words: fmt.Sprintf(format, args...)}
}

// NoLevel says of a stock that its level is no reading.
func NoLevel() Reason { return NoFigure("a level that does not change is no level: name a tag") }
