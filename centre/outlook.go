package centre

import (
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/reconciled"
)

// Outlooks judges the plants of a centre's file: what their instruments will
// be able to tell. The laboratory files beside it say how sure analyses are.
func Outlooks(file string) ([]reconciled.Outlook, error) {
	c, err := ReadConfig(file)
	if err != nil {
		return nil, err
	}
	var labs []*lots.Lab
	for _, f := range c.Lab.Files(func(error) {}) { // faults are the affair of Check
		if lab, err := lots.Parse(f.Name, f.Body); err == nil {
			labs = append(labs, lab)
		}
	}
	lab, all := lots.Join(labs), []reconciled.Outlook{}
	for _, p := range c.Plants {
		o, err := reconciled.New(p).Outlook(lab)
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}
