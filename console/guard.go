package console

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
)

// contentPolicy allows the page its own files and nothing else: no inline
// script or style, no other host, no frame, no form, and no string may become
// markup (trusted types).
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

// isEntry tells whether a request is one of the few that enter something. A
// page of another site cannot make one: the token is in a header of its own.
func isEntry(r *http.Request) bool {
	return r.Method == http.MethodPost && (r.URL.Path == "/api/v1/records" || r.URL.Path == "/api/v1/files" || r.URL.Path == "/api/v1/clocks" || strings.HasPrefix(r.URL.Path, "/api/v1/signatures/"))
}

// guard sets the security headers, refuses every method but GET and HEAD, save
// where people enter records, and every host name it was not told of, and
// counts answers.
func (c *Console) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")

		counted := &countingWriter{ResponseWriter: w, stats: &c.Stats}
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead && !isEntry(r):
			h.Set("Allow", "GET, HEAD")
			refuse(counted, http.StatusMethodNotAllowed, problem{
				fmt.Sprintf("%s %s: this only answers GET", r.Method, r.URL.Path),
				"use GET; lab results, lots and custody events are entered with the nielu command, or by POST /api/v1/records",
			})
		case !c.hostAllowed(r.Host):
			refuse(counted, http.StatusMisdirectedRequest, problem{
				fmt.Sprintf("host %q is not a name of this console", r.Host),
				"ask by IP address or as localhost, or add the name to the console's hosts in the centre's configuration",
			})
		default:
			next.ServeHTTP(counted, r)
		}
	})
}

func (c *Console) hostAllowed(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return host == "localhost" || net.ParseIP(strings.Trim(host, "[]")) != nil || slices.Contains(c.deps.Hosts, host)
}

// countingWriter counts an answer by the class of its status.
type countingWriter struct {
	http.ResponseWriter
	stats *Stats
	done  bool
}

func (w *countingWriter) WriteHeader(status int) {
	if !w.done && status >= 200 {
		w.done = true
		w.stats.Requests.Add(1)
		switch {
		case status >= 500:
			w.stats.Failed.Add(1)
		case status >= 400:
			w.stats.Refused.Add(1)
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *countingWriter) Write(p []byte) (int, error) {
	if !w.done {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *countingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
