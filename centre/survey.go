package centre

import (
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/ingest/broker"
	"github.com/nielu/nielu/measure/strict"
)

// survey looks at what the centre's file names beside configuration, as the
// centre will when it starts: secrets, certificates with their dates, keys and
// addresses. The file has no other fault.
func (c *Config) survey(f map[string]strict.Node, now time.Time) {
	b := f["broker"].Fields("listen", "password_files", "cert", "key", "url", "user", "password_file", "ca")
	for _, e := range b["password_files"].Entries() {
		c.secret(e.Value)
	}
	if c.Broker.URL == "" && len(c.Broker.Passwords) > 0 && c.Broker.Passwords[broker.Centre] == "" {
		b["password_files"].Fault("the centre itself has no password and would be kept out: add centre: centre.pw")
	}
	c.secret(b["password_file"])
	c.certificate(b["cert"], b["key"], now)
	c.authorities(b["ca"], now)
	if b["url"].Present() {
		if u, err := url.Parse(c.Broker.URL); err != nil || u.Host == "" || u.Scheme != "mqtt" && u.Scheme != "mqtts" {
			b["url"].Fault("%q is no broker's address: write mqtt://host:1883 or mqtts://host:8883", c.Broker.URL)
		}
	}
	c.ports(f["listen"], f["broker"], b["listen"])
	if c.Influx != nil {
		i := f["influx"].Fields("url", "org", "bucket", "token_file")
		c.secret(i["token_file"])
		if u, err := url.Parse(c.Influx.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			i["url"].Fault("%q is no address: write http://host:8086", c.Influx.URL)
		}
	}
	for _, item := range f["authors"].List() {
		c.secret(item.Fields("name", "token_file")["token_file"])
	}
	for file, name := range map[string]string{"log.key": "nielu-log-" + c.Site, "statements.key": "centre-" + c.Site, "export.key": "nielu-export-" + c.Site} {
		path := filepath.Join(c.data(keyFolder), file)
		text, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			continue // it is made on first use
		}
		key := (*evidence.SigningKey)(nil)
		if err == nil {
			key, err = evidence.ParseKey(string(text))
		}
		switch {
		case err != nil:
			f["site"].Fault("the key %s cannot be used: %v; restore it from a backup", path, err)
		case key.Name() != name:
			f["site"].Fault("the key %s is named %q, not %q: a log has one site; give data another folder, or site its old name", path, key.Name(), name)
		}
	}
}

// ports finds addresses that are none, are equal, are open to all, or belong
// to another program. Those of a centre that runs on this data are its own.
func (c *Config) ports(console, of, listen strict.Node) {
	at := map[string]strict.Node{c.Listen: console}
	if c.Broker.URL == "" {
		if c.Broker.Listen == c.Listen && !strings.HasSuffix(c.Listen, ":0") {
			listen.Fault("the console listens on %s too: give one of them another port", c.Listen)
			return
		}
		at[c.Broker.Listen] = listen
		if host, _, err := net.SplitHostPort(c.Broker.Listen); err == nil && len(c.Broker.Passwords) == 0 && host != "localhost" && !net.ParseIP(host).IsLoopback() {
			of.Fault("the broker at %s can be reached from outside and has no passwords: give password_files, or listen on 127.0.0.1", c.Broker.Listen)
		}
	}
	running := c.running()
	for address, x := range at {
		if !x.Present() {
			x = of // the default
		}
		listener, err := net.Listen("tcp", address)
		switch {
		case err == nil:
			_ = listener.Close() // nothing was sent or taken
		case !running || !errors.Is(err, syscall.EADDRINUSE):
			x.Fault("%v", err)
		}
	}
}

// running tells whether a process holds the log.
func (c *Config) running() bool {
	lock, err := os.Open(filepath.Join(c.data(logFolder), "index", "lock"))
	if err != nil {
		return false
	}
	defer lock.Close()
	return syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil
}
