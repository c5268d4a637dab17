package projection

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/closure"
	"github.com/nielu/nielu/pipeline/rollup"
)

// RollupRange is the rollups of one tag over a stretch of time, as the API
// shows them. A step that is not there was never spoken of by any evidence.
type RollupRange struct {
	Tag     measure.Tag     `json:"tag"`
	Unit    string          `json:"unit"`
	Rollups []rollup.Rollup `json:"rollups"`
}

// Now is how a plant is now, as the API shows it.
type Now struct {
	Plant   string          `json:"plant"`
	Time    time.Time       `json:"time"` // of the newest value, zero if there is none
	Tags    []Latest        `json:"tags"`
	Streams []StreamNow     `json:"streams"`
	Closure json.RawMessage `json:"closure"` // the newest, or null
}

// StreamNow is a stream's mean mass flow in the newest balance window.
type StreamNow struct {
	Stream   string     `json:"stream"`
	MassFlow StreamFlow `json:"mass_flow"`
}

// StreamFlow is a flow with its quality. What is not known has no value.
type StreamFlow struct {
	Value   *float64 `json:"value"`
	Unit    string   `json:"unit"`
	Quality string   `json:"quality"`
}

// Rollups returns the rollups of a tag that start within w, in steps of one
// minute or one hour.
func (s *Store) Rollups(ctx context.Context, tag measure.Tag, w measure.Interval, step time.Duration) (RollupRange, error) {
	out := RollupRange{Tag: tag, Rollups: []rollup.Rollup{}}
	column := "minutes"
	switch step {
	case time.Minute:
	case time.Hour:
		column = "hour"
	default:
		return out, fmt.Errorf("rollups of %s: step %s is not kept; ask for 1m or 1h", tag, step)
	}
	var id int64
	switch err := s.read.QueryRowContext(ctx, `SELECT id, unit FROM tag WHERE tag = ?`, string(tag)).Scan(&id, &out.Unit); {
	case errors.Is(err, sql.ErrNoRows):
		return out, nil
	case err != nil:
		return out, fmt.Errorf("rollups of %s: %w", tag, err)
	}
	from, to := w.From.UnixNano(), w.To.UnixNano()
	rows, err := s.read.QueryContext(ctx, `SELECT id, `+column+` FROM rollup WHERE id BETWEEN ? AND ? ORDER BY id`,
		rowID(id, floorDiv(from, hourNs)), rowID(id, floorDiv(to-1, hourNs)))
	if err != nil {
		return out, fmt.Errorf("rollups of %s: %w", tag, err)
	}
	defer rows.Close()
	out.Rollups = make([]rollup.Rollup, 0, min(max(0, (to-from)/int64(step)+1), 50_000))
	var m minutes
	var blob sql.RawBytes
	for rows.Next() {
		var row int64
		if err := rows.Scan(&row, &blob); err != nil {
			return out, fmt.Errorf("rollups of %s: %w", tag, err)
		}
		if err := m.decode(blob); err != nil {
			return out, fmt.Errorf("rollups of %s: %w", tag, err)
		}
		_, hour := splitRowID(row)
		m.each(func(i int) {
			if r := m.get(i, tag, hour*hourNs); r.From >= from && r.From < to {
				out.Rollups = append(out.Rollups, r)
			}
		})
	}
	if err := rows.Err(); err != nil {
		return out, fmt.Errorf("rollups of %s: %w", tag, err)
	}
	return out, nil
}

// Closures returns the closures of a plant whose windows begin within w, in order of time.
func (s *Store) Closures(ctx context.Context, plant string, w measure.Interval) ([]json.RawMessage, error) {
	return s.jsonRows(ctx, "closures of "+plant, `SELECT json FROM closure WHERE plant = ? AND from_ns >= ? AND from_ns < ? ORDER BY from_ns`,
		plant, w.From.UnixNano(), w.To.UnixNano())
}

// Batches returns the newest batches, newest first.
func (s *Store) Batches(ctx context.Context, limit int) ([]json.RawMessage, error) {
	return s.jsonRows(ctx, "batches", `SELECT json FROM batch ORDER BY leaf DESC LIMIT ?`, limit)
}

// Statements returns the statements of a plant, or of all if it is "", newest first.
func (s *Store) Statements(ctx context.Context, plant string) ([]json.RawMessage, error) {
	return s.jsonRows(ctx, "statements", `SELECT json FROM statement WHERE ?1 = '' OR plant = ?1 ORDER BY leaf DESC`, plant)
}

// jsonRows returns rows that are stored as the JSON the API shows.
func (s *Store) jsonRows(ctx context.Context, what, query string, args ...any) (all []json.RawMessage, err error) {
	all = []json.RawMessage{}
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	defer rows.Close()
	for rows.Next() {
		var body []byte
		if err := rows.Scan(&body); err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		all = append(all, body)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return all, nil
}

// Now returns the latest values of a plant and its newest closure.
func (s *Store) Now(ctx context.Context, plant string) (Now, error) {
	now := Now{Plant: plant, Tags: []Latest{}, Streams: []StreamNow{}, Closure: json.RawMessage("null")}
	rows, err := s.read.QueryContext(ctx, `SELECT tag, at, value, unit, quality FROM latest WHERE plant = ? ORDER BY tag`, plant)
	if err != nil {
		return now, fmt.Errorf("now of %s: %w", plant, err)
	}
	defer rows.Close()
	for rows.Next() {
		var l Latest
		var at int64
		var value sql.NullFloat64
		if err := rows.Scan((*string)(&l.Tag), &at, &value, &l.Unit, &l.Quality); err != nil {
			return now, fmt.Errorf("now of %s: %w", plant, err)
		}
		if l.Time = time.Unix(0, at).UTC(); value.Valid {
			l.Value = &value.Float64
		}
		if l.Time.After(now.Time) {
			now.Time = l.Time
		}
		now.Tags = append(now.Tags, l)
	}
	if err := rows.Err(); err != nil {
		return now, fmt.Errorf("now of %s: %w", plant, err)
	}
	var body []byte
	switch err := s.read.QueryRowContext(ctx, `SELECT json FROM closure WHERE plant = ? ORDER BY from_ns DESC LIMIT 1`, plant).Scan(&body); {
	case errors.Is(err, sql.ErrNoRows):
		return now, nil
	case err != nil:
		return now, fmt.Errorf("now of %s: closure: %w", plant, err)
	}
	now.Closure = body
	var closure pipeline.Closure
	if err := json.Unmarshal(body, &closure); err != nil {
		return now, fmt.Errorf("now of %s: closure: %w", plant, err)
	}
	for _, stream := range closure.Streams {
		now.Streams = append(now.Streams, streamNow(stream, closure.To-closure.From))
	}
	return now, nil
}

// streamNow returns the mean flow while the stream was covered.
//
//	flow = mass / (window · coverage)      [kg/h] = [kg] / [h]
func streamNow(s closure.StreamAmount, window int64) StreamNow {
	out := StreamNow{Stream: s.Stream, MassFlow: StreamFlow{Unit: "kg/h", Quality: s.Quality.String()}}
	hours := float64(float64(window)/float64(hourNs)) * s.Coverage
	if s.Mass != nil && hours > 0 && s.Quality.Usable() {
		flow := *s.Mass / hours
		out.MassFlow.Value = &flow
	}
	return out
}

// Cursor returns the index of the first leaf of the log that was not looked at yet.
func (s *Store) Cursor(ctx context.Context) (uint64, error) {
	var cursor int64
	err := s.write.QueryRowContext(ctx, `SELECT value FROM state WHERE name = 'cursor'`).Scan(&cursor)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("projection: cursor: %w", err)
	}
	return uint64(cursor), nil
}

func splitRowID(id int64) (tag, hour int64) { return id >> 32, id&(1<<32-1) - 1<<31 }
