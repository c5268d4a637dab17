package strict

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Problem is one fault of a configuration file, or a note to one that is valid.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`           // from 1
	Column  int    `json:"column"`         // from 1
	Message string `json:"message"`        // what is wrong and what to do
	Note    bool   `json:"note,omitempty"` // advice: the file can be used as it is
}

// Error prints "file:line:col: message", of a note "file:line:col: note: message".
func (p Problem) Error() string {
	note := ""
	if p.Note {
		note = "note: "
	}
	return fmt.Sprintf("%s:%d:%d: %s%s", p.File, p.Line, p.Column, note, p.Message)
}

// Problems is every fault of a configuration, file by file, in the order of each.
type Problems []Problem

// Error prints each problem on a line of its own.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Error()
	}
	return strings.Join(lines, "\n")
}

// ProblemsOf returns the problems an error stands for, none for nil. It is
// false for an error of another kind.
func ProblemsOf(err error) (Problems, bool) {
	problems := Problems{}
	return problems, err == nil || errors.As(err, &problems)
}

// ordered returns the problems of the file itself, then those of the files it
// refers to, each once.
func ordered(file string, all Problems) Problems {
	all = slices.Clone(all)
	other := func(p Problem) int {
		if p.File == file {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(all, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(other(a), other(b)), cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(all)
}
