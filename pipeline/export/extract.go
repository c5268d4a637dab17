package export

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Extract writes the tables of a bundle into a folder, each as one CSV file of
// the whole interval, the records, corrections and statements as tables, and
// the statements' texts. It returns the names of the files. It verifies nothing.
func Extract(ctx context.Context, bundle io.ReaderAt, size int64, folder string, progress Progress) (names []string, err error) {
	a, err := openArchive(bundle, size)
	if err != nil {
		return nil, fmt.Errorf("extract: %w", err)
	}
	for i, table := range tables {
		name, n, err := a.extractTable(ctx, table, folder)
		if err != nil {
			return names, fmt.Errorf("extract: %w", err)
		}
		if n > 0 {
			names = append(names, name)
		} else if err := os.Remove(name); err != nil {
			return names, fmt.Errorf("extract: %w", err)
		}
		progress(Step{Stage: "tables", Done: int64(i + 1), Total: int64(len(tables))})
	}
	more, err := a.extractRecords(ctx, folder)
	if names = append(names, more...); err != nil {
		return names, fmt.Errorf("extract: %w", err)
	}
	for i, e := range a.entries {
		file, isStatement := strings.CutPrefix(e.name, "views/statements/")
		if !isStatement {
			continue
		}
		text, err := a.read(i, maxNote)
		if err == nil {
			names = append(names, filepath.Join(folder, "statement-"+filepath.Base(file)))
			err = os.WriteFile(names[len(names)-1], text, 0o644)
		}
		if err != nil {
			return names, fmt.Errorf("extract: %w", err)
		}
	}
	return names, nil
}

// extractRecords writes what people and the centre wrote of the plant.
func (a *archive) extractRecords(ctx context.Context, folder string) (names []string, err error) {
	text, found, err := a.file(ManifestName, maxManifest)
	if err != nil || !found {
		return nil, errors.Join(err, fmt.Errorf("%s is missing or cannot be read", ManifestName))
	}
	m, err := ParseManifest(text)
	if err != nil {
		return nil, err
	}
	w, err := readRecords(ctx, a, m.Plant)
	if err != nil {
		return nil, err
	}
	all := w.tables(m.Plant)
	for _, table := range slices.Sorted(maps.Keys(all)) {
		name, err := writeTable(folder, table, all[table])
		if names = append(names, name); err != nil {
			return names, err
		}
	}
	return names, nil
}

// extractTable puts the tables of all days behind one another, with one head.
func (a *archive) extractTable(ctx context.Context, table, folder string) (name string, days int, err error) {
	name = filepath.Join(folder, table+".csv")
	out, err := os.Create(name)
	if err != nil {
		return name, 0, err
	}
	defer out.Close()
	for i, e := range a.entries {
		if !strings.HasPrefix(e.name, "views/") || !strings.HasSuffix(e.name, "/"+table+".csv.zst") {
			continue
		}
		if err := ctx.Err(); err != nil {
			return name, days, err
		}
		text, err := unpack(a.open(i))
		if err != nil {
			return name, days, err
		}
		var to io.Writer = out
		if days > 0 {
			to = &headless{to: out}
		}
		_, err = io.Copy(to, text)
		text.Close()
		if err != nil {
			return name, days, fmt.Errorf("%s: %w", e.name, err)
		}
		days++
	}
	return name, days, out.Close()
}

// headless leaves out the first line.
type headless struct {
	to   io.Writer
	body bool
}

func (h *headless) Write(b []byte) (int, error) {
	rest := b
	if !h.body {
		at := bytes.IndexByte(b, '\n')
		if at < 0 {
			return len(b), nil
		}
		rest, h.body = b[at+1:], true
	}
	if _, err := h.to.Write(rest); err != nil {
		return 0, err
	}
	return len(b), nil
}
