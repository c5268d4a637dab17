package centre

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nielu/nielu/ingest/evidence"
	"github.com/nielu/nielu/pipeline"
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
	var faults []error
	files := c.Config.labFiles(func(err error) { faults = append(faults, err) })
	if err := errors.Join(faults...); err != nil && err.Error() != c.labFault {
		c.Logger.Error("laboratory files are wrong and not used", "cause", err)
		c.labFault = err.Error()
	}
	return c.enter(ctx, files)
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
