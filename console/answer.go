package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
)

const jsonType = "application/json; charset=utf-8"

// problem is the body of every answer that is not 2xx.
type problem struct {
	Error string `json:"error"`
	Do    string `json:"do"`
}

// refuse answers with a problem.
func refuse(w http.ResponseWriter, status int, p problem) {
	body, err := json.Marshal(p)
	if err != nil { // two strings always marshal
		body = []byte(`{"error":"console: cannot write the error","do":"report this"}`)
	}
	h := w.Header()
	h.Set("Content-Type", jsonType)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the client is gone if this fails
}

// answer writes v as JSON with a tag of its content: whoever has the same
// bytes already gets 304, and nothing is used without asking again.
func (c *Console) answer(w http.ResponseWriter, r *http.Request, v any, err error) {
	if err != nil {
		c.answerFailure(w, r, err)
		return
	}
	body, err := marshal(v)
	if err != nil {
		c.answerFailure(w, r, err)
		return
	}
	c.recovered()
	w.Header().Set("Content-Type", jsonType)
	serveBytes(w, r, body, nil)
}

// marshal returns the JSON of v; an empty list is [] and never null.
func marshal(v any) ([]byte, error) {
	body, err := json.Marshal(v)
	if err == nil && string(body) == "null" {
		body = []byte("[]")
	}
	return body, err
}

// answerFailure answers 503 for a projection that could not be read. It is logged
// when the state changes; [Stats] counts every one.
func (c *Console) answerFailure(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // the client has left
	}
	if !c.failing.Swap(true) {
		c.deps.Log.Error("console: projection cannot be read", "path", r.URL.Path, "error", err)
	}
	refuse(w, http.StatusServiceUnavailable, problem{
		strings.TrimPrefix(r.URL.Path, "/api/v1/") + ": " + err.Error(),
		"the evidence is not affected; see the log of the centre, and if the projection is damaged make it again with nielu rebuild",
	})
}

func (c *Console) recovered() {
	if c.failing.Swap(false) {
		c.deps.Log.Info("console: projection can be read again")
	}
}

// minZipped is the number of bytes below which gzip does not pay.
const minZipped = 1024

// serveBytes writes body with an entity tag, gzipped where the client takes
// it. zipped is body in gzip form if the caller already has it.
func serveBytes(w http.ResponseWriter, r *http.Request, body, zipped []byte) {
	h := w.Header()
	sum := sha256.Sum256(body)
	tag := `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	h.Set("ETag", tag)
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if len(body) >= minZipped && takesGzip(r) {
		if zipped == nil {
			zipped = zip(body, gzip.BestSpeed)
		}
		h.Set("Content-Encoding", "gzip")
		body = zipped
	}
	_, _ = w.Write(body) // the client is gone if this fails
}

func zip(body []byte, level int) []byte {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, level)
	if err != nil {
		panic("console: " + err.Error()) // level is a constant of this package
	}
	_, _ = z.Write(body) // a bytes.Buffer takes everything
	_ = z.Close()
	return out.Bytes()
}

// takesGzip tells whether Accept-Encoding names gzip without refusing it.
func takesGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, weight, _ := strings.Cut(part, ";")
		if strings.TrimSpace(coding) == "gzip" {
			weight = strings.ReplaceAll(weight, " ", "")
			return strings.Trim(strings.TrimPrefix(weight, "q="), "0.") != "" || weight == ""
		}
	}
	return false
}
