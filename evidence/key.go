package evidence

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/nielu/nielu/evidence/durable"
)

// SigningKey is an Ed25519 key with a name: the log's, or an agent's.
type SigningKey struct {
	verifier string
	private  ed25519.PrivateKey
	signer   note.Signer
}

// GenerateKey makes a key and returns its two texts: the signer, to be kept
// secret, and the verifier, to be handed out. The name has no spaces and no '+'.
func GenerateKey(name string) (signer, verifier string, err error) {
	signer, verifier, err = note.GenerateKey(rand.Reader, name)
	if err != nil {
		return "", "", fmt.Errorf("make key %q: %w", name, err)
	}
	return signer, verifier, nil
}

// ParseKey reads the signer text of a key.
func ParseKey(text string) (*SigningKey, error) {
	text = strings.TrimSpace(text)
	signer, err := note.NewSigner(text)
	if err != nil {
		return nil, errors.New("parse key: not a signer text, which begins with PRIVATE+KEY+")
	}
	raw, err := base64.StdEncoding.DecodeString(text[len("PRIVATE+KEY+")+len(signer.Name())+len("+00000000+"):])
	if err != nil || len(raw) != 1+ed25519.SeedSize {
		return nil, errors.New("parse key: not an Ed25519 seed")
	}
	private := ed25519.NewKeyFromSeed(raw[1:])
	verifier, err := note.NewEd25519VerifierKey(signer.Name(), private.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, fmt.Errorf("parse key: %w", err)
	}
	return &SigningKey{verifier: verifier, private: private, signer: signer}, nil
}

// LoadOrCreateKey reads the key in the file at path, or makes one of that
// name, readable by its owner only and on disk before it returns. A key of
// another name is an error.
func LoadOrCreateKey(path, name string) (*SigningKey, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		made, _, err := GenerateKey(name)
		if err != nil {
			return nil, err
		}
		if err := durable.Write(path, []byte(made+"\n"), 0o600); err != nil {
			return nil, fmt.Errorf("store key: %w", err)
		}
		return ParseKey(made)
	}
	if err != nil {
		return nil, fmt.Errorf("load key: %w", err)
	}
	key, err := ParseKey(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w; restore the file from a backup, or move it away and enrol a new key", path, err)
	}
	if key.Name() != name {
		return nil, fmt.Errorf("%s: the key is named %q, not %q; give the right file or the right name", path, key.Name(), name)
	}
	return key, nil
}

// Name returns the name of the key.
func (k *SigningKey) Name() string { return k.signer.Name() }

// Verifier returns the text that others pin to check what this key signed.
func (k *SigningKey) Verifier() string { return k.verifier }

// Public returns the public key.
func (k *SigningKey) Public() ed25519.PublicKey { return k.private.Public().(ed25519.PublicKey) }

// Sign signs a message, which must begin with its own domain.
func (k *SigningKey) Sign(message []byte) []byte { return ed25519.Sign(k.private, message) }

// Signer returns the key as what signs notes.
func (k *SigningKey) Signer() note.Signer { return k.signer }

// SignNote signs a text that ends in a newline (C2SP signed-note).
func (k *SigningKey) SignNote(text string) ([]byte, error) {
	return note.Sign(&note.Note{Text: text}, k.signer)
}

// OpenNote checks a signed note against a verifier text and returns the text of the note.
func OpenNote(data []byte, verifier string) (string, error) {
	v, err := note.NewVerifier(strings.TrimSpace(verifier))
	if err != nil {
		return "", fmt.Errorf("verifier %q: %w; it looks like name+1a2b3c4d+base64", verifier, err)
	}
	n, err := note.Open(data, note.VerifierList(v))
	if err != nil {
		return "", fmt.Errorf("open note: %w", err)
	}
	return n.Text, nil
}

// ReadNote returns the text of a note with one signature, and the name of the
// key that is said to have made it. Nothing is checked: see [OpenNote].
func ReadNote(data []byte) (text, by string, err error) {
	n, err := note.Open(data, note.VerifierList())
	var unknown *note.UnverifiedNoteError
	switch {
	case errors.As(err, &unknown):
		n = unknown.Note
	case err != nil:
		return "", "", fmt.Errorf("read note: %w", err)
	}
	if all := append(n.Sigs, n.UnverifiedSigs...); len(all) == 1 {
		return n.Text, all[0].Name, nil
	}
	return "", "", errors.New("read note: it must bear one signature")
}

// PublicKey returns the name and the public key in a verifier text.
func PublicKey(verifier string) (string, ed25519.PublicKey, error) {
	verifier = strings.TrimSpace(verifier)
	v, err := note.NewVerifier(verifier)
	if err != nil {
		return "", nil, fmt.Errorf("verifier %q: %w; it looks like name+1a2b3c4d+base64", verifier, err)
	}
	raw, err := base64.StdEncoding.DecodeString(verifier[len(v.Name())+len("+00000000+"):])
	if err != nil || len(raw) != 1+ed25519.PublicKeySize {
		return "", nil, fmt.Errorf("verifier %q: not an Ed25519 key", verifier)
	}
	return v.Name(), ed25519.PublicKey(raw[1:]), nil
}
