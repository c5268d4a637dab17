package centre

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
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
type survey struct {
	config *Config
	now    time.Time
}

func (s survey) all(f map[string]strict.Node) {
	c := s.config
	b := f["broker"].Fields("listen", "password_files", "cert", "key", "url", "user", "password_file", "ca")
	for _, e := range b["password_files"].Entries() {
		s.secret(e.Value)
	}
	if c.Broker.URL == "" && len(c.Broker.Passwords) > 0 && c.Broker.Passwords[broker.Centre] == "" {
		b["password_files"].Fault("the centre itself has no password and would be kept out: add centre: centre.pw")
	}
	s.secret(b["password_file"])
	s.certificate(b["cert"], b["key"])
	s.authorities(b["ca"])
	if b["url"].Present() {
		if u, err := url.Parse(c.Broker.URL); err != nil || u.Host == "" || u.Scheme != "mqtt" && u.Scheme != "mqtts" {
			b["url"].Fault("%q is no broker's address: write mqtt://host:1883 or mqtts://host:8883", c.Broker.URL)
		}
	}
	s.ports(f["listen"], f["broker"], b["listen"])
	if c.Influx != nil {
		i := f["influx"].Fields("url", "org", "bucket", "token_file")
		s.secret(i["token_file"])
		if u, err := url.Parse(c.Influx.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			i["url"].Fault("%q is no address: write http://host:8086", c.Influx.URL)
		}
	}
	for _, item := range f["authors"].List() {
		s.secret(item.Fields("name", "token_file")["token_file"])
	}
	s.keys(f["site"])
}

// keys finds keys that cannot be used, or are of another site.
func (s survey) keys(site strict.Node) {
	c := s.config
	for file, name := range map[string]string{"log.key": "nielu-log-" + c.Site, "statements.key": "centre-" + c.Site, "export.key": "nielu-export-" + c.Site} {
		path := filepath.Join(c.Folder().Keys(), file)
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
			site.Fault("the key %s cannot be used: %v; restore it from a backup", path, err)
		case key.Name() != name:
			site.Fault("the key %s is named %q, not %q: a log has one site; give data another folder, or site its old name", path, key.Name(), name)
		}
	}
}

// ports finds addresses that are none, are equal, are open to all, or belong
// to another program. Those of a centre that runs on this data are its own.
func (s survey) ports(console, of, listen strict.Node) {
	c := s.config
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
	running := s.running()
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
func (s survey) running() bool {
	lock, err := os.Open(filepath.Join(s.config.Folder().Log(), "index", "lock"))
	if err != nil {
		return false
	}
	defer lock.Close()
	return syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil
}

// secret finds a file of a password or token that is missing or empty.
func (s survey) secret(x strict.Node) {
	if !x.Present() {
		return
	}
	switch text, err := os.ReadFile(s.config.beside(x.Text())); {
	case err != nil:
		x.Fault("%v", err)
	case len(strings.TrimSpace(string(text))) == 0:
		x.Fault("%s is empty", s.config.beside(x.Text()))
	}
}

// certificate finds a pair that is no pair, or not valid now.
func (s survey) certificate(cert, key strict.Node) {
	if !cert.Present() || !key.Present() {
		return
	}
	pair, err := tls.LoadX509KeyPair(s.config.beside(cert.Text()), s.config.beside(key.Text()))
	if err != nil {
		cert.Fault("%v", err)
		return
	}
	s.valid(cert, pair.Leaf)
}

// authorities finds a file of them that is none, or in which none is valid now.
func (s survey) authorities(x strict.Node) {
	if !x.Present() {
		return
	}
	text, err := os.ReadFile(s.config.beside(x.Text()))
	if err != nil {
		x.Fault("%v", err)
		return
	}
	found := false
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if authority, err := x509.ParseCertificate(block.Bytes); err == nil {
			found = true
			s.valid(x, authority)
		}
	}
	if !found {
		x.Fault("%s holds no PEM certificate", s.config.beside(x.Text()))
	}
}

// expiryNotice is how long before its end a certificate is noted.
const expiryNotice = 30 * 24 * time.Hour

// valid finds a certificate that is not valid now.
func (s survey) valid(x strict.Node, c *x509.Certificate) {
	switch {
	case s.now.After(c.NotAfter):
		x.Fault("the certificate expired on %s: renew it", c.NotAfter.Format(time.RFC3339))
	case s.now.Before(c.NotBefore):
		x.Fault("the certificate is not valid before %s: see whether this machine's clock is right", c.NotBefore.Format(time.RFC3339))
	case s.now.Add(expiryNotice).After(c.NotAfter):
		x.Note("the certificate expires on %s", c.NotAfter.Format(time.RFC3339))
	}
}
