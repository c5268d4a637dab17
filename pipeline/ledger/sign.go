package ledger

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
)

// Sign returns a statement's text with a line below it:
//
//	signature NAME BASE64
//
// name is the key's, without spaces; sign signs the text, whose first line
// keeps the signature from being taken for that of anything else.
func Sign(text []byte, name string, sign func(message []byte) []byte) ([]byte, error) {
	if name == "" || strings.ContainsAny(name, " \n") {
		return nil, fmt.Errorf("sign statement: key name %q must be one word", name)
	}
	if _, err := Parse(text); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	signature := sign(text)
	return fmt.Appendf(bytes.Clone(text), "signature %s %s\n", name, base64.StdEncoding.EncodeToString(signature)), nil
}

// Verify reads a signed statement, if verify vouches for the signature of the
// key so named.
func Verify(signed []byte, verify func(name string, message, signature []byte) bool) (Statement, error) {
	i := bytes.LastIndex(signed, []byte("\nsignature "))
	if i < 0 {
		return Statement{}, fmt.Errorf("verify statement: no signature below it")
	}
	text, rest := signed[:i+1], string(signed[i+1:])
	f := strings.Split(strings.TrimSuffix(rest, "\n"), " ")
	if len(f) != 3 || !strings.HasSuffix(rest, "\n") {
		return Statement{}, fmt.Errorf("verify statement: the last line is not signature, key name and base64")
	}
	signature, err := base64.StdEncoding.Strict().DecodeString(f[2])
	if err != nil {
		return Statement{}, fmt.Errorf("verify statement: signature: %w", err)
	}
	if !verify(f[1], text, signature) {
		return Statement{}, fmt.Errorf("verify statement: the signature of %s does not fit the text: it was altered, or the key is another", f[1])
	}
	return Parse(text)
}
