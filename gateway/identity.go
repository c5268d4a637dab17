package gateway

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"
	"strings"
	"time"

	"github.com/nielu/nielu/measure/strict"
)

// login reads the files by which the gateway shows a broker who it is.
func (c checker) login(x map[string]strict.Node) {
	if password := x["password_file"]; password.Present() {
		text, err := os.ReadFile(resolvePath(c.file, password.Text()))
		if err != nil {
			password.Fault("%v", err)
		} else if strings.TrimRight(string(text), "\r\n") == "" {
			password.Fault("%s is empty", password.Text())
		}
	}
	files := values(x["tls"])
	if len(files) > 0 && x["broker"].Present() && strings.HasPrefix(x["broker"].Text(), "mqtt://") {
		x["tls"].Note("is not used with mqtt://: write mqtts://")
	}
	if ca := files["ca"]; ca.Present() {
		c.authorities(ca)
	}
	if cert, key := files["cert"], files["key"]; cert.Present() && key.Present() {
		pair, err := tls.LoadX509KeyPair(resolvePath(c.file, cert.Text()), resolvePath(c.file, key.Text()))
		if err != nil {
			cert.Fault("%v", err)
		} else {
			c.dates(cert, pair.Leaf)
		}
	}
}

// authorities reads a file of certificates of which one must vouch for the broker.
func (c checker) authorities(x strict.Node) {
	rest, err := os.ReadFile(resolvePath(c.file, x.Text()))
	if err != nil {
		x.Fault("%v", err)
		return
	}
	found := false
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			x.Fault("%s: %v", x.Text(), err)
			return
		}
		found = true
		c.dates(x, certificate)
	}
	if !found {
		x.Fault("%s holds no PEM certificate", x.Text())
	}
}

// dates tells whether a certificate is of this time.
func (c checker) dates(x strict.Node, certificate *x509.Certificate) {
	end := certificate.NotAfter.UTC().Format("2006-01-02")
	switch {
	case c.now.After(certificate.NotAfter):
		x.Fault("%s expired on %s: renew it", x.Text(), end)
	case c.now.Before(certificate.NotBefore):
		x.Fault("%s is valid only from %s on: look at this machine's clock, too", x.Text(), certificate.NotBefore.UTC().Format("2006-01-02"))
	case c.now.Add(30 * 24 * time.Hour).After(certificate.NotAfter):
		x.Note("%s expires on %s: renew it", x.Text(), end)
	}
}
