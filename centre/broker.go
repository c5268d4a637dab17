package centre

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"strings"

	"github.com/nielu/nielu/devices/mqtt"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/ingest/broker"
)

// builtInBroker makes the broker inside the program, or nil where another is configured.
func (c *Centre) builtInBroker() (*broker.Broker, error) {
	config := c.Config
	if config.Broker.URL != "" {
		return nil, nil
	}
	o := broker.Options{Address: config.Broker.Listen, CentreID: c.StatementKey.Name(), Log: c.Logger, Passwords: map[string]string{}}
	for user, file := range config.Broker.Passwords {
		password, err := os.ReadFile(config.beside(file))
		if err != nil {
			return nil, fmt.Errorf("broker: password of %s: %w", user, err)
		}
		o.Passwords[user] = strings.TrimRight(string(password), "\r\n")
	}
	if config.Broker.Cert != "" {
		o.TLS = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			pair, err := tls.LoadX509KeyPair(config.beside(config.Broker.Cert), config.beside(config.Broker.Key))
			return &pair, err
		}}
	}
	return broker.New(o)
}

// dial connects the intake to the broker with a session that outlives it.
func (c *Centre) dial(ctx context.Context) (ingest.Pipe, error) {
	b := c.Config.Broker
	o := mqtt.Options{
		URL: b.URL, ClientID: c.StatementKey.Name(), Persistent: true,
		User: b.User, PasswordFile: c.Config.beside(b.PasswordFile), TLS: mqtt.TLS{CA: c.Config.beside(b.CA), Cert: c.Config.beside(b.Cert), Key: c.Config.beside(b.Key)},
	}
	if c.Broker != nil {
		o.URL, o.User, o.PasswordFile, o.TLS = "mqtt://"+c.Broker.Addr(), "centre", "", mqtt.TLS{}
		if b.Cert != "" {
			o.URL, o.TLS.CA = "mqtts://"+c.Broker.Addr(), c.Config.beside(b.CA)
		}
		if file := b.Passwords["centre"]; file != "" {
			o.PasswordFile = c.Config.beside(file)
		}
	}
	client, err := mqtt.Dial(ctx, o)
	if err != nil {
		return nil, err
	}
	return client, nil
}

// enrol enters the centre's statement key and the configured agents' keys in the log.
func (c *Centre) enrol(ctx context.Context) error {
	if err := c.Intake.EnrolCentre(ctx, c.StatementKey.Name(), c.Config.Site, c.StatementKey.Public()); err != nil {
		return fmt.Errorf("enrol %s: %w", c.StatementKey.Name(), err)
	}
	for _, agent := range c.Config.Agents {
		name, public, err := evidence.PublicKey(agent.Key)
		if err != nil {
			return err
		}
		if err := c.Intake.Enrol(ctx, name, agent.Site, public); err != nil {
			return fmt.Errorf("enrol %s: %w", name, err)
		}
	}
	return nil
}
