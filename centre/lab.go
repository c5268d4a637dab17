package centre

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure/strict"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/custody"
)

// watchLab enters new laboratory files as they appear in their folder.
func (c *Centre) watchLab(ctx context.Context) error {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := c.enterLab(ctx); err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
}

// enterLab enters the laboratory files that are right, and says once which are wrong.
func (c *Centre) enterLab(ctx context.Context) error {
	c.entering.Lock()
	defer c.entering.Unlock()
	var faults []error
	files := c.Config.labFiles(func(err error) { faults = append(faults, err) })
	files, err := c.keepable(ctx, files, func(err error) { faults = append(faults, err) })
	if err != nil {
		return err
	}
	if err := errors.Join(faults...); err != nil && err.Error() != c.labFault {
		c.Logger.Error("laboratory files are wrong and not used", "cause", err)
		c.labFault = err.Error()
	}
	return c.enter(ctx, files)
}

// keepable returns the laboratory files that are not in the log and whose lots
// can stand beside those that are. It tells fault of the others.
func (c *Centre) keepable(ctx context.Context, files []input, fault func(error)) (all []input, err error) {
	for _, f := range files {
		if in, err := c.inLog(ctx, f); err != nil {
			return nil, err
		} else if in {
			continue
		}
		lab, err := pipeline.ParseLab(f.name, f.body)
		if err != nil {
			return nil, err
		}
		right := true
		for _, plant := range lab.Plants() {
			faults, err := c.against(ctx, plant, custody.Entry{Lab: lab})
			if err != nil {
				return nil, err
			}
			for _, why := range faults {
				fault(fmt.Errorf("%s:%s", f.name, why))
			}
			right = right && len(faults) == 0
		}
		if right {
			all = append(all, f)
		}
	}
	return all, nil
}

// mostLab is how large a laboratory file may be: a leaf holds 64 KB.
const mostLab = 48 << 10

// checkLab reads the laboratory files and holds them against each other.
func (c *Config) checkLab(fault func(error)) {
	book := custody.Keep(nil)
	for i, f := range c.labFiles(fault) {
		lab, err := pipeline.ParseLab(f.name, f.body)
		if err != nil {
			continue // it was right a moment ago
		}
		then, problems := book.Try(custody.Entry{Leaf: uint64(i + 1), Lab: lab})
		for _, p := range problems {
			fault(strict.Problems{{File: filepath.Join(c.beside(c.Lab), f.name), Line: p.Line, Column: p.Column, Message: p.Record + ": " + p.Why}})
		}
		book = then
	}
}

// labFiles reads the laboratory files. It tells fault of each that is wrong,
// and returns the others.
func (c *Config) labFiles(fault func(error)) (files []input) {
	if c.Lab == "" {
		return nil
	}
	folder := c.beside(c.Lab)
	entries, err := os.ReadDir(folder)
	if err != nil {
		fault(fmt.Errorf("laboratory files: %w", err))
		return nil
	}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".yaml") {
			continue
		}
		path := filepath.Join(folder, entry.Name())
		if info, err := entry.Info(); err == nil && info.Size() > mostLab {
			fault(strict.Problems{{File: path, Line: 1, Column: 1, Message: fmt.Sprintf("holds %d bytes; at most %d fit in one entry of the log: divide it", info.Size(), mostLab)}})
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			fault(err)
			continue
		}
		lab, err := pipeline.ParseLab(path, data)
		if err != nil {
			fault(err)
			continue
		}
		files = append(files, input{evidence.Lab, entry.Name(), lab.Plants(), data})
	}
	return files
}
