package ingest

import "log/slog"

// logOnce logs a failure when it begins or changes, and its end, not each one.
type logOnce struct {
	log  *slog.Logger
	what string
	last string
}

func newLogOnce(log *slog.Logger, what string, args ...any) *logOnce {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &logOnce{log: log.With(args...), what: what}
}

func (o *logOnce) fail(err error) {
	if text := err.Error(); text != o.last {
		o.last = text
		o.log.Warn(o.what+" fails; it is tried again", "error", err)
	}
}

func (o *logOnce) works() {
	if o.last != "" {
		o.last = ""
		o.log.Info(o.what + " works again")
	}
}
