package ingest

import (
	"container/list"
	"sync"
)

// cache keeps the values used of late. The zero cache is empty.
type cache[K comparable, V any] struct {
	mu    sync.Mutex // not held while a value is read
	at    map[K]*list.Element
	order list.List // of *cacheEntry[K, V], the one used last in front
}

type cacheEntry[K comparable, V any] struct {
	key   K
	value V
}

// get returns the value of a key, which read brings if it is not here. At most
// so many values are kept; 0: all.
func (c *cache[K, V]) get(key K, most int, read func() (V, error)) (V, error) {
	c.mu.Lock()
	if e := c.at[key]; e != nil {
		c.order.MoveToFront(e)
		c.mu.Unlock()
		return e.Value.(*cacheEntry[K, V]).value, nil
	}
	c.mu.Unlock()
	value, err := read()
	if err != nil {
		return value, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at[key] != nil { // another has read it meanwhile
		return value, nil
	}
	if c.at == nil {
		c.at = map[K]*list.Element{}
	}
	c.at[key] = c.order.PushFront(&cacheEntry[K, V]{key: key, value: value})
	if most > 0 && len(c.at) > most {
		delete(c.at, c.order.Remove(c.order.Back()).(*cacheEntry[K, V]).key)
	}
	return value, nil
}
