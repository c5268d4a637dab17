package evidence

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

func TestKeyIsKeptAndNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agent.key")
	key := ok[*SigningKey](t)(LoadOrCreateKey(path, "gw-1"))
	again := ok[*SigningKey](t)(LoadOrCreateKey(path, "gw-1"))
	if again.Verifier() != key.Verifier() {
		t.Error("the key changed when it was loaded")
	}
	if info := ok[os.FileInfo](t)(os.Stat(path)); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if _, err := LoadOrCreateKey(path, "gw-2"); err == nil {
		t.Error("a key of another name was taken")
	}
	name, public, err := PublicKey(key.Verifier())
	if err != nil || name != "gw-1" || !public.Equal(key.Public()) {
		t.Errorf("public key of %q: %v", name, err)
	}
	signed := ok[[]byte](t)(key.SignNote("text\n"))
	if text, err := OpenNote(signed, key.Verifier()); err != nil || text != "text\n" {
		t.Errorf("note: %q, %v", text, err)
	}
	v := ok[note.Verifier](t)(note.NewVerifier(key.Verifier()))
	if !v.Verify([]byte("message"), key.Sign([]byte("message"))) {
		t.Error("another library does not verify what the key signed")
	}
	if err := os.WriteFile(path, []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadOrCreateKey(path, "gw-1"); err == nil {
		t.Error("a damaged key was replaced without a word")
	}
}
