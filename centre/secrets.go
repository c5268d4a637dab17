package centre

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"
	"strings"
	"time"

	"github.com/nielu/nielu/measure/strict"
)

// secret finds a file of a password or token that is missing or empty.
func (c *Config) secret(x strict.Node) {
	if !x.Present() {
		return
	}
	switch text, err := os.ReadFile(c.beside(x.Text())); {
	case err != nil:
		x.Fault("%v", err)
	case len(strings.TrimSpace(string(text))) == 0:
		x.Fault("%s is empty", c.beside(x.Text()))
	}
}

// certificate finds a pair that is no pair, or not valid now.
func (c *Config) certificate(cert, key strict.Node, now time.Time) {
	if !cert.Present() || !key.Present() {
		return
	}
	pair, err := tls.LoadX509KeyPair(c.beside(cert.Text()), c.beside(key.Text()))
	if err != nil {
		cert.Fault("%v", err)
		return
	}
	valid(cert, pair.Leaf, now)
}

// authorities finds a file of them that is none, or in which none is valid now.
func (c *Config) authorities(x strict.Node, now time.Time) {
	if !x.Present() {
		return
	}
	text, err := os.ReadFile(c.beside(x.Text()))
	if err != nil {
		x.Fault("%v", err)
		return
	}
	found := false
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if authority, err := x509.ParseCertificate(block.Bytes); err == nil {
			found = true
			valid(x, authority, now)
		}
	}
	if !found {
		x.Fault("%s holds no PEM certificate", c.beside(x.Text()))
	}
}

// soon is how long before its end a certificate is noted.
const soon = 30 * 24 * time.Hour

func valid(x strict.Node, c *x509.Certificate, now time.Time) {
	switch {
	case now.After(c.NotAfter):
		x.Fault("the certificate expired on %s: renew it", c.NotAfter.Format(time.RFC3339))
	case now.Before(c.NotBefore):
		x.Fault("the certificate is not valid before %s: see whether this machine's clock is right", c.NotBefore.Format(time.RFC3339))
	case now.Add(soon).After(c.NotAfter):
		x.Note("the certificate expires on %s", c.NotAfter.Format(time.RFC3339))
	}
}
