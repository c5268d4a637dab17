package export

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/statement"
)

// methods compares the method files that statements of the plant rest on with
// those that this program carries. A method is added and never edited, so a
// file of a published name and edition that says anything else is somebody's
// own rule under a name that people trust.
func (a *audit) methods(ctx context.Context) error {
	seen := map[string]bool{}
	for _, l := range a.leaves.ofKind(evidence.Statement, a.manifest.Plant) {
		leaf, err := a.leaves.leaf(ctx, l)
		if err != nil {
			return err
		}
		said, err := statement.Parse(leaf.Body)
		if err != nil || seen[said.Account.FactorsDigest] {
			continue
		}
		seen[said.Account.FactorsDigest] = true
		at, file, err := a.leaves.byDigest(ctx, said.Account.FactorsDigest, l.Index)
		if err != nil {
			continue // said where the statement is made again
		}
		m, err := carbon.ParseMethod(at.Name, file)
		if err != nil {
			continue
		}
		a.method(at, m)
	}
	return nil
}

// method compares one method file with the published one of its name.
func (a *audit) method(l leafRef, m *carbon.Method) {
	text, published := a.published(m.ID)
	sum := sha256.Sum256(text)
	same := hex.EncodeToString(sum[:]) == m.Digest
	switch other, err := carbon.ParseMethod(m.ID, text); {
	case !published || err != nil:
		a.foreignMethods = append(a.foreignMethods, fmt.Sprintf("the method %s is not published with this release", m.ID))
	case same:
	case other.Edition != m.Edition:
		a.foreignMethods = append(a.foreignMethods, fmt.Sprintf("the method %s is of edition %s, this release publishes %s", m.ID, m.Edition, other.Edition))
	default:
		a.foreignMethods = append(a.foreignMethods, fmt.Sprintf("the method file %s is not the published one", m.ID))
		a.fault("method", leafName(l.Index), "do not rely on statements by this file; compare it with configs/methods/"+m.ID+".yaml of this release, line by line",
			"is named %s, edition %s, and is not the file published under that name: it has the digest sha256:%s, the published one sha256:%x", m.ID, m.Edition, m.Digest, sum)
	}
}
