package console_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/console"
)

// fakeEntries takes what a right author sends and says what it took.
type fakeEntries struct{ took []string }

func (d *fakeEntries) Records(_ context.Context, author string, text []byte) (any, error) {
	switch string(text) {
	case "wrong":
		return nil, console.Refused{Faults: []string{"records:2:1: first", "records:3:1: second"}, Do: "mend them"}
	case "disk":
		return nil, errors.New("the disk is full")
	}
	d.took = append(d.took, author+" entered "+string(text))
	return map[string]int{"leaf": 7}, nil
}

func (d *fakeEntries) Attach(_ context.Context, author string, data []byte) (any, error) {
	d.took = append(d.took, fmt.Sprintf("%s sent %d bytes", author, len(data)))
	return map[string]string{"digest": "sha256:00"}, nil
}

func (d *fakeEntries) Sign(_ context.Context, author, event string, note []byte) (any, error) {
	d.took = append(d.took, author+" "+event+" "+string(note))
	return map[string]string{"state": "signed"}, nil
}

func (d *fakeEntries) Book(_ context.Context, plant string) (any, error) {
	if plant != "pyro1" {
		return nil, fmt.Errorf("%w: no plant %s", console.ErrNotFound, plant)
	}
	return map[string]string{"plant": plant}, nil
}

func TestEntries(t *testing.T) {
	folder := t.TempDir()
	token := func(name, text string) string {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	const lead, clerk, short = "a-token-of-the-shift-lead", "another-token-for-the-clerk", "fifteen-letters"
	authors := []console.Author{
		{Name: "lead", TokenFile: token("lead", lead+"\n")}, {Name: "clerk", TokenFile: token("clerk", clerk)},
		{Name: "short", TokenFile: token("short", short)}, {Name: "gone", TokenFile: filepath.Join(folder, "nowhere")},
		{Name: "empty", TokenFile: token("empty", "\n")},
	}
	store := newFakeStore(time.Now)
	entries := &fakeEntries{}
	deps := console.Deps{Plants: store, History: store, Balances: store, Evidence: store, Entries: entries, Books: entries, Authors: authors}
	send := func(c *console.Console, method, path, bearer, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(body))
		if bearer != "" {
			r.Header.Set("Authorization", bearer)
		}
		w := httptest.NewRecorder()
		c.ServeHTTP(w, r)
		return w
	}
	c := console.New(deps)
	for _, x := range []struct {
		method, path, bearer, body string
		code                       int
		says                       string
	}{
		{"POST", "/api/v1/records", "Bearer " + lead, "one", 201, `{"leaf":7}`},
		{"POST", "/api/v1/records", "Bearer " + clerk, "two", 201, `{"leaf":7}`},
		{"POST", "/api/v1/files", "Bearer " + lead, "bytes", 201, "sha256:00"},
		{"POST", "/api/v1/signatures/sign", "Bearer " + lead, "note", 201, "signed"},
		{"POST", "/api/v1/records", "Bearer " + lead, "wrong", 422, `records:2:1: first\nrecords:3:1: second","do":"mend them`},
		{"POST", "/api/v1/records", "Bearer " + lead, "disk", 503, "the disk is full"},
		{"POST", "/api/v1/records", "Bearer " + lead, strings.Repeat("x", 50<<10), 413, "send at most 48 kB"},
		{"POST", "/api/v1/records", "", "one", 401, "shows no token"},
		{"POST", "/api/v1/records", "Basic " + lead, "one", 401, "shows no token"},
		{"POST", "/api/v1/records", "Bearer ", "one", 401, "shows no token"},
		{"POST", "/api/v1/records", "Bearer " + lead + "x", "one", 401, "no author's"},
		{"POST", "/api/v1/records", "Bearer " + short, "one", 401, "16 characters or more"},
		{"POST", "/api/v1/files", "", "one", 401, "shows no token"},
		{"POST", "/api/v1/signatures/sign", "", "one", 401, "shows no token"},
		{"PUT", "/api/v1/records", "Bearer " + lead, "one", 405, "only answers GET"},
		{"POST", "/api/v1/plants", "Bearer " + lead, "one", 405, "only answers GET"},
		{"GET", "/api/v1/plants/pyro1/book", "", "", 200, `"pyro1"`},
		{"GET", "/api/v1/plants/other/book", "", "", 404, "no plant other"},
	} {
		w := send(c, x.method, x.path, x.bearer, x.body)
		if w.Code != x.code || !strings.Contains(w.Body.String(), x.says) {
			t.Errorf("%s %s %.30q %.10q: %d %s, want %d with %q", x.method, x.path, x.bearer, x.body, w.Code, w.Body, x.code, x.says)
		}
		if w.Code == http.StatusUnauthorized && w.Header().Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%s: 401 does not say how to show a token", x.path)
		}
	}
	if got := strings.Join(entries.took, "; "); got != "lead entered one; clerk entered two; lead sent 5 bytes; lead sign note" {
		t.Errorf("the console took %s", got)
	}
	// A token is changed while the console runs.
	token("lead", "a-new-token-of-the-shift-lead")
	if w := send(c, "POST", "/api/v1/records", "Bearer "+lead, "one"); w.Code != 401 {
		t.Errorf("the old token still opens: %d", w.Code)
	}
	if w := send(c, "POST", "/api/v1/records", "Bearer a-new-token-of-the-shift-lead", "one"); w.Code != 201 {
		t.Errorf("the new token does not open: %d %s", w.Code, w.Body)
	}
	// Without authors, or without entries, nobody may.
	for _, d := range []console.Deps{
		{Plants: store, History: store, Balances: store, Evidence: store, Entries: entries, Books: entries},
		{Plants: store, History: store, Balances: store, Evidence: store, Authors: authors},
	} {
		if w := send(console.New(d), "POST", "/api/v1/records", "Bearer "+clerk, "one"); w.Code != 401 || !strings.Contains(w.Body.String(), "nobody may enter anything here") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	if w := send(console.New(console.Deps{Plants: store, History: store, Balances: store, Evidence: store}), "GET", "/api/v1/plants/pyro1/book", "", ""); w.Code != 404 {
		t.Errorf("a book without books: %d", w.Code)
	}
}
