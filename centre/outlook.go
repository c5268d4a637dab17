package centre

import (
	"github.com/nielu/nielu/pipeline"
)

// Outlooks judges the plants of a centre's file: what their instruments will
// be able to tell. The laboratory files beside it say how sure analyses are.
func Outlooks(file string) ([]pipeline.Outlook, error) {
	c, err := ReadConfig(file)
	if err != nil {
		return nil, err
	}
	var labs []*pipeline.Lab
	for _, f := range c.Lab.Files(func(error) {}) { // faults are the affair of Check
		if lab, err := pipeline.ParseLab(f.Name, f.Body); err == nil {
			labs = append(labs, lab)
		}
	}
	lab, all := pipeline.JoinLabs(labs), []pipeline.Outlook{}
	for _, p := range c.Plants {
		o, err := pipeline.NewNetwork(p).Outlook(lab)
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}
