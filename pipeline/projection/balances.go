package projection

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/reconciled"
)

// pack writes a reconciled window as it is stored. Its words and names repeat
// from window to window, so that it shrinks to a fifth.
func pack(b reconciled.Reconciliation) ([]byte, error) {
	body, err := json.Marshal(b)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func unpack(packed []byte) (b reconciled.Reconciliation, err error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return b, err
	}
	body, err := io.ReadAll(r)
	if err != nil {
		return b, err
	}
	err = json.Unmarshal(body, &b)
	b.Interval = interval(b.From, b.To)
	return b, err
}

// ClosedWindow is the newest balance window of a plant that is over.
type ClosedWindow struct {
	Interval measure.Interval
	Closure  json.RawMessage
	Changed  int64 // greater after any change of a window that is over
}

// Closed returns the newest window that was over at an instant; ok is false if
// there is none.
func (s *Store) Closed(ctx context.Context, plant string, at time.Time) (w ClosedWindow, ok bool, err error) {
	var from, to int64
	var body []byte
	switch err := s.read.QueryRowContext(ctx, `SELECT from_ns, to_ns, json FROM closure WHERE plant = ? AND to_ns <= ? ORDER BY from_ns DESC LIMIT 1`,
		plant, at.UnixNano()).Scan(&from, &to, &body); {
	case errors.Is(err, sql.ErrNoRows):
		return w, false, nil
	case err != nil:
		return w, false, fmt.Errorf("newest window of %s: %w", plant, err)
	}
	w.Interval, w.Closure = interval(from, to), body
	if err := s.read.QueryRowContext(ctx, `SELECT max(changed) FROM closure WHERE plant = ? AND to_ns <= ?`, plant, at.UnixNano()).Scan(&w.Changed); err != nil {
		return w, false, fmt.Errorf("newest window of %s: %w", plant, err)
	}
	return w, true, nil
}

// Balances returns the reconciled windows of a plant that begin within w, in
// order of time.
func (s *Store) Balances(ctx context.Context, plant string, w measure.Interval) ([]reconciled.Reconciliation, error) {
	all := []reconciled.Reconciliation{}
	rows, err := s.read.QueryContext(ctx, `SELECT balance FROM closure WHERE plant = ? AND from_ns >= ? AND from_ns < ? ORDER BY from_ns`,
		plant, w.From.UnixNano(), w.To.UnixNano())
	if err != nil {
		return nil, fmt.Errorf("balances of %s: %w", plant, err)
	}
	defer rows.Close()
	for rows.Next() {
		var packed []byte
		if err := rows.Scan(&packed); err != nil {
			return nil, fmt.Errorf("balances of %s: %w", plant, err)
		}
		b, err := unpack(packed)
		if err != nil {
			return nil, fmt.Errorf("balances of %s: %w", plant, err)
		}
		all = append(all, b)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("balances of %s: %w", plant, err)
	}
	return all, nil
}
