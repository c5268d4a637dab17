package centre

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/pipeline/custody"
)

// enter appends the files that are not the newest of their kind in the log,
// each as a leaf signed by the centre. One that is too large for a leaf is kept
// beside the log, and the leaf names it.
func (c *Centre) enter(ctx context.Context, files []input) error {
	for _, f := range files {
		in, err := c.inLog(ctx, f)
		if err != nil {
			return err
		}
		if in {
			continue
		}
		if len(f.body) > custody.MaxFile {
			return fmt.Errorf("enter %s: %d bytes, at most %d are allowed", f.name, len(f.body), custody.MaxFile)
		}
		body, large := f.body, false
		if f.kind == evidence.Config {
			body, large = custody.Refer(f.body)
		}
		if large {
			if err := c.Config.keepFile(f.digest(), f.body); err != nil {
				return fmt.Errorf("enter %s: %w", f.name, err)
			}
		}
		if _, err := c.append(ctx, evidence.Leaf{Kind: f.kind, Name: f.name, Plants: f.plants, Body: body}); err != nil {
			return fmt.Errorf("enter %s: %w", f.name, err)
		}
		c.Logger.Info("entered in the log", "kind", f.kind, "file", f.name, "plants", f.plants)
		c.entered[f.place()] = f.digest()
	}
	return nil
}

// inLog tells whether the log holds a file, and none that took its place: a
// file that is brought back after another is entered again.
func (c *Centre) inLog(ctx context.Context, f input) (bool, error) {
	if c.entered == nil {
		if err := c.recall(ctx); err != nil {
			return false, err
		}
	}
	return c.entered[f.place()] == f.digest(), nil
}

// place is where a newer file takes the place of an older one: of a plant, or
// of a name.
func (f input) place() string {
	if f.kind == evidence.Config && len(f.plants) > 0 {
		return f.kind.String() + " of " + f.plants[0]
	}
	return f.kind.String() + " " + f.name
}

// digest names the file, or the one that a leaf's body stands for.
func (f input) digest() string {
	if digest, large := custody.Referred(f.body); large {
		return digest
	}
	sum := sha256.Sum256(f.body)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// recall finds out which files the log holds already.
func (c *Centre) recall(ctx context.Context) error {
	found, err := c.Reader.Log.Find(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Config, evidence.Lab}})
	if err != nil {
		return err
	}
	c.entered = map[string]string{}
	for _, entry := range found {
		leaf, err := c.Reader.Leaf(ctx, entry.Index)
		if err != nil {
			return err
		}
		f := input{leaf.Kind, leaf.Name, leaf.Plants, leaf.Body}
		c.entered[f.place()] = f.digest()
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
