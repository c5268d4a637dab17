package export

import (
	"context"
	"fmt"
	"slices"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/pipeline/statement"
)

// SignatureSeen is a signature on a statement.
type SignatureSeen struct {
	Leaf   uint64 `json:"leaf"`
	Event  string `json:"event"` // sign, certify or withdraw
	By     string `json:"by"`
	Reason string `json:"reason,omitempty"` // of a withdrawal
	Result string `json:"result"`           // whether the key is one that the auditor trusts for it
}

// What became of a signature.
const (
	signedByTrusted = "checked with the key in the policy"
	signedByOther   = "not checked: the policy names no such key"
)

// statementStates follows the statements through their signatures, by the table of
// package ledger, and checks each signature with the keys that the policy
// names for it: makers sign and withdraw, verifiers certify. One that bears
// the name of a trusted key and is not by it is a fault; one by a stranger
// counts for nothing and is said to be unchecked.
func (a *audit) statementStates(ctx context.Context) error {
	register, before := &statement.Register{}, moves{}
	for _, l := range a.leaves.list {
		if l.Kind != evidence.Clock && (l.Kind != evidence.Statement && l.Kind != evidence.Signature || !slices.Contains(l.Plants, a.manifest.Plant)) {
			continue
		}
		leaf, err := a.leaves.leaf(ctx, l)
		if err != nil {
			return err
		}
		if l.Kind == evidence.Clock {
			a.movedAway(register, before, l, leaf)
			continue
		}
		if l.Kind == evidence.Statement {
			s, err := statement.Parse(leaf.Body)
			if err != nil {
				continue // it is a fault already, or of another time
			}
			if l.From != s.Interval.From.UnixNano() || l.To != s.Interval.To.UnixNano() {
				a.fault("statement", leafName(l.Index), "do not rely on this statement; ask the centre why it is hidden from bundles of its time", "states a lot of %s, its leaf says %s to %s", s.Interval, stamp(at(l.From)), stamp(at(l.To)))
			}
			if err := register.Apply(statement.Event{Leaf: l.Index, Kind: statement.Seal, Statement: &s, Digest: statement.DigestOf(leaf.Body)}); err != nil {
				a.fault("statement", leafName(l.Index), "ask the centre how this statement came into the log", "%v", err)
			}
			continue
		}
		a.signature(register, l, leaf)
	}
	for _, s := range register.Statements {
		for i := range a.report.Statements {
			if a.report.Statements[i].Leaf == s.Leaf {
				r := &a.report.Statements[i]
				r.State = string(s.State)
				if last := s.Events[len(s.Events)-1]; last.Kind == statement.Supersede {
					r.Result += fmt.Sprintf("; superseded by leaf %d", last.Leaf)
				}
			}
		}
	}
	for _, r := range a.report.Statements {
		if r.stands() { // of the others nothing is claimed
			a.report.Notes = append(a.report.Notes, r.notes...)
		}
		a.reportOmission(r)
	}
	return a.lateEvidence(ctx)
}

// lateEvidence tells of each statement that stands and was reproduced what came into
// the log after it, where that lowers the account: the lot should have been
// stated anew, or its certificate withdrawn.
func (a *audit) lateEvidence(ctx context.Context) error {
	if len(a.leaves.list) == 0 {
		return nil
	}
	end := a.leaves.list[len(a.leaves.list)-1].Index + 1
	all := a.report.Statements
	return parallel(ctx, len(all), func(i int) (err error) {
		if r := &all[i]; r.stands() && r.Result == reproduced {
			r.late, err = a.omissionOf(ctx, *r.statement, end)
		}
		return err
	})
}

// movedAway finds a clock correction by a person that moves readings out of the time of a
// lot whose statement is certified then: what they show would count twice.
func (a *audit) movedAway(register *statement.Register, before moves, l leafRef, leaf evidence.Leaf) {
	correction, err := evidence.DecodeCorrection(leaf)
	if err != nil || l.Epoch == 0 && !slices.Contains(l.Plants, a.manifest.Plant) {
		return
	}
	if s := register.CertifiedOver(a.manifest.Plant, before.stood(correction)); s != nil && l.Epoch == 0 {
		a.fault("statement", leafName(l.Index), "rely on neither lot; ask who moved the readings and why the certificate was not withdrawn first",
			"moves readings of %s from where they stood in the time of lot %s, which is certified in leaf %d: they would count twice", correction.Agent, s.Lot, s.Leaf)
	}
	before.read(a.manifest.Plant, leaf)
}

// signature enters one signature.
func (a *audit) signature(register *statement.Register, l leafRef, leaf evidence.Leaf) {
	const do = "do not rely on this signature; ask who is said to have made it"
	text, by, err := evidence.ReadNote(leaf.Body)
	if err != nil {
		a.fault("signature", leafName(l.Index), do, "%v", err)
		return
	}
	act, err := statement.ReadSignature(l.Name, []byte(text))
	if err != nil {
		a.fault("signature", leafName(l.Index), do, "%v", err)
		return
	}
	act.Leaf, act.By = l.Index, by
	keys := a.policy.Makers
	if act.Kind == statement.Certify {
		keys = a.policy.Verifiers
	}
	seen := SignatureSeen{Leaf: l.Index, Event: string(act.Kind), By: by, Reason: act.Reason, Result: signedByOther}
	for _, key := range keys {
		if keyName(key) != by {
			continue
		}
		if _, err := evidence.OpenNote(leaf.Body, key); err != nil {
			a.fault("signature", leafName(l.Index), do, "is said to be of %s, whose key in the policy did not make it: %v", by, err)
			return
		}
		seen.Result = signedByTrusted
	}
	s := register.Find(act.Digest)
	if s == nil {
		a.report.Notes = append(a.report.Notes, fmt.Sprintf("leaf %d: %s by %s of a statement that is not in this bundle", l.Index, act.Kind, by))
		return
	}
	leafOf := s.Leaf
	if err := register.Apply(act); err != nil {
		a.fault("signature", leafName(l.Index), do, "cannot be: %v", err)
		return
	}
	for i := range a.report.Statements {
		if a.report.Statements[i].Leaf == leafOf {
			a.report.Statements[i].Signatures = append(a.report.Statements[i].Signatures, seen)
		}
	}
}

// Certifiable returns the statement of a lot that a verifier may certify: the
// standing one, reproduced from raw words, eligible, and signed by a maker
// whom the policy trusts. Else it says what is in the way.
func (r *Report) Certifiable(lot string) (StatementResult, error) {
	why := fmt.Errorf("this bundle holds no statement of lot %s", lot)
	for _, s := range r.Statements {
		if s.Name != lot {
			continue
		}
		said, err := statement.Parse([]byte(s.Text))
		signed := slices.ContainsFunc(s.Signatures, func(g SignatureSeen) bool {
			return g.Event == string(statement.Sign) && g.Result == signedByTrusted
		})
		switch {
		case err != nil:
			why = err
		case s.State != string(statement.Signed):
			why = fmt.Errorf("the statement of lot %s in leaf %d is %s; it must be signed by its maker first, and not certified yet", lot, s.Leaf, s.State)
		case s.Result != reproduced:
			why = fmt.Errorf("the statement of lot %s in leaf %d: %s", lot, s.Leaf, s.Result)
		case s.isLowered():
			why = fmt.Errorf("the statement of lot %s in leaf %d is lowered by what came after it, %s: have the lot stated anew", lot, s.Leaf, s.late.lowers)
		case !said.Account.Eligible:
			why = fmt.Errorf("the statement of lot %s in leaf %d is not eligible", lot, s.Leaf)
		case !signed:
			why = fmt.Errorf("the statement of lot %s in leaf %d was signed by nobody whom the policy names as a maker", lot, s.Leaf)
		default:
			return s, nil
		}
	}
	return StatementResult{}, why
}
