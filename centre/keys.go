package centre

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/nielu/nielu/evidence"
)

func (c *Config) data(name string) string { return filepath.Join(c.beside(c.Data), name) }

// keys loads the centre's keys, or makes them on first use.
func (c *Config) keys() (log, statements *evidence.SigningKey, err error) {
	if err := os.MkdirAll(c.data(keyFolder), 0o700); err != nil {
		return nil, nil, fmt.Errorf("folder of the centre's keys: %w", err)
	}
	if log, err = evidence.LoadOrCreateKey(filepath.Join(c.data(keyFolder), "log.key"), "nielu-log-"+c.Site); err != nil {
		return nil, nil, err
	}
	statements, err = evidence.LoadOrCreateKey(filepath.Join(c.data(keyFolder), "statements.key"), "centre-"+c.Site)
	return log, statements, err
}
