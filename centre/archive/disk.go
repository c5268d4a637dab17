package archive

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/pipeline/flowsheet"
)

// Folder is where a centre keeps everything. These are the places in it.
type Folder string

// Log is the folder of the evidence log.
func (f Folder) Log() string { return filepath.Join(string(f), "log") }

// Intake is the folder of what the intake must remember.
func (f Folder) Intake() string { return filepath.Join(string(f), "intake") }

// Projection is the SQLite file of everything that is computed.
func (f Folder) Projection() string { return filepath.Join(string(f), "projection.db") }

// Keys is the folder of the centre's keys.
func (f Folder) Keys() string { return filepath.Join(string(f), "keys") }

// LogKey is the file of the verifier text of the log's key.
func (f Folder) LogKey() string { return filepath.Join(f.Keys(), "log.pub") }

// Policy is the file of the keys that an auditor may choose to trust.
func (f Folder) Policy() string { return filepath.Join(string(f), "policy.txt") }

// Files is the folder of the files that leaves name by their digests.
func (f Folder) Files() Files { return Files(filepath.Join(string(f), "files")) }

// Files is a folder of files, each under its digest.
type Files string

// Path is where the file of a digest lies, or would lie.
func (f Files) Path(digest string) string {
	return filepath.Join(string(f), strings.TrimPrefix(digest, "sha256:"))
}

// Read returns the file of a digest.
func (f Files) Read(digest string) ([]byte, error) { return os.ReadFile(f.Path(digest)) }

// Has tells whether a file is there.
func (f Files) Has(digest string) bool {
	_, err := os.Stat(f.Path(digest))
	return err == nil
}

// Disk is the archive in a folder, as another process than the centre sees it.
type Disk struct {
	*Archive
	Leaves *evidence.Reader     // every leaf, whoever signed it
	LogKey string               // verifier text
	Key    *evidence.SigningKey // signs what is exported
	Policy string               // file of the keys that an auditor may choose to trust
}

// Open opens the log in a folder for reading, and the site's export key, which
// it makes on first use.
func Open(folder Folder, site string, plants []*flowsheet.Plant) (*Disk, error) {
	verifier, err := os.ReadFile(folder.LogKey())
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no log in %s yet: start the centre first", string(folder))
	}
	if err != nil {
		return nil, fmt.Errorf("log key: %w", err)
	}
	leaves, err := evidence.OpenReader(folder.Log())
	if err != nil {
		return nil, err
	}
	key, err := ExportKey(folder, site)
	if err != nil {
		return nil, err
	}
	d := &Disk{Leaves: leaves, LogKey: strings.TrimSpace(string(verifier)), Key: key, Policy: folder.Policy()}
	_, public, err := evidence.PublicKey(d.LogKey)
	if err != nil {
		public = nil // no decision counts
	}
	d.Archive = New(&ingest.TrustedLog{Leaves: leaves, Key: public}, plants, folder.Files())
	return d, nil
}

// ExportKey loads the key that signs a site's exports, or makes it on first use.
func ExportKey(folder Folder, site string) (*evidence.SigningKey, error) {
	return evidence.LoadOrCreateKey(filepath.Join(folder.Keys(), "export.key"), "nielu-export-"+site)
}
