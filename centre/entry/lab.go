package entry

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
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/lots"
)

// WatchLab enters new laboratory files as they appear in their folder, until
// ctx ends.
func (s *Service) WatchLab(ctx context.Context) error {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := s.EnterLab(ctx); err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
}

// EnterLab enters the laboratory files that are right, and logs once which are wrong.
func (s *Service) EnterLab(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var faults []error
	files := s.Lab.Files(func(err error) { faults = append(faults, err) })
	files, err := s.admissible(ctx, files, func(err error) { faults = append(faults, err) })
	if err != nil {
		return err
	}
	if err := errors.Join(faults...); err != nil && err.Error() != s.labFault {
		s.Logger.Error("laboratory files are wrong and not used", "cause", err)
		s.labFault = err.Error()
	}
	return s.files(ctx, files)
}

// admissible returns the laboratory files that are not in the log and whose lots
// can stand beside those that are. It tells fault of the others.
func (s *Service) admissible(ctx context.Context, files []File, fault func(error)) (all []File, err error) {
	for _, f := range files {
		if in, err := s.holds(ctx, f); err != nil {
			return nil, err
		} else if in {
			continue
		}
		lab, err := lots.Parse(f.Name, f.Body)
		if err != nil {
			return nil, err
		}
		right := true
		for _, plant := range lab.Plants() {
			faults, err := s.conflicts(ctx, plant, custody.Entry{Lab: lab})
			if err != nil {
				return nil, err
			}
			for _, why := range faults {
				fault(fmt.Errorf("%s:%s", f.Name, why))
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

// LabFolder is where people put laboratory files; "" is none.
type LabFolder string

// Check reads the laboratory files and holds them against each other. It tells
// fault of each fault.
func (l LabFolder) Check(fault func(error)) {
	book := custody.Replay(nil)
	for i, f := range l.Files(fault) {
		lab, err := lots.Parse(f.Name, f.Body)
		if err != nil {
			continue // it was right a moment ago
		}
		then, problems := book.Try(custody.Entry{Leaf: uint64(i + 1), Lab: lab})
		for _, p := range problems {
			fault(strict.Problems{{File: filepath.Join(string(l), f.Name), Line: p.Line, Column: p.Column, Message: p.Record + ": " + p.Why}})
		}
		book = then
	}
}

// Files reads the laboratory files. It tells fault of each that is wrong, and
// returns the others.
func (l LabFolder) Files(fault func(error)) (files []File) {
	if l == "" {
		return nil
	}
	entries, err := os.ReadDir(string(l))
	if err != nil {
		fault(fmt.Errorf("laboratory files: %w", err))
		return nil
	}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".yaml") {
			continue
		}
		path := filepath.Join(string(l), entry.Name())
		if info, err := entry.Info(); err == nil && info.Size() > mostLab {
			fault(strict.Problems{{File: path, Line: 1, Column: 1, Message: fmt.Sprintf("holds %d bytes; at most %d fit in one entry of the log: divide it", info.Size(), mostLab)}})
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			fault(err)
			continue
		}
		lab, err := lots.Parse(path, data)
		if err != nil {
			fault(err)
			continue
		}
		files = append(files, File{Kind: evidence.Lab, Name: entry.Name(), Plants: lab.Plants(), Body: data})
	}
	return files
}
