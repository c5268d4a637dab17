package custody

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
)

// MaxFile is the greatest size in bytes of a plant or method file.
const MaxFile = 8 << 20

// maxInLeaf is how large a file may be that stands in a leaf itself.
const maxInLeaf = 60_000

const reference = "nielu file 1\nsha256:"

// Refer returns what stands in a leaf for a file: the file, or if that is too
// large a text that names it by its digest, and large is true: the file is then
// kept, and handed on, beside the log.
//
//	nielu file 1
//	sha256:<64 hexadecimal digits>
func Refer(file []byte) (body []byte, large bool) {
	if len(file) <= maxInLeaf {
		return file, false
	}
	return fmt.Appendf(nil, "%s%x\n", reference, sha256.Sum256(file)), true
}

// Referred returns the digest, "sha256:" and hexadecimal, of the file that a
// leaf's body stands for; false: the body is the file itself.
func Referred(body []byte) (digest string, large bool) {
	rest, ok := strings.CutPrefix(string(body), reference)
	digest, end, _ := strings.Cut(rest, "\n")
	if !ok || end != "" || !digestForm("sha256:"+digest) || !bytes.HasSuffix(body, []byte("\n")) {
		return "", false
	}
	return "sha256:" + digest, true
}

// Content returns the file that a leaf's body is or stands for. One that it
// stands for is taken from read, by its digest, and compared with it.
func Content(body []byte, read func(digest string) ([]byte, error)) ([]byte, error) {
	digest, large := Referred(body)
	if !large {
		return body, nil
	}
	if read == nil {
		return nil, fmt.Errorf("the file %s is too large for its leaf, and there is nowhere to take it from", digest)
	}
	file, err := read(digest)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the file %s: %w; put it back from a backup", digest, err)
	case len(file) > MaxFile:
		return nil, fmt.Errorf("the file %s has %d bytes, at most %d are allowed", digest, len(file), MaxFile)
	case fmt.Sprintf("sha256:%x", sha256.Sum256(file)) != digest:
		return nil, fmt.Errorf("the file %s was changed; put it back from a backup", digest)
	}
	return file, nil
}

func digestForm(text string) bool {
	hex, ok := strings.CutPrefix(text, "sha256:")
	return ok && len(hex) == 2*sha256.Size && strings.Trim(hex, "0123456789abcdef") == ""
}
