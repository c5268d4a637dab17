package archive

import (
	"context"
	"slices"
	"time"

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/statement"
)

// PlantFiles returns the files of a plant that the log holds, in the order they
// were entered. One that is wrong by today's rules is passed over.
func (a *Archive) PlantFiles(ctx context.Context, plant string) (files []statement.PlantFile, err error) {
	for leaf, err := range a.leaves(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Config}, Plant: plant}) {
		if err != nil {
			return nil, err
		}
		text, err := custody.Content(leaf.Body, a.Files.Read)
		if err != nil {
			return nil, err
		}
		if p, err := flowsheet.Parse(leaf.Name, text); err == nil && p.ID == plant {
			files = append(files, statement.PlantFile{Index: leaf.Index, Entered: time.Unix(0, leaf.From).UTC(), Plant: p})
		}
	}
	return files, nil
}

// Methods returns the built-in methods, and those that the log holds.
func (a *Archive) Methods(ctx context.Context) (all []carbon.Method, err error) {
	add := func(name string, text []byte) {
		m, err := carbon.ParseMethod(name, text)
		if err == nil && !slices.ContainsFunc(all, func(o carbon.Method) bool { return o.Digest == m.Digest }) {
			all = append(all, *m)
		}
	}
	for _, id := range carbon.Methods() {
		name := "methods/" + id + ".yaml"
		text, err := configs.Methods.ReadFile(name)
		if err != nil {
			return nil, err
		}
		add(name, text)
	}
	for leaf, err := range a.leaves(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Config}}) {
		if err != nil {
			return nil, err
		}
		if len(leaf.Plants) > 0 {
			continue
		}
		text, err := custody.Content(leaf.Body, a.Files.Read)
		if err != nil {
			return nil, err
		}
		add(leaf.Name, text)
	}
	return all, nil
}
