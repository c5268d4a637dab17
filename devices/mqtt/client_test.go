package mqtt

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// mosquitto runs a real broker and returns its port and a way to kill it.
func mosquitto(t testing.TB, port int, settings string) (int, func()) {
	t.Helper()
	program, err := exec.LookPath("mosquitto")
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/mosquitto"); err != nil {
			t.Skip("SKIPPED: no mosquitto: apt-get install mosquitto")
		}
	}
	if port == 0 {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port = listener.Addr().(*net.TCPAddr).Port
		listener.Close()
	}
	if !strings.Contains(settings, "allow_anonymous") {
		settings += "\nallow_anonymous true\n"
	}
	file := filepath.Join(t.TempDir(), "mosquitto.conf")
	// Listening on one address only; run as the present user.
	text := fmt.Sprintf("listener %d 127.0.0.1\nuser root\n%s\n", port, settings)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-c", file)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := func() { cmd.Process.Kill(); cmd.Wait() }
	t.Cleanup(kill)
	for range 500 {
		conn, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), time.Second)
		if err == nil {
			conn.Close()
			return port, kill
		}
		time.Sleep(10 * time.Millisecond) // a real program starting
	}
	t.Fatal("mosquitto does not listen")
	return 0, nil
}

func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func dial(t testing.TB, o Options) *Client {
	t.Helper()
	c, err := Dial(within(t), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func receive[T any](t testing.TB, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(time.Minute):
		t.Fatal("nothing arrived")
		panic("unreachable")
	}
}

func TestPublishAndSubscribeInOrder(t *testing.T) {
	port, _ := mosquitto(t, 0, "")
	url := fmt.Sprintf("mqtt://127.0.0.1:%d", port)
	a, b := dial(t, Options{URL: url, ClientID: "a"}), dial(t, Options{URL: url, ClientID: "b"})
	got := make(chan string, 200)
	if err := b.Subscribe(within(t), "x/+/y", func(topic string, payload []byte) {
		// a handler may publish: it does not run on the connection's goroutine
		if string(payload) == "0" {
			if err := b.Publish(within(t), "echo", false, payload); err != nil {
				t.Error(err)
			}
		}
		got <- topic + " " + string(payload)
	}); err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		if err := a.Publish(within(t), "x/1/y", false, fmt.Append(nil, i)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 100 {
		if text := receive(t, got); text != fmt.Sprintf("x/1/y %d", i) {
			t.Fatalf("message %d is %q", i, text)
		}
	}
}

// TestUnacknowledgedComesAgain: what was not acknowledged before the
// connection went is delivered again to a kept session, also before anybody
// has subscribed anew; what was acknowledged is not.
func TestUnacknowledgedComesAgain(t *testing.T) {
	port, _ := mosquitto(t, 0, "")
	url := fmt.Sprintf("mqtt://127.0.0.1:%d", port)
	publisher := dial(t, Options{URL: url, ClientID: "p"})
	central := Options{URL: url, ClientID: "central", Persistent: true}
	first := dial(t, central)
	got := make(chan string, 10)
	if err := first.SubscribeAck(within(t), "b/#", func(_ string, payload []byte, ack func()) {
		if string(payload) == "one" {
			ack()
		}
		got <- string(payload)
	}); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"one", "two"} {
		if err := publisher.Publish(within(t), "b/1", false, []byte(text)); err != nil {
			t.Fatal(err)
		}
		receive(t, got)
	}
	first.Close()
	if err := publisher.Publish(within(t), "b/1", false, []byte("three")); err != nil {
		t.Fatal(err)
	}
	second := dial(t, central)
	again := make(chan string, 10)
	if err := second.SubscribeAck(within(t), "b/#", func(_ string, payload []byte, ack func()) { ack(); again <- string(payload) }); err != nil {
		t.Fatal(err)
	}
	texts := []string{receive(t, again), receive(t, again)}
	if !slices.Equal(texts, []string{"two", "three"}) {
		t.Errorf("came again: %v, want two, three", texts)
	}
	if err := publisher.Publish(within(t), "b/1", false, []byte("four")); err != nil {
		t.Fatal(err)
	}
	if text := receive(t, again); text != "four" {
		t.Errorf("then came %q, want four: one was acknowledged", text)
	}
}

func TestLostAndWill(t *testing.T) {
	port, kill := mosquitto(t, 0, "")
	url := fmt.Sprintf("mqtt://127.0.0.1:%d", port)
	watcher := dial(t, Options{URL: url, ClientID: "w"})
	status := make(chan Message, 10)
	if err := watcher.SubscribeMessages(within(t), "status", func(m Message) { m.Ack(); status <- m }); err != nil {
		t.Fatal(err)
	}
	will := Options{URL: url, ClientID: "agent", Will: Will{Topic: "status", Payload: []byte("gone"), Retained: true}}
	one := dial(t, will)
	dial(t, will) // the same id again: the broker evicts the first, which is how a connection is cut
	receive(t, one.Lost())
	if m := receive(t, status); string(m.Payload) != "gone" || m.Retained {
		t.Errorf("will = %+v", m)
	}
	if err := one.Publish(within(t), "x", false, nil); err == nil {
		t.Error("a lost client publishes without error")
	}
	late := dial(t, Options{URL: url, ClientID: "late"})
	kept := make(chan Message, 1)
	if err := late.SubscribeMessages(within(t), "status", func(m Message) { m.Ack(); kept <- m }); err != nil {
		t.Fatal(err)
	}
	if m := receive(t, kept); !m.Retained {
		t.Error("a kept message is not marked as such")
	}
	kill()
	receive(t, watcher.Lost())
	if _, err := Dial(within(t), Options{URL: url, ClientID: "x", Timeout: time.Second}); err == nil || !strings.Contains(err.Error(), url) {
		t.Errorf("dialling a dead broker: %v", err)
	}
}

// authority makes certificates.
type authority struct {
	t    testing.TB
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	n    int64
}

func newAuthority(t testing.TB) *authority {
	a := &authority{t: t, dir: t.TempDir()}
	a.issue("ca")
	return a
}

func (a *authority) path(name string) string { return filepath.Join(a.dir, name) }

func (a *authority) issue(name string) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	a.n++
	template := &x509.Certificate{
		SerialNumber: big.NewInt(a.n), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, BasicConstraintsValid: true, IsCA: a.cert == nil,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	if a.cert == nil {
		a.cert, a.key = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{".crt": {Type: "CERTIFICATE", Bytes: der}, ".key": {Type: "EC PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(a.path(name+file), pem.EncodeToMemory(block), 0o600); err != nil {
			a.t.Fatal(err)
		}
	}
}

func TestMutualTLS(t *testing.T) {
	ca := newAuthority(t)
	ca.issue("broker")
	ca.issue("agent")
	port, _ := mosquitto(t, 0, fmt.Sprintf("cafile %s\ncertfile %s\nkeyfile %s\nrequire_certificate true", ca.path("ca.crt"), ca.path("broker.crt"), ca.path("broker.key")))
	url := fmt.Sprintf("mqtts://127.0.0.1:%d", port)
	identity := TLS{CA: ca.path("ca.crt"), Cert: ca.path("agent.crt"), Key: ca.path("agent.key")}
	c := dial(t, Options{URL: url, ClientID: "agent", TLS: identity})
	if err := c.Publish(within(t), "x", false, []byte("y")); err != nil {
		t.Fatal(err)
	}
	if _, err := Dial(within(t), Options{URL: url, ClientID: "stranger", TLS: TLS{CA: identity.CA}}); err == nil {
		t.Error("a client without a certificate is let in")
	}
	other := newAuthority(t)
	if _, err := Dial(within(t), Options{URL: url, ClientID: "agent", TLS: TLS{CA: other.path("ca.crt"), Cert: identity.Cert, Key: identity.Key}}); err == nil {
		t.Error("a broker of another authority is believed")
	}
	c.Close()
	ca.issue("agent") // renewed in place
	dial(t, Options{URL: url, ClientID: "agent", TLS: identity})
	if err := os.WriteFile(identity.Cert, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Dial(within(t), Options{URL: url, ClientID: "agent", TLS: identity}); err == nil {
		t.Error("the certificate was not read again")
	}
}

func TestPassword(t *testing.T) {
	dir := t.TempDir()
	accounts, secret := filepath.Join(dir, "accounts"), filepath.Join(dir, "secret")
	if out, err := exec.Command("mosquitto_passwd", "-b", "-c", accounts, "agent", "hunter two").CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: no mosquitto_passwd: %v %s", err, out)
	}
	if err := os.WriteFile(secret, []byte("hunter two\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	port, _ := mosquitto(t, 0, "allow_anonymous false\npassword_file "+accounts)
	url := fmt.Sprintf("mqtt://127.0.0.1:%d", port)
	dial(t, Options{URL: url, ClientID: "agent", User: "agent", PasswordFile: secret})
	if _, err := Dial(within(t), Options{URL: url, ClientID: "agent"}); err == nil {
		t.Error("no password is needed")
	}
}

func TestFloodIsCounted(t *testing.T) {
	port, _ := mosquitto(t, 0, "max_queued_messages 100000")
	url := fmt.Sprintf("mqtt://127.0.0.1:%d", port)
	slow := dial(t, Options{URL: url, ClientID: "slow", QueueLimit: 5})
	hold, first := make(chan struct{}), make(chan struct{}, 1000)
	if err := slow.Subscribe(within(t), "q", func(string, []byte) { first <- struct{}{}; <-hold }); err != nil {
		t.Fatal(err)
	}
	fast := dial(t, Options{URL: url, ClientID: "fast"})
	for range 50 {
		if err := fast.wait(within(t), fast.paho.Publish("q", 0, false, "x")); err != nil {
			t.Fatal(err)
		}
	}
	deadline := time.Now().Add(10 * time.Second)
	for slow.Dropped() < 44 && time.Now().Before(deadline) {
		time.Sleep(5 * time.Millisecond)
	}
	close(hold)
	if n := slow.Dropped(); n != 44 {
		t.Errorf("dropped %d of 50 with one in hand and five waiting, want 44", n)
	}
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		filter, topic string
		want          bool
	}{
		{"a/b", "a/b", true}, {"a/b", "a/b/c", false}, {"a/b/c", "a/b", false}, {"a/+", "a/b", true}, {"a/+", "a/b/c", false},
		{"a/+", "a/", true}, {"a/+", "a", false}, {"a/#", "a", true}, {"a/#", "a/b/c", true}, {"a/#", "ab", false}, {"#", "a/b", true},
		{"#", "$SYS/x", false}, {"$SYS/#", "$SYS/x", true}, {"+/b", "/b", true}, {"+", "a", true}, {"/+", "/a", true},
		{"$share/g/a/+", "a/b", true}, {"a/+/c/#", "a/b/c", true}, {"", "a", false},
	} {
		if got := matches(c.filter, c.topic); got != c.want {
			t.Errorf("matches(%q, %q) = %v", c.filter, c.topic, got)
		}
	}
}
