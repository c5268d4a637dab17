package gateway

import (
	"context"
	"path/filepath"

	"github.com/nielu/nielu/devices/mqtt"
	"github.com/nielu/nielu/devices/polling"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/ingest/spool"
)

// Dialer returns the agent's way to its broker. The broker publishes the
// agent's last will when it loses the agent.
func Dialer(file string, c *polling.Config) ingest.Dial {
	return func(ctx context.Context) (ingest.Pipe, error) {
		client, err := mqtt.Dial(ctx, mqtt.Options{
			URL: c.Broker, ClientID: "nielu-" + c.Agent, User: c.Login.User,
			PasswordFile: resolvePath(file, c.Login.PasswordFile), TLS: tlsBeside(file, c.Login.TLS),
			Will: mqtt.Will{Topic: ingest.Topic(c.Site, c.Agent, ingest.TopicStatus), Payload: []byte(ingest.StatusOffline), Retained: true},
		})
		if err != nil {
			return nil, err
		}
		return client, nil
	}
}

// RunsAlready returns who runs the gateway of an agent's file on this machine,
// or nothing.
func RunsAlready(file string, c *polling.Config) string {
	return spool.Holder(resolvePath(file, c.Spool.Dir))
}

// resolvePath resolves a path of a configuration file from the file's own folder.
func resolvePath(file, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(file), path)
}

func tlsBeside(file string, t mqtt.TLS) mqtt.TLS {
	t.CA, t.Cert, t.Key = resolvePath(file, t.CA), resolvePath(file, t.Cert), resolvePath(file, t.Key)
	return t
}
