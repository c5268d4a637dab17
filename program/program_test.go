package program

import (
	"context"
	"strings"
	"testing"
)

// deaf is a command that computes and does not listen.
type deaf struct{ begun chan struct{} }

func (d *deaf) Run() error { close(d.begun); select {} }

// kind is a command that listens.
type kind struct{ Service }

func (kind) Run(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }

// Whoever interrupts is heard by every command, and hears nothing of contexts.
func TestEveryCommandHearsAnInterruption(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"deaf", "kind"} {
		ctx, cancel := context.WithCancel(t.Context())
		grammar := &struct {
			Deaf deaf `cmd:""`
			Kind kind `cmd:""`
		}{Deaf: deaf{begun: make(chan struct{})}}
		if name == "deaf" {
			go func() { <-grammar.Deaf.begun; cancel() }()
		} else {
			cancel()
		}
		var out, talk strings.Builder
		code := Run(ctx, "x", "about", grammar, []string{name}, Streams{Out: &out, Err: &talk})
		if code != Unreachable || talk.String() != "x: interrupted before it was done\n" {
			t.Errorf("%s: exit code %d, %q", name, code, talk.String())
		}
		cancel()
	}
}
