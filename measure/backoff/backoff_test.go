package backoff

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestPausesGrowToTheLongestAndBeginAnew(t *testing.T) {
	var p Pause
	var got []time.Duration
	for range 5 {
		got = append(got, p.Next(time.Second, 5*time.Second))
	}
	p.Reset()
	got = append(got, p.Next(time.Second, 5*time.Second), p.Next(3*time.Second, 5*time.Second))
	want := []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 5 * time.Second, 5 * time.Second, time.Second, 3 * time.Second}
	if !slices.Equal(got, want) {
		t.Errorf("the pauses are %v, want %v", got, want)
	}
}

func TestJitterShortensByUpToHalf(t *testing.T) {
	least, most := time.Hour, time.Duration(0)
	for range 1000 {
		d := Jitter(10 * time.Second)
		least, most = min(least, d), max(most, d)
	}
	if least < 5*time.Second || least > 6*time.Second || most > 10*time.Second || most < 9*time.Second {
		t.Errorf("a pause of 10 s becomes %v to %v", least, most)
	}
	if Jitter(0) != 0 {
		t.Error("no pause becomes one")
	}
}

func TestSleepEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		Sleep(ctx, time.Second)
		if d := time.Since(start); d != time.Second {
			t.Errorf("slept %v", d)
		}
		Sleep(ctx, time.Hour)
		if d := time.Since(start); d != time.Minute {
			t.Errorf("the context ended after a minute, the sleep after %v", d)
		}
	})
}
