package centre

import (
	"context"
	"errors"
	"log/slog"

	"github.com/nielu/nielu/pipeline/projection"
)

// influx makes the InfluxDB writer, or nil where none is configured.
func (c *Centre) influx() (*projection.Influx, error) {
	if c.Config.Influx == nil {
		return nil, nil
	}
	i := c.Config.Influx
	return projection.NewInflux(c.Store, projection.InfluxConfig{
		URL: i.URL, Org: i.Org, Bucket: i.Bucket, TokenFile: c.Config.beside(i.TokenFile), TokenEnv: "NIELU_INFLUX_TOKEN",
	}, c.Logger)
}

// ErrNoInflux is a centre's file without an InfluxDB, of which one was to be filled.
var ErrNoInflux = errors.New("the centre's file names no influx; give influx: { url: ..., bucket: ... }")

// Rebuild makes a projection of the log again: "sqlite", or "influx". It
// returns how many leaves the log has. The centre must not be running: the
// log is locked before anything is deleted.
func Rebuild(ctx context.Context, config *Config, what string, logger *slog.Logger) (leaves uint64, err error) {
	if what == "influx" && config.Influx == nil {
		return 0, ErrNoInflux
	}
	c, err := open(ctx, config, logger, what == "sqlite")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	if err := c.Worker.CatchUp(ctx); err != nil {
		return 0, err
	}
	if what == "influx" {
		if err := c.Influx.Rewind(ctx); err != nil {
			return 0, err
		}
		if err := c.Influx.CatchUp(ctx); err != nil {
			return 0, err
		}
	}
	return c.Evidence.Size(), nil
}
