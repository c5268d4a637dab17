package console

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// DefaultAddress is where the console listens if it is told nothing.
const DefaultAddress = "127.0.0.1:8080"

// Listen opens the address. Empty means [DefaultAddress]; one without a host,
// as ":9000", is on loopback and not on every interface: who wants those
// writes "0.0.0.0:9000".
func Listen(ctx context.Context, address string) (net.Listener, error) {
	if address == "" {
		address = DefaultAddress
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("console: listen on %q: %w; write host:port, as in %s", address, err, DefaultAddress)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("console: %w; free the port, or give another address", err)
	}
	return l, nil
}

// Serve listens on the address (see [Listen]) and answers until ctx ends.
func (c *Console) Serve(ctx context.Context, address string) error {
	l, err := Listen(ctx, address)
	if err != nil {
		return err
	}
	return c.ServeListener(ctx, l)
}

// ServeListener answers on l until ctx ends; then live streams end at once,
// other answers have 5 s to finish, and l is closed. It is called once.
func (c *Console) ServeListener(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler:           c,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second, // a live stream sets its own for each event
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(c.deps.Log.Handler(), slog.LevelDebug),
	}
	c.deps.Log.Info("console: listening", "url", "http://"+l.Addr().String()+"/")
	stopped := make(chan error, 1)
	go func() { stopped <- server.Serve(l) }()
	select {
	case err := <-stopped:
		close(c.closing)
		return fmt.Errorf("console: serve %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	close(c.closing)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := server.Shutdown(last)
	if err != nil {
		err = errors.Join(fmt.Errorf("console: shut down: %w", err), server.Close())
	}
	if served := <-stopped; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
