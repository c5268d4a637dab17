package export

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nielu/nielu/measure"
)

// Format names the edition of the bundle's form that is written.
const Format = "nielu-bundle/v4"

// printedFormat is the edition before it, which is still read. A bundle of it
// holds the printed files besides.
const printedFormat = "nielu-bundle/v3"

// Manifest says what a bundle answers. Through the digest of the list of
// digests it vouches for every file.
type Manifest struct {
	Format string        `json:"format"`
	MadeBy string        `json:"made_by"` // program and version
	Key    string        `json:"key"`     // verifier key of the manifest's signature
	Plant  string        `json:"plant"`
	From   time.Time     `json:"from"`
	To     time.Time     `json:"to"`
	Log    ManifestLog   `json:"log"`
	Views  ManifestViews `json:"views"`
	Gaps   []Gap         `json:"gaps"`
	Sums   string        `json:"sha256sums"` // SHA-256 of the file SHA256SUMS, hex
}

// ManifestLog is the state of the log the bundle was taken from.
type ManifestLog struct {
	Origin string `json:"origin"`
	Size   uint64 `json:"size"`
	Root   string `json:"root"` // hex
	Key    string `json:"key"`  // verifier key of the checkpoint's signature
}

// ManifestViews says from which leaves the views were computed.
type ManifestViews struct {
	PlantFile uint64   `json:"plant_file"` // leaf index
	LabFiles  []uint64 `json:"lab_files"`  // leaf indexes
}

// Interval returns [From, To).
func (m Manifest) Interval() measure.Interval { return measure.Interval{From: m.From, To: m.To} }

// keys returns the key that the bundle itself names for a role.
func (m Manifest) keys(role string) []string {
	if role == "log" {
		return []string{m.Log.Key}
	}
	return []string{m.Key}
}

// Encode returns the manifest's one spelling: JSON with an indent of one
// space, no escapes that JSON does not demand, a newline at the end.
func (m Manifest) Encode() []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(m); err != nil {
		panic("export: a manifest holds only strings, integers and times: " + err.Error())
	}
	return b.Bytes()
}

// ParseManifest reads a manifest and refuses any other spelling than [Manifest.Encode]'s.
func ParseManifest(data []byte) (Manifest, error) {
	var m Manifest
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return m, fmt.Errorf("parse manifest: %w", err)
	}
	if m.Format != Format && m.Format != printedFormat {
		return m, fmt.Errorf("parse manifest: format %q, this program reads %s and %s: use the release that made the bundle (%s)", m.Format, Format, printedFormat, m.MadeBy)
	}
	if err := checkInterval(m.Interval()); err != nil {
		return m, fmt.Errorf("parse manifest: %w", err)
	}
	if !bytes.Equal(m.Encode(), data) {
		return m, errors.New("parse manifest: not in its canonical spelling")
	}
	return m, nil
}

// longest is the longest interval of a bundle. It bounds what a bundle can ask
// a verifier to compute.
const longest = 366 * 24 * time.Hour

func checkInterval(w measure.Interval) error {
	if w.From.Year() < 1971 || w.To.Year() > 2261 || !w.From.Before(w.To) || w.Length() > longest {
		return fmt.Errorf("%s is not an interval of a bundle: at most 366 days, between 1971 and 2261", w)
	}
	return nil
}

// signedText is what the export key signs: the manifest's digest.
func signedText(m Manifest) string {
	sum := sha256.Sum256(m.Encode())
	return m.Format + "\nsha256 " + hex.EncodeToString(sum[:]) + "\n"
}

// appendSum adds a file to the text of SHA256SUMS, in the form of the program
// sha256sum.
func appendSum(sums []byte, name string, digest [sha256.Size]byte) []byte {
	return fmt.Appendf(sums, "%x  %s\n", digest, name)
}

// parseSum reads one line of SHA256SUMS in its one spelling.
func parseSum(line []byte) (name string, digest [sha256.Size]byte, ok bool) {
	const hexSize = 2 * sha256.Size
	if len(line) < hexSize+3 || line[len(line)-1] != '\n' {
		return "", digest, false
	}
	if _, err := hex.Decode(digest[:], line[:hexSize]); err != nil {
		return "", digest, false
	}
	name = string(line[hexSize+2 : len(line)-1])
	return name, digest, checkName(name) == nil && bytes.Equal(appendSum(nil, name, digest), line)
}
