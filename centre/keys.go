package centre

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nielu/nielu/centre/archive"
	"github.com/nielu/nielu/evidence"
)

// loadKeys loads the centre's keys, or makes them on first use.
func (c *Centre) loadKeys() (err error) {
	folder := c.Config.Folder().Keys()
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("folder of the centre's keys: %w", err)
	}
	if c.LogKey, err = evidence.LoadOrCreateKey(filepath.Join(folder, "log.key"), "nielu-log-"+c.Config.Site); err != nil {
		return err
	}
	c.StatementKey, err = evidence.LoadOrCreateKey(filepath.Join(folder, "statements.key"), "centre-"+c.Config.Site)
	return err
}

// publishKeys writes the public keys of the centre where people and exports
// find them.
func (c *Centre) publishKeys() error {
	folder := c.Config.Folder()
	export, err := archive.ExportKey(folder, c.Config.Site)
	if err != nil {
		return err
	}
	policy := "# The keys of this centre. Hand them to an auditor by another way than its exports.\n" +
		"log " + c.LogKey.Verifier() + "\nexport " + export.Verifier() + "\ncentre " + c.StatementKey.Verifier() + "\n"
	for _, maker := range c.Config.Makers {
		policy += "maker " + maker + "\n"
	}
	for _, verifier := range c.Config.Verifiers {
		policy += "verifier " + verifier + "\n"
	}
	return errors.Join(
		os.WriteFile(folder.LogKey(), []byte(c.LogKey.Verifier()+"\n"), 0o644),
		os.WriteFile(folder.Policy(), []byte(policy), 0o644),
	)
}
