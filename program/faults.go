package program

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/nielu/nielu/measure/strict"
)

// Faults prints the faults a configuration was found to have and behind them
// the notes to it, one a line or as one JSON list, which is empty where there
// are none. It returns what the command is to return: nil if there is no fault.
func (s Streams) Faults(err error, notes strict.Problems, asJSON bool) error {
	problems, ok := strict.ProblemsOf(err)
	if !ok {
		return err
	}
	faults := len(problems)
	problems = append(slices.Clip(problems), notes...)
	if asJSON {
		if err := json.NewEncoder(s.Out).Encode(problems); err != nil {
			return err
		}
	} else {
		for _, p := range problems {
			fmt.Fprintln(s.Out, p)
		}
	}
	if faults > 0 {
		return Exit{Code: Usage}
	}
	return nil
}
