package evidence

import (
	"errors"
	"fmt"
	"strings"
	"time"

	cosignature "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
)

// OpenCosigned checks a witness's signature on a checkpoint against its
// verifier text and returns when the witness saw it (C2SP tlog-cosignature,
// Ed25519 cosignature/v1).
func OpenCosigned(data []byte, verifier string) (time.Time, error) {
	none := time.Time{}
	verifier = strings.TrimSpace(verifier)
	v, err := cosignature.NewVerifierForCosignatureV1(verifier)
	if err != nil {
		return none, fmt.Errorf("verifier %q: %w; it looks like name+1a2b3c4d+base64", verifier, err)
	}
	if !strings.HasPrefix(verifier, fmt.Sprintf("%s+%08x+", v.Name(), v.KeyHash())) {
		return none, fmt.Errorf("verifier %q: its hash is not the one of its name and key", verifier)
	}
	n, err := note.Open(data, note.VerifierList(v))
	var unverified *note.UnverifiedNoteError
	if errors.As(err, &unverified) {
		return none, errors.New("it has not signed this checkpoint")
	}
	if err != nil {
		return none, fmt.Errorf("open checkpoint: %w", err)
	}
	return cosignature.CoSigV1Timestamp(n.Sigs[0])
}
