package export

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Policy is what the auditor trusts, obtained from somebody other than who
// made the bundle. The zero Policy trusts nothing: [Verify] then takes keys
// from the bundle itself and says so.
type Policy struct {
	Logs    []string // verifier keys of logs whose checkpoints count
	Exports []string // verifier keys that may sign a manifest
	Signers []string // verifier keys that may sign leaves; none: those enrolled in the log
}

// ParsePolicy reads a policy file: one "role key" a line, where role is log,
// export or signer and key is a verifier key as signed notes write it,
// "name+1a2b3c4d+base64". Empty lines and lines that start with '#' are
// passed over. All errors are returned at once.
func ParsePolicy(file string, data []byte) (Policy, error) {
	var p Policy
	var errs []error
	number := 0
	for line := range bytes.Lines(data) {
		number++
		text := strings.TrimSpace(string(line))
		if text == "" || text[0] == '#' {
			continue
		}
		role, key, _ := strings.Cut(text, " ")
		key = strings.TrimSpace(key)
		list := map[string]*[]string{"log": &p.Logs, "export": &p.Exports, "signer": &p.Signers}[role]
		switch {
		case list == nil:
			errs = append(errs, fmt.Errorf("%s:%d:1: unknown role %q: a line is \"log KEY\", \"export KEY\" or \"signer KEY\"", file, number, role))
		case !verifierKey(key):
			errs = append(errs, fmt.Errorf("%s:%d:%d: %q is not a verifier key: it looks like name+1a2b3c4d+base64", file, number, len(role)+2, key))
		case slices.Contains(*list, key):
			errs = append(errs, fmt.Errorf("%s:%d:%d: this key is listed twice", file, number, len(role)+2))
		default:
			*list = append(*list, key)
		}
	}
	if len(errs) == 0 && len(p.Logs) == 0 {
		errs = append(errs, fmt.Errorf("%s:1:1: no log is trusted: add a line \"log KEY\" with the verifier key of the centre's log", file))
	}
	return p, errors.Join(errs...)
}

// verifierKey tells whether key has the form NAME+HASH+BASE64.
func verifierKey(key string) bool {
	name, rest, _ := strings.Cut(key, "+")
	hash, raw, _ := strings.Cut(rest, "+")
	material, err := strict.DecodeString(raw)
	return name != "" && !strings.ContainsAny(name, " \t") && len(hash) == 8 && err == nil && len(material) > 1
}

// keyName returns the name in a verifier key.
func keyName(key string) string {
	name, _, _ := strings.Cut(key, "+")
	return name
}
