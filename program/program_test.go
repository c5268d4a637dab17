package program

import (
	"context"
	"strings"
	"testing"
)

// deaf is a command that computes and does not listen.
type deaf struct{ begun chan struct{} }

func (*deaf) Flags(*Flags) {}

func (d *deaf) Run(context.Context, Streams) error { close(d.begun); select {} }

// kind is a command that listens.
type kind struct{ Service }

func (kind) Flags(*Flags) {}

func (kind) Run(ctx context.Context, _ Streams) error { <-ctx.Done(); return ctx.Err() }

// Whoever interrupts is heard by every command, and hears nothing of contexts.
func TestEveryCommandHearsAnInterruption(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"deaf", "kind"} {
		ctx, cancel := context.WithCancel(t.Context())
		begun := make(chan struct{})
		commands := []Command{{Name: "deaf", Runner: &deaf{begun: begun}}, {Name: "kind", Runner: &kind{}}}
		if name == "deaf" {
			go func() { <-begun; cancel() }()
		} else {
			cancel()
		}
		var out, talk strings.Builder
		code := Run(ctx, "x", "about", commands, []string{name}, Streams{Out: &out, Err: &talk})
		if code != Unreachable || talk.String() != "x: interrupted before it was done\n" {
			t.Errorf("%s: exit code %d, %q", name, code, talk.String())
		}
		cancel()
	}
}
