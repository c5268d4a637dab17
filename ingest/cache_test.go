package ingest

import (
	"errors"
	"testing"
)

func TestACacheKeepsWhatWasUsedOfLate(t *testing.T) {
	var c cache[int, int]
	reads := map[int]int{}
	get := func(key int) {
		t.Helper()
		value, err := c.get(key, 2, func() (int, error) { reads[key]++; return 10 * key, nil })
		if err != nil || value != 10*key {
			t.Fatalf("%d is %d: %v", key, value, err)
		}
	}
	for _, key := range []int{1, 2, 1, 3, 1, 2} { // 3 takes the place of 2, and 2 that of 3
		get(key)
	}
	if reads[1] != 1 || reads[2] != 2 || reads[3] != 1 || len(c.at) != 2 || c.order.Len() != 2 {
		t.Errorf("read %v times; %d and %d are kept", reads, len(c.at), c.order.Len())
	}
	failure := errors.New("gone")
	for range 2 { // a failure is not kept
		if _, err := c.get(4, 2, func() (int, error) { reads[4]++; return 0, failure }); !errors.Is(err, failure) {
			t.Error(err)
		}
	}
	if get(1); reads[4] != 2 || reads[1] != 1 {
		t.Errorf("read %v times", reads)
	}
	for key := range 100 {
		if _, err := c.get(1000+key, 0, func() (int, error) { return key, nil }); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.at) != 102 {
		t.Errorf("%d are kept without a limit", len(c.at))
	}
}
