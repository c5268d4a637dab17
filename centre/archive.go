package centre

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/evidence/durable"
)

// Archive is the log as other processes see it while the centre runs.
type Archive struct {
	Log        *evidence.Reader
	LogKey     string               // verifier text
	Key        *evidence.SigningKey // signs what is exported
	PolicyFile string               // the keys an auditor may choose to trust
}

const (
	logKeyFile = "log.pub"
	policyFile = "policy.txt"
)

// Archive opens the log for reading and the export key, which it makes on first use.
func (c *Config) Archive() (*Archive, error) {
	verifier, err := os.ReadFile(filepath.Join(c.data(keyFolder), logKeyFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no log in %s yet: start the centre first", c.data(""))
	}
	if err != nil {
		return nil, fmt.Errorf("log key: %w", err)
	}
	log, err := evidence.OpenReader(c.data(logFolder))
	if err != nil {
		return nil, err
	}
	key, err := c.exportKey()
	if err != nil {
		return nil, err
	}
	return &Archive{log, strings.TrimSpace(string(verifier)), key, c.data(policyFile)}, nil
}

func (c *Config) exportKey() (*evidence.SigningKey, error) {
	return evidence.LoadOrCreateKey(filepath.Join(c.data(keyFolder), "export.key"), "nielu-export-"+c.Site)
}

// publish writes the public keys of the centre where people and exports find them.
func (c *Config) publish(log, statements *evidence.SigningKey) error {
	key, err := c.exportKey()
	if err != nil {
		return err
	}
	policy := "# The keys of this centre. Hand them to an auditor by another way than its exports.\n" +
		"log " + log.Verifier() + "\nexport " + key.Verifier() + "\ncentre " + statements.Verifier() + "\n"
	for _, maker := range c.Makers {
		policy += "maker " + maker + "\n"
	}
	for _, verifier := range c.Verifiers {
		policy += "verifier " + verifier + "\n"
	}
	return errors.Join(
		os.WriteFile(filepath.Join(c.data(keyFolder), logKeyFile), []byte(log.Verifier()+"\n"), 0o644),
		os.WriteFile(c.data(policyFile), []byte(policy), 0o644),
	)
}

// File returns a file that records name by its digest.
func (c *Config) File(digest string) ([]byte, error) { return os.ReadFile(c.fileOf(digest)) }

func (c *Config) fileOf(digest string) string {
	return filepath.Join(c.data(fileFolder), strings.TrimPrefix(digest, "sha256:"))
}

// keepFile keeps a file on disk under its digest before it returns.
func (c *Config) keepFile(digest string, data []byte) error {
	path := c.fileOf(digest)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return durable.Write(path, data, 0o600)
}
