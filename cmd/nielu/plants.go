package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/devices/devicetest"
)

// writePlants writes the park's plant files: the built-in ones, and which agent
// reads their tags. The import brings what was before the park first opened, the
// gateways what comes from then on.
func (p *park) writePlants() error {
	path := filepath.Join(p.dir, "opened")
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		p.opened = p.now.UTC().Truncate(time.Minute)
		err = os.WriteFile(path, []byte(p.opened.Format(time.RFC3339)), 0o600)
	case err == nil:
		p.opened, err = time.Parse(time.RFC3339, string(text))
	}
	if err != nil {
		return fmt.Errorf("when the park opened: %w", err)
	}
	for _, name := range devicetest.Plants() {
		file := "plants/" + name + ".yaml"
		plant, err := configs.Plants.ReadFile(file)
		if err != nil {
			return err
		}
		opened := p.opened.Format(time.RFC3339)
		plant = fmt.Appendf(plant, "agents:\n  import-%[1]s: { tags: [%[1]s/*], until: %[2]s }\n  gw-%[1]s: { tags: [%[1]s/*], from: %[2]s }\n", name, opened)
		if err := p.write(file, plant); err != nil {
			return err
		}
	}
	return nil
}
