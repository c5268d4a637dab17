package centre

import (
	"context"
	"errors"
	"fmt"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/pipeline/statement"
)

// Sign takes a signed note on a statement, if its key may do that and the
// statement is in the state for it.
func (w desk) Sign(ctx context.Context, author, event string, note []byte) (any, error) {
	keys := w.Config.Makers
	if event == string(statement.Certify) {
		keys = w.Config.Verifiers
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
	act, err := statement.ReadSignature(event, []byte(text))
	if err == nil && string(act.Event) != event {
		err = fmt.Errorf("the note is there to %s, not to %s", act.Event, event)
	}
	if err != nil {
		return nil, refused("send the note as it was written", "%v", err)
	}
	act.By = by
	w.entering.Lock()
	defer w.entering.Unlock()
	for _, p := range w.Centre.Plants {
		r, err := w.acts.register(ctx, w.Reader, p.ID)
		if err != nil {
			return nil, err
		}
		s := r.Find(act.Digest)
		if s == nil {
			continue
		}
		if err := r.Do(act); err != nil {
			return nil, refused("see nielu statement list for where each statement stands", "%v", err)
		}
		index, err := w.append(ctx, evidence.Leaf{
			Kind: evidence.Signature, Name: event, Plants: []string{p.ID}, Body: note,
			From: s.Interval.From.UnixNano(), To: s.Interval.To.UnixNano(),
		})
		if err != nil {
			return nil, err
		}
		if _, err := w.Evidence.Published(ctx, index+1); err != nil { // so that an export that follows holds it
			return nil, err
		}
		w.Logger.Info("statement "+string(s.State), "lot", s.Lot, "revision", s.Revision, "by", by, "entered_by", author, "reason", act.Reason, "leaf", index)
		return standingOf(s), nil
	}
	return nil, refused("it must be of a statement in this centre's log", "there is no statement with the digest sha256:%s", act.Digest)
}

// StatementText returns the text of the newest statement of a lot by the
// centre's method, from the log as it is on disk.
func (c *Config) StatementText(ctx context.Context, plant, lot string) ([]byte, error) {
	archive, err := c.Archive()
	if err != nil {
		return nil, err
	}
	found, err := archive.Vouched().Find(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Statement}, Plant: plant})
	if err != nil {
		return nil, err
	}
	for i := len(found) - 1; i >= 0; i-- {
		data, err := archive.Log.Entry(ctx, found[i].Index)
		if err != nil {
			return nil, err
		}
		leaf, err := evidence.DecodeLeaf(data)
		if err != nil {
			return nil, err
		}
		if leaf.Name == lot {
			return leaf.Body, nil
		}
	}
	return nil, ErrNoStatement
}

// ErrNoStatement says that a lot is not stated.
var ErrNoStatement = errors.New("there is no such statement")
