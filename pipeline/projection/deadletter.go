package projection

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"
)

// DeadLetter is a line that a server refused for what it says.
type DeadLetter struct {
	ID      int64     `json:"id"`
	At      time.Time `json:"at"`
	Status  int       `json:"status"`  // of the server's answer
	Message string    `json:"message"` // in the server's words
	Line    string    `json:"line"`
}

// insertDeadLetters keeps refused lines.
func insertDeadLetters(ctx context.Context, tx *sql.Tx, refused []DeadLetter) error {
	now := time.Now().UnixNano()
	for _, d := range refused {
		if _, err := tx.ExecContext(ctx, `INSERT INTO dead_letter (at, status, message, line, point) VALUES (?, ?, ?, ?, ?)`,
			now, d.Status, d.Message, d.Line, pointOf(d.Line)); err != nil {
			return err
		}
	}
	return nil
}

// dropSuperseded drops the dead letters of points that lines have written anew or
// withdrawals have taken away: replayed, they would undo what came later.
func dropSuperseded(ctx context.Context, tx *sql.Tx, lines []string, withdrawals []withdrawal) error {
	rows, err := tx.QueryContext(ctx, `SELECT id, line FROM dead_letter`)
	if err != nil {
		return err
	}
	letters, err := collect(rows, func(id *int64, line *string) []any { return []any{id, line} })
	if err != nil || len(letters) == 0 {
		return err
	}
	anew := make(map[string]bool, len(lines))
	for _, line := range lines {
		anew[pointOf(line)] = true
	}
	for _, letter := range letters {
		gone := anew[pointOf(letter.value)] || slices.ContainsFunc(withdrawals, func(w withdrawal) bool { return w.covers(letter.value) })
		if !gone {
			continue
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM dead_letter WHERE id = ?`, letter.key); err != nil {
			return err
		}
	}
	return nil
}

// DeadLetters returns the lines that were refused, oldest first.
func (s *Store) DeadLetters(ctx context.Context) (all []DeadLetter, err error) {
	rows, err := s.read.QueryContext(ctx, `SELECT id, at, status, message, line FROM dead_letter ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("dead letters: %w", err)
	}
	letters, err := collect(rows, func(d *DeadLetter, at *int64) []any { return []any{&d.ID, at, &d.Status, &d.Message, &d.Line} })
	if err != nil {
		return nil, fmt.Errorf("dead letters: %w", err)
	}
	for _, l := range letters {
		l.key.At = time.Unix(0, l.value).UTC()
		all = append(all, l.key)
	}
	return all, nil
}

// DropDeadLetters forgets the dead letters of the given ids. What they said
// stays in the evidence log and in the store.
func (s *Store) DropDeadLetters(ctx context.Context, ids ...int64) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		for _, id := range ids {
			if _, err := tx.ExecContext(ctx, `DELETE FROM dead_letter WHERE id = ?`, id); err != nil {
				return fmt.Errorf("dead letter %d: %w", id, err)
			}
		}
		return nil
	})
}
