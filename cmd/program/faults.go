package program

import (
	"encoding/json"
	"fmt"

	"github.com/nielu/nielu/measure/strict"
)

// Faults prints the faults a configuration was found to have, one a line or as
// one JSON list, which is empty where there are none. It returns what the
// command is to return: nil if there are none.
func (s Streams) Faults(err error, asJSON bool) error {
	problems, ok := strict.ProblemsOf(err)
	if !ok {
		return err
	}
	if asJSON {
		if err := json.NewEncoder(s.Out).Encode(problems); err != nil {
			return err
		}
	} else {
		for _, p := range problems {
			fmt.Fprintln(s.Out, p)
		}
	}
	if len(problems) > 0 {
		return Exit{Code: Usage}
	}
	return nil
}
