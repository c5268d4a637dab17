package demo

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

// writePlants writes the plant files of the site: the built-in ones, and which
// agent reads their tags. The import brings what was before the site first
// opened, the gateways what comes from then on.
func (s *Site) writePlants() error {
	path := filepath.Join(s.dir, "opened")
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.opened = s.now.UTC().Truncate(time.Minute)
		err = os.WriteFile(path, []byte(s.opened.Format(time.RFC3339)), 0o600)
	case err == nil:
		s.opened, err = time.Parse(time.RFC3339, string(text))
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
		opened := s.opened.Format(time.RFC3339)
		plant = fmt.Appendf(plant, "agents:\n  import-%[1]s: { tags: [%[1]s/*], until: %[2]s }\n  gw-%[1]s: { tags: [%[1]s/*], from: %[2]s }\n", name, opened)
		if err := s.write(file, plant); err != nil {
			return err
		}
	}
	return nil
}
