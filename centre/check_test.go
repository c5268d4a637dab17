package centre_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/centre"
	"github.com/nielu/nielu/evidence"
)

// pair writes a certificate and its key.
func pair(t *testing.T, dir, name string, from, to time.Time) {
	t.Helper()
	key, err1 := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	cert := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: from, NotAfter: to, DNSNames: []string{"localhost"}}
	der, err2 := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	secret, err3 := x509.MarshalPKCS8PrivateKey(key)
	if err1 != nil || err2 != nil || err3 != nil {
		t.Fatal(err1, err2, err3)
	}
	write(t, dir, name+".pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	write(t, dir, name+".key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
}

// What the centre would refuse when it starts, or start with and not work,
// check finds before.
func TestCheckFindsWhatTheCentreWouldRefuse(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	pair(t, dir, "good", now.Add(-time.Hour), now.AddDate(1, 0, 0))
	pair(t, dir, "old", now.AddDate(-1, 0, 0), now.Add(-time.Hour))
	pair(t, dir, "new", now.Add(time.Hour), now.AddDate(1, 0, 0))
	pair(t, dir, "ending", now.Add(-time.Hour), now.AddDate(0, 0, 7))
	write(t, dir, "secret", "s")
	write(t, dir, "empty", "\n")
	if _, err := evidence.LoadOrCreateKey(filepath.Join(dir, "moved", "keys", "log.key"), "nielu-log-yard"); err == nil {
		t.Fatal("a key was made in no folder")
	}
	write(t, dir, "moved/keys/x", "")
	if _, err := evidence.LoadOrCreateKey(filepath.Join(dir, "moved", "keys", "log.key"), "nielu-log-yard"); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "broken/keys/statements.key", "nonsense")
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	key := agentKey(t)
	for _, c := range []struct{ of, says string }{
		{"broker: { listen: 127.0.0.1:0 }", ""},
		{"broker: { listen: 127.0.0.1:0, cert: good.pem, key: good.key, ca: good.pem }", ""},
		{"broker: { listen: 127.0.0.1:0, cert: ending.pem, key: ending.key }", "note: certificate expires on"},
		{"broker: { listen: 127.0.0.1:0, cert: old.pem, key: old.key }", "expired on"},
		{"broker: { listen: 127.0.0.1:0, cert: new.pem, key: new.key }", "not valid before"},
		{"broker: { listen: 127.0.0.1:0, cert: good.pem, key: old.key }", "private key does not match"},
		{"broker: { listen: 127.0.0.1:0, cert: none.pem, key: good.key }", "none.pem"},
		{"broker: { url: 'mqtts://broker.example:8883', ca: secret }", "holds no PEM certificate"},
		{"broker: { url: 'mqtts://broker.example:8883', ca: old.pem }", "expired on"},
		{"broker: { url: 'mqtts://broker.example:8883', ca: none.pem }", "none.pem"},
		{"broker: { url: 'mqtts://broker.example:8883', user: u, password_file: none }", "none"},
		{"broker: { url: broker.example }", "write mqtt://"},
		{"broker: { listen: 127.0.0.1:0, password_files: { gw-1: secret } }", "the centre itself has no password"},
		{"broker: { listen: 127.0.0.1:0, password_files: { centre: secret, gw-1: none } }", "none"},
		{"broker: { listen: 127.0.0.1:0, password_files: { centre: empty } }", "is empty"},
		{"broker: { listen: 0.0.0.0:0 }", "no passwords"},
		{"broker: { listen: ':0' }", "no passwords"},
		{"broker: { listen: 127.0.0.1 }", "missing port"},
		{"broker: { listen: 127.0.0.1:99999 }", "invalid port"},
		{"broker: { listen: " + other.Addr().String() + " }", "address already in use"},
		{"broker: { listen: '127.0.0.1:18934' }\nlisten: 127.0.0.1:18934", "the console listens"},
		{"broker: { listen: 127.0.0.1:0 }\ninflux: { url: 'http://127.0.0.1:8086', bucket: b, token_file: none }", "none"},
		{"broker: { listen: 127.0.0.1:0 }\ninflux: { url: '127.0.0.1:8086', bucket: b }", "write http://"},
		{"broker: { listen: 127.0.0.1:0 }\nauthors: [{ name: A, token_file: none }]", "none"},
		{"broker: { listen: 127.0.0.1:0 }\ndata: moved", `named "nielu-log-yard"`},
		{"broker: { listen: 127.0.0.1:0 }\ndata: broken", "cannot be used"},
	} {
		text := "site: park\nplants: [pyro1]\nagents:\n  - { key: \"" + key + "\", site: park }\n" + c.of + "\n"
		if !strings.Contains(text, "\nlisten:") {
			text += "listen: 127.0.0.1:0\n"
		}
		file := write(t, dir, "nielu.yaml", text)
		notes, err := centre.Check(file)
		said := fmt.Sprint(err)
		for _, n := range notes {
			said += "\n" + n.Error()
		}
		switch {
		case c.says == "" && (err != nil || strings.Contains(said, "certificate")), c.says != "" && !strings.Contains(strings.ReplaceAll(said, "the certificate", "certificate"), strings.TrimPrefix(c.says, "note: ")):
			t.Errorf("%s\n%s\nwant %q", c.of, said, c.says)
		case strings.HasPrefix(c.says, "note: ") && err != nil:
			t.Errorf("%s\na note is a fault: %v", c.of, err)
		}
	}
}

// Beside a centre that runs, its addresses are its own.
func TestCheckBesideARunningCentre(t *testing.T) {
	c, file := opened(t, "")
	defer c.Close()
	text := strings.NewReplacer("broker: { listen: 127.0.0.1:0 }", "broker: { listen: "+c.Broker.Addr()+" }").Replace(readFile(t, file))
	write(t, filepath.Dir(file), "nielu.yaml", text)
	if _, err := centre.Check(file); err != nil {
		t.Error(err)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
