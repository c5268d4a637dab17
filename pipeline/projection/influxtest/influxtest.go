// Package influxtest runs a real InfluxDB 1.8 for tests: its own data in a
// temporary folder, free ports, authentication on, Flux on, no reports home.
// The test is skipped, loudly, if there is no influxd: it is looked for in the
// environment variable NIELU_INFLUXD, on the PATH, and as build/bin/influxd
// beside the checkout.
package influxtest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Server is a running InfluxDB with one empty database.
type Server struct {
	URL    string
	Bucket string // database/retention-policy
	Token  string // user:password

	Database string
	stop     func()
}

const (
	user     = "nielu"
	password = "for-tests-only"
	database = "nielu"
)

// Start starts an InfluxDB that ends with the test.
func Start(t testing.TB) *Server { return StartIn(t, t.TempDir()) }

// StartIn starts one with its data in dir, where an earlier one may have left some.
func StartIn(t testing.TB, dir string) *Server {
	t.Helper()
	program := find(t)
	config := filepath.Join(dir, "influxdb.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, `
reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
  dir = %[1]q
[data]
  dir = %[2]q
  wal-dir = %[3]q
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:0"
  auth-enabled = true
  flux-enabled = true
  log-enabled = false
[logging]
  level = "info"
  format = "logfmt"
`, filepath.Join(dir, "meta"), filepath.Join(dir, "data"), filepath.Join(dir, "wal")), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-config", config)
	pipe, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", program, err)
	}
	address := make(chan string, 1)
	drained := make(chan struct{})
	var log bytes.Buffer
	go func() {
		defer close(drained)
		listening := regexp.MustCompile(`msg="Listening on HTTP".* addr=(\S+)`)
		lines := bufio.NewScanner(pipe)
		for lines.Scan() {
			if log.Len() < 64<<10 {
				log.WriteString(lines.Text() + "\n")
			}
			if m := listening.FindStringSubmatch(lines.Text()); m != nil {
				address <- m[1]
			}
		}
		_, _ = io.Copy(io.Discard, pipe) // after a line too long for the scanner
	}()
	stopped := false
	s := &Server{Bucket: database + "/autogen", Token: user + ":" + password, Database: database}
	s.stop = func() {
		if stopped {
			return
		}
		stopped = true
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
		<-drained
		_ = cmd.Wait() // ended by our signal
	}
	t.Cleanup(s.stop)
	select {
	case a := <-address:
		s.URL = "http://" + a
	case <-drained:
		t.Fatalf("%s ended at once:\n%s", program, log.String())
	case <-time.After(2 * time.Minute):
		t.Fatalf("%s does not listen after two minutes", program)
	}
	if _, err := os.Stat(filepath.Join(dir, "made")); err != nil {
		s.MustQuery(t, fmt.Sprintf(`CREATE USER %q WITH PASSWORD '%s' WITH ALL PRIVILEGES`, user, password))
		s.MustQuery(t, fmt.Sprintf(`CREATE DATABASE %q`, database))
		if err := os.WriteFile(filepath.Join(dir, "made"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// Stop ends the server before the test ends.
func (s *Server) Stop() { s.stop() }

func find(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("NIELU_INFLUXD"); path != "" {
		return path
	}
	if path, err := exec.LookPath("influxd"); err == nil {
		return path
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if path := filepath.Join(dir, "build", "bin", "influxd"); executable(path) {
			return path
		}
	}
	t.Skip("NO INFLUXD: nothing was tested against a real InfluxDB; name one in NIELU_INFLUXD or put influxd 1.8 on the PATH")
	return ""
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir() && info.Mode()&0o111 != 0
}

// Series is one series of an answer to an InfluxQL query.
type Series struct {
	Name    string            `json:"name"`
	Tags    map[string]string `json:"tags"`
	Columns []string          `json:"columns"`
	Values  [][]any           `json:"values"`
}

// Query sends one InfluxQL query the way Grafana does.
func (s *Server) Query(ctx context.Context, query string) ([]Series, error) {
	body := url.Values{"q": {query}, "db": {s.Database}, "epoch": {"ms"}}.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/query", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Token "+s.Token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var answer struct {
		Results []struct {
			Series []Series `json:"series"`
			Error  string   `json:"error"`
		} `json:"results"`
		Error string `json:"error"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return nil, fmt.Errorf("query %s: %s: %w", query, response.Status, err)
	}
	if answer.Error != "" {
		return nil, fmt.Errorf("query %s: %s", query, answer.Error)
	}
	var all []Series
	for _, result := range answer.Results {
		if result.Error != "" {
			return nil, fmt.Errorf("query %s: %s", query, result.Error)
		}
		all = append(all, result.Series...)
	}
	return all, nil
}

// MustQuery is Query that fails the test on an error.
func (s *Server) MustQuery(t testing.TB, query string) []Series {
	t.Helper()
	all, err := s.Query(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Count returns how many values a field of a measurement has.
func (s *Server) Count(t testing.TB, measurement, field string) int {
	t.Helper()
	all := s.MustQuery(t, fmt.Sprintf(`SELECT count(%q) FROM %q`, field, measurement))
	if len(all) == 0 {
		return 0
	}
	n, _ := all[0].Values[0][1].(float64)
	return int(n)
}
