package centre

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/ingest/evidence"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/carbon"
)

// input is a file that becomes a leaf before anything is computed with it.
type input struct {
	kind   evidence.Kind
	name   string
	plants []string // that it speaks of; none: all
	body   []byte
}

// inputs reads the plant files and the method, which is the last of the files.
func (c *Config) inputs() (plants []*pipeline.Plant, files []input, err error) {
	for _, name := range c.Plants {
		plant, file, err := c.plant(name)
		if err != nil {
			return nil, nil, err
		}
		plants, files = append(plants, plant), append(files, file)
	}
	method, err := c.method()
	if err != nil {
		return nil, nil, err
	}
	others, err := otherMethods(method)
	return plants, append(append(files, others...), method), err
}

// otherMethods returns the built-in method files but one: a report says what
// other methods make of the same carbon, and can be made again from the log.
func otherMethods(but input) (files []input, err error) {
	for _, id := range carbon.Methods() {
		name := "methods/" + id + ".yaml"
		body, err := configs.Methods.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if string(body) != string(but.body) {
			files = append(files, input{evidence.Config, name, nil, body})
		}
	}
	return files, nil
}

// plant reads a plant file, or a built-in one.
func (c *Config) plant(name string) (*pipeline.Plant, input, error) {
	file, path, data, err := c.read(configs.Plants, "plants", name)
	if err != nil {
		return nil, input{}, err
	}
	plant, err := pipeline.ParsePlant(path, data)
	if err != nil {
		return nil, input{}, err
	}
	return plant, input{evidence.Config, file, []string{plant.ID}, data}, nil
}

// method reads the method file, or a built-in one.
func (c *Config) method() (input, error) {
	file, path, data, err := c.read(configs.Methods, "methods", c.Method)
	if err == nil {
		_, err = carbon.ParseMethod(path, data)
	}
	return input{evidence.Config, file, nil, data}, err
}

// enter appends the files that are not in the log yet, each as a leaf signed by the centre.
func (c *Centre) enter(ctx context.Context, files []input) error {
	for _, f := range files {
		in, err := c.inLog(ctx, f)
		if err != nil {
			return err
		}
		if in {
			continue
		}
		if _, err := c.append(ctx, evidence.Leaf{Kind: f.kind, Name: f.name, Plants: f.plants, Body: f.body}); err != nil {
			return fmt.Errorf("enter %s: %w", f.name, err)
		}
		c.Logger.Info("entered in the log", "kind", f.kind, "file", f.name, "plants", f.plants)
		c.entered[f.key()] = true
	}
	return nil
}

// inLog tells whether the log holds a file.
func (c *Centre) inLog(ctx context.Context, f input) (bool, error) {
	if c.entered == nil {
		if err := c.recall(ctx); err != nil {
			return false, err
		}
	}
	return c.entered[f.key()], nil
}

func (f input) key() string {
	digest := sha256.Sum256(f.body)
	return f.kind.String() + " " + f.name + " " + hex.EncodeToString(digest[:])
}

// recall finds out which files the log holds already.
func (c *Centre) recall(ctx context.Context) error {
	found, err := c.Evidence.Find(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Config, evidence.Lab}})
	if err != nil {
		return err
	}
	c.entered = map[string]bool{}
	for _, entry := range found {
		leaf, err := c.Reader.Leaf(ctx, entry.Index)
		if err != nil {
			return err
		}
		c.entered[input{kind: leaf.Kind, name: leaf.Name, body: leaf.Body}.key()] = true
	}
	return nil
}

// append signs a decision with the centre's statement key and appends it.
func (c *Centre) append(ctx context.Context, leaf evidence.Leaf) (uint64, error) {
	leaf.Site, leaf.Signer = c.Config.Site, c.StatementKey.Name()
	if leaf.From == 0 {
		leaf.From = time.Now().UnixNano()
		leaf.To = leaf.From + 1
	}
	return c.Evidence.Decide(ctx, &leaf, c.StatementKey.Sign)
}
