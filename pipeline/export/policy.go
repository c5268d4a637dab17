package export

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nielu/nielu/evidence"
)

// Policy is what the auditor trusts, obtained from somebody other than who
// made the bundle. The zero Policy trusts nothing: [Verify] then takes keys
// from the bundle itself and says so.
type Policy struct {
	Logs    []string // verifier keys of logs whose checkpoints count
	Exports []string // verifier keys that may sign a manifest
	Centres []string // verifier keys by which centres sign what they and people decide; none: those enrolled for it in the log
	Signers []string // verifier keys that may sign leaves; none: those enrolled in the log

	Makers    []string // verifier keys that sign statements and withdraw them
	Verifiers []string // verifier keys that certify statements

	Witnesses []string // verifier keys of witnesses, whose cosignatures count
	Quorum    int      // how many of them must have signed the checkpoint
}

// signers returns the keys that the policy lets sign leaves for a role; none:
// it says nothing of them. A revocation in the log ends a key whatever is
// listed here.
func (p Policy) signers(role evidence.Role) []string {
	if role == evidence.Centre && len(p.Centres) > 0 {
		return p.Centres
	}
	return p.Signers
}

// trusts tells whether the policy names any key.
func (p Policy) trusts() bool { return len(p.Logs) > 0 }

// ParsePolicy reads a policy file: one fact a line. "log KEY", "export KEY",
// "centre KEY", "signer KEY", "maker KEY", "verifier KEY" and "witness KEY"
// name keys as signed notes write them, "name+1a2b3c4d+base64", whose middle
// part is a checksum of the other two; that of a witness is one for
// cosignatures (C2SP tlog-cosignature). "quorum N" says how many witnesses are enough; without it
// all are needed. Empty lines and lines that start with '#' are passed over.
// All errors are returned at once.
func ParsePolicy(file string, data []byte) (Policy, error) {
	p := policyFile{name: file, lines: map[string][]int{}, materials: map[string]bool{}}
	for line := range bytes.Lines(data) {
		p.number++
		if text := strings.TrimSpace(string(line)); text != "" && text[0] != '#' {
			p.line(text)
		}
	}
	switch n := len(p.Witnesses); {
	case p.quorumAt == 0:
		p.Quorum = n
	case p.Quorum > n:
		p.number = p.quorumAt
		p.fault(len("quorum ")+1, "%d of %d witnesses can never be reached: add lines \"witness KEY\", or lower it", p.Quorum, n)
	}
	for i, key := range p.Verifiers {
		_, _, material := cutKey(key)
		for _, maker := range p.Makers {
			if _, _, same := cutKey(maker); bytes.Equal(material, same) {
				p.number = p.lines["verifier"][i]
				p.fault(len("verifier ")+1, "the maker %s has the same key: who signs a statement cannot certify it", keyName(maker))
			}
		}
	}
	if len(p.errs) == 0 && len(p.Logs) == 0 {
		p.number = 1
		p.fault(1, "no log is trusted: add a line \"log KEY\" with the verifier key of the centre's log")
	}
	return p.Policy, errors.Join(p.errs...)
}

// policyFile is a policy while its file is read.
type policyFile struct {
	Policy
	name      string
	number    int // of the line
	quorumAt  int
	lines     map[string][]int // by role, of each key
	materials map[string]bool  // of witnesses: one key under two names is one witness
	errs      []error
}

func (p *policyFile) fault(column int, format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf("%s:%d:%d: %s", p.name, p.number, column, fmt.Sprintf(format, args...)))
}

func (p *policyFile) line(text string) {
	role, key, _ := strings.Cut(text, " ")
	key = strings.TrimSpace(key)
	list := map[string]*[]string{"log": &p.Logs, "export": &p.Exports, "centre": &p.Centres, "signer": &p.Signers, "witness": &p.Witnesses, "maker": &p.Makers, "verifier": &p.Verifiers}[role]
	name, hash, material := cutKey(key)
	switch column := len(role) + 2; {
	case role == "quorum":
		p.quorum(column, key)
	case list == nil:
		p.fault(1, "unknown role %q: a line is \"log KEY\", \"export KEY\", \"centre KEY\", \"signer KEY\", \"maker KEY\", \"verifier KEY\", \"witness KEY\" or \"quorum N\"", role)
	case !verifierKey(key):
		p.fault(column, "%q is not a verifier key: it looks like name+1a2b3c4d+base64", key)
	case hash != checksum(name, material):
		p.fault(column, "%s is not a key: its parts do not fit together, so a character of it is wrong; copy it again from where it was published", key)
	case role != "witness" && (material[0] != ed25519Key || len(material) != 33):
		p.fault(column, "this is not the key of a signer (Ed25519): ask for the verifier key again")
	case slices.Contains(*list, key):
		p.fault(column, "this key is listed twice")
	case role == "witness" && (material[0] != cosignature || len(material) != 33):
		p.fault(column, "this is not the key of a witness: ask it for its key for cosignatures (C2SP cosignature/v1)")
	case role == "witness" && p.materials[string(material)]:
		p.fault(column, "this witness is listed under another name")
	default:
		*list, p.lines[role] = append(*list, key), append(p.lines[role], p.number)
		if role == "witness" {
			p.materials[string(material)] = true
		}
	}
}

func (p *policyFile) quorum(column int, text string) {
	n, err := strconv.Atoi(text)
	switch {
	case p.quorumAt > 0:
		p.fault(1, "the quorum is given twice")
	case err != nil || n < 1:
		p.fault(column, "%q is not a number of witnesses from 1 on", text)
	default:
		p.Quorum, p.quorumAt = n, p.number
	}
}

// The kinds of keys, as their first byte says (C2SP signed-note).
const (
	ed25519Key  = 1
	cosignature = 4
)

// checksum returns the hash by which a verifier key names itself: the first
// four bytes of SHA-256(name LF material), in hexadecimal (C2SP signed-note).
func checksum(name string, material []byte) string {
	sum := sha256.Sum256(append([]byte(name+"\n"), material...))
	return hex.EncodeToString(sum[:4])
}

// cutKey takes a verifier key NAME+HASH+BASE64 apart.
func cutKey(key string) (name, hash string, material []byte) {
	name, rest, _ := strings.Cut(key, "+")
	hash, raw, _ := strings.Cut(rest, "+")
	material, err := strictBase64.DecodeString(raw)
	if err != nil {
		return name, hash, nil
	}
	return name, hash, material
}

// verifierKey tells whether key has the form NAME+HASH+BASE64.
func verifierKey(key string) bool {
	name, hash, material := cutKey(key)
	return name != "" && !strings.ContainsAny(name, " \t") && len(hash) == 8 && len(material) > 1
}

// keyName returns the name in a verifier key.
func keyName(key string) string {
	name, _, _ := strings.Cut(key, "+")
	return name
}
