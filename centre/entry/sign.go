package entry

import (
	"context"
	"fmt"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/pipeline/statement"
)

// Sign takes a signed note on a statement, if its key may do that and the
// statement is in the state for it. It returns how far the statement has come.
func (s *Service) Sign(ctx context.Context, author, event string, note []byte) (*statement.Status, error) {
	keys := s.Makers
	if event == string(statement.Certify) {
		keys = s.Verifiers
	}
	text, by, err := evidence.ReadNote(note)
	if err != nil {
		return nil, refused("send the note that nielu statement sign or nielu-audit certify wrote", "%v", err)
	}
	trusted := false
	for _, key := range keys {
		if name, _, err := evidence.PublicKey(key); err == nil && name == by {
			_, err := evidence.OpenNote(note, key)
			trusted = trusted || err == nil
		}
	}
	if !trusted {
		return nil, refused("add the key to makers or verifiers in the centre's file", "no key of the centre's file that may %s is named %s and made this signature", event, by)
	}
	signature, err := statement.ReadSignature(event, []byte(text))
	if err == nil && string(signature.Kind) != event {
		err = fmt.Errorf("the note is there to %s, not to %s", signature.Kind, event)
	}
	if err != nil {
		return nil, refused("send the note as it was written", "%v", err)
	}
	signature.By = by
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.Archive.Plants {
		statements, err := s.Archive.Statements(ctx, p.ID)
		if err != nil {
			return nil, err
		}
		signed := statements.Find(signature.Digest)
		if signed == nil {
			continue
		}
		if err := statements.Apply(signature); err != nil {
			return nil, refused("see nielu statement list for where each statement stands", "%v", err)
		}
		index, err := s.append(ctx, evidence.Leaf{
			Kind: evidence.Signature, Name: event, Plants: []string{p.ID}, Body: note,
			From: signed.Interval.From.UnixNano(), To: signed.Interval.To.UnixNano(),
		})
		if err != nil {
			return nil, err
		}
		if _, err := s.Log.Published(ctx, index+1); err != nil { // so that an export that follows holds it
			return nil, err
		}
		s.Logger.Info("statement "+string(signed.State), "lot", signed.Lot, "revision", signed.Revision, "by", by, "entered_by", author, "reason", signature.Reason, "leaf", index)
		return signed, nil
	}
	return nil, refused("it must be of a statement in this centre's log", "there is no statement with the digest sha256:%s", signature.Digest)
}
