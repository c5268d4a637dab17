package console

import (
	"context"
	"sync"
	"time"
)

// memo keeps one loaded value for ttl. However many clients ask, the
// projection is read once in that time, and by one of them at a time.
type memo[T any] struct {
	ttl  time.Duration
	load func(ctx context.Context) (T, error)

	mu     sync.Mutex
	value  T
	loaded time.Time // zero: nothing kept
}

func (m *memo[T]) get(ctx context.Context) (T, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.loaded.IsZero() && time.Since(m.loaded) < m.ttl {
		return m.value, nil
	}
	value, err := m.load(ctx)
	if err != nil {
		m.loaded = time.Time{}
		return value, err
	}
	m.value, m.loaded = value, time.Now()
	return value, nil
}

// nowMemo is a memo of each plant's present state, as JSON.
type nowMemo struct {
	ttl  time.Duration
	load func(ctx context.Context, plant string) ([]byte, error)

	mu     sync.Mutex
	plants map[string]*memo[[]byte]
}

// get must be asked for known plants only: it keeps one entry for each.
func (n *nowMemo) get(ctx context.Context, plant string) ([]byte, error) {
	n.mu.Lock()
	m := n.plants[plant]
	if m == nil {
		if n.plants == nil {
			n.plants = map[string]*memo[[]byte]{}
		}
		m = &memo[[]byte]{ttl: n.ttl, load: func(ctx context.Context) ([]byte, error) { return n.load(ctx, plant) }}
		n.plants[plant] = m
	}
	n.mu.Unlock()
	return m.get(ctx)
}
