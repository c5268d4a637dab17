// Package program is what the commands have in common: the command line, the
// exit codes, and who hears what. Data goes to stdout, talk to stderr, and
// every error says what to do. A command line goes in, an exit code comes out.
//
// Start reading at [Await], which every command runs in.
package program

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
)

// Exit codes of every command.
const (
	Fine        = 0
	Wrong       = 1 // the thing that was checked is wrong
	Usage       = 2 // the command line or a configuration is
	Unreachable = 3 // something cannot be reached or opened
)

// Exit is an error with an exit code. With a nil Err what was to be said was said.
type Exit struct {
	Code int
	Err  error
}

func (e Exit) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit code %d", e.Code)
	}
	return e.Err.Error()
}

func (e Exit) Unwrap() error { return e.Err }

// Service is embedded in a command that may take a while to end once it is
// interrupted, because something is to be brought to disk. Others are left
// after a moment, if they compute and do not listen.
type Service struct{}

// Linger is how long it may take.
func (Service) Linger() time.Duration { return time.Minute }

const defaultLinger = 2 * time.Second

// Streams are where a command talks.
type Streams struct{ Out, Err io.Writer }

// Log returns a log for people on stderr.
func (s Streams) Log(level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(s.Err, &slog.HandlerOptions{Level: level}))
}

// Main runs a program until it ends or is interrupted, and exits. A second
// interruption ends it at once.
func Main(run func(ctx context.Context, args []string, s Streams) (code int)) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	code := run(ctx, os.Args[1:], Streams{Out: os.Stdout, Err: os.Stderr})
	stop()
	os.Exit(code)
}

// Await runs a command until it ends, or, as long as it may linger, after it was
// interrupted, says what went wrong and returns the exit code. An error without
// a code of its own is [Unreachable].
func Await(ctx context.Context, name string, s Streams, command any, run func() error) (code int) {
	linger := defaultLinger
	if of, ok := command.(interface{ Linger() time.Duration }); ok {
		linger = of.Linger()
	}
	var err error
	done := make(chan error, 1)
	go func() { done <- run() }()
	select {
	case err = <-done:
	case <-ctx.Done():
		select {
		case err = <-done:
		case <-time.After(linger):
			err = ctx.Err() // it computes and does not listen; nothing of it is written yet
		}
	}
	if err == nil {
		return Fine
	}
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		fmt.Fprintf(s.Err, "%s: interrupted before it was done\n", name)
		return Unreachable
	}
	exit := Exit{Code: Unreachable, Err: err}
	errors.As(err, &exit)
	if exit.Err != nil {
		fmt.Fprintf(s.Err, "%s: %v\n", name, err)
	}
	return exit.Code
}

// Version returns the module's version, or what the build knows instead.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(unknown)"
	}
	return info.Main.Version
}
