package evidence

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"golang.org/x/mod/sumdb/note"
)

// A witness signs a checkpoint with the time at which it saw it (C2SP
// tlog-cosignature, cosignature/v1): eight bytes of Unix seconds, then an
// Ed25519 signature over "cosignature/v1\ntime N\n" and the checkpoint's text.
// The library for it links X.509 and the network, which no verifier needs.
const (
	ed25519Alg     = 1
	cosignatureAlg = 4
	stampSize      = 8
)

// witness is a witness's key, as package note checks it.
type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (w *witness) Name() string    { return w.name }
func (w *witness) KeyHash() uint32 { return w.hash }

func (w *witness) Verify(message, signature []byte) bool {
	if len(signature) != stampSize+ed25519.SignatureSize || bytes.Count(message, []byte("\n")) < 2 {
		return false
	}
	seconds := binary.BigEndian.Uint64(signature)
	signed := fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", seconds, message)
	return ed25519.Verify(w.key, signed, signature[stampSize:])
}

// parseWitness reads a verifier text NAME+HASH+BASE64. The hash is the start of
// SHA-256(NAME LF material), where the material begins with the algorithm; that
// of a witness's Ed25519 key for other signatures is counted as a cosignature's.
func parseWitness(verifier string) (*witness, error) {
	name, rest, _ := strings.Cut(verifier, "+")
	hash, text, _ := strings.Cut(rest, "+")
	material, err := base64.StdEncoding.DecodeString(text)
	switch {
	case err != nil, name == "", strings.ContainsFunc(name, unicode.IsSpace), len(hash) != 8, len(material) != 1+ed25519.PublicKeySize:
		return nil, errors.New("malformed verifier id")
	case material[0] != ed25519Alg && material[0] != cosignatureAlg:
		return nil, errors.New("unknown verifier algorithm")
	}
	material[0] = cosignatureAlg
	sum := sha256.Sum256(append([]byte(name+"\n"), material...))
	return &witness{name: name, hash: binary.BigEndian.Uint32(sum[:]), key: ed25519.PublicKey(material[1:])}, nil
}

// OpenCosigned checks a witness's signature on a checkpoint against its
// verifier text and returns when the witness saw it.
func OpenCosigned(data []byte, verifier string) (time.Time, error) {
	none := time.Time{}
	verifier = strings.TrimSpace(verifier)
	w, err := parseWitness(verifier)
	if err != nil {
		return none, fmt.Errorf("verifier %q: %w; it looks like name+1a2b3c4d+base64", verifier, err)
	}
	if !strings.HasPrefix(verifier, fmt.Sprintf("%s+%08x+", w.name, w.hash)) {
		return none, fmt.Errorf("verifier %q: its hash is not the one of its name and key", verifier)
	}
	n, err := note.Open(data, note.VerifierList(w))
	var unverified *note.UnverifiedNoteError
	if errors.As(err, &unverified) {
		return none, errors.New("it has not signed this checkpoint")
	}
	if err != nil {
		return none, fmt.Errorf("open checkpoint: %w", err)
	}
	signature, err := base64.StdEncoding.DecodeString(n.Sigs[0].Base64)
	if err != nil {
		return none, err
	}
	const hashSize = 4 // of the key, before the signature
	return time.Unix(int64(binary.BigEndian.Uint64(signature[hashSize:])), 0), nil
}
