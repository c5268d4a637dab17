package console

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

// Entries takes what people enter. Each entry is durable before the answer is
// given; what is wrong with one is a [Refused].
type Entries interface {
	// Records takes a submission of records by an author.
	Records(ctx context.Context, author string, text []byte) (any, error)
	// Attach keeps a file that records name, and returns its digest.
	Attach(ctx context.Context, author string, data []byte) (any, error)
	// Sign takes a signed note on a statement. The event is sign, certify or withdraw.
	Sign(ctx context.Context, author, event string, note []byte) (any, error)
}

// Books answers what is entered of a plant: lots with their masses, records and
// statements. The error wraps [ErrNotFound] if there is no such plant.
type Books interface {
	Book(ctx context.Context, plant string) (any, error)
}

// Clocks takes what people ask of the clocks of gateways, with a token as for
// [Entries].
type Clocks interface {
	// CorrectClock puts right what a gateway stamped while its clock was wrong.
	CorrectClock(ctx context.Context, author string, order []byte) (any, error)
}

// Refused says that an entry was wrong, and each fault in words.
type Refused struct {
	Faults []string
	Do     string
}

func (r Refused) Error() string { return strings.Join(r.Faults, "\n") }

// Author may enter records with a token, which stands in a file.
type Author struct {
	Name      string
	TokenFile string
}

// Sizes of what may be entered.
const (
	mostRecords = 48 << 10 // a leaf holds 64 KB
	MostFile    = 32 << 20 // a file that records name
)

func (c *Console) entryRoutes(mux *http.ServeMux) {
	mux.HandleFunc("POST /api/v1/records", c.entryHandler(mostRecords, func(r *http.Request, author string, body []byte) (any, error) {
		return c.deps.Entries.Records(r.Context(), author, body)
	}))
	mux.HandleFunc("POST /api/v1/files", c.entryHandler(MostFile, func(r *http.Request, author string, body []byte) (any, error) {
		return c.deps.Entries.Attach(r.Context(), author, body)
	}))
	mux.HandleFunc("POST /api/v1/signatures/{event}", c.entryHandler(mostRecords, func(r *http.Request, author string, body []byte) (any, error) {
		return c.deps.Entries.Sign(r.Context(), author, r.PathValue("event"), body)
	}))
	if c.deps.Clocks != nil {
		mux.HandleFunc("POST /api/v1/clocks", c.entryHandler(mostRecords, func(r *http.Request, author string, body []byte) (any, error) {
			return c.deps.Clocks.CorrectClock(r.Context(), author, body)
		}))
	}
	mux.HandleFunc("GET /api/v1/plants/{plant}/book", func(w http.ResponseWriter, r *http.Request) {
		if c.deps.Books == nil {
			c.noSuchPath(w, r)
			return
		}
		book, err := c.deps.Books.Book(r.Context(), r.PathValue("plant"))
		if errors.Is(err, ErrNotFound) {
			refuse(w, http.StatusNotFound, problem{err.Error(), "see /api/v1/plants for the names of plants"})
			return
		}
		c.answer(w, r, book, err)
	})
}

// entryHandler answers an entry by an author who shows a token.
func (c *Console) entryHandler(most int64, take func(r *http.Request, author string, body []byte) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		author, bad := c.author(r)
		if bad != nil {
			w.Header().Set("WWW-Authenticate", "Bearer")
			refuse(w, http.StatusUnauthorized, *bad)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
		if err != nil {
			refuse(w, http.StatusRequestEntityTooLarge, problem{fmt.Sprintf("%s: %v", r.URL.Path, err), fmt.Sprintf("send at most %d kB at once", most>>10)})
			return
		}
		made, err := take(r, author, body)
		var wrong Refused
		switch {
		case errors.As(err, &wrong):
			refuse(w, http.StatusUnprocessableEntity, problem{wrong.Error(), wrong.Do})
		case err != nil:
			refuse(w, http.StatusServiceUnavailable, problem{err.Error(), "nothing was entered; try again, and see the log of the centre"})
		default:
			answerCreated(w, made)
		}
	}
}

func answerCreated(w http.ResponseWriter, made any) {
	body, err := marshal(made)
	if err != nil {
		refuse(w, http.StatusInternalServerError, problem{err.Error(), "it was entered; see the book of the plant"})
		return
	}
	w.Header().Set("Content-Type", jsonType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusCreated)
	_, _ = w.Write(append(body, '\n')) // the client is gone if this fails
}

// author returns whose token the request shows. Tokens are read anew each
// time, so that one can be changed or taken away while the centre runs.
func (c *Console) author(r *http.Request) (string, *problem) {
	if c.deps.Entries == nil || len(c.deps.Authors) == 0 {
		return "", &problem{"nobody may enter anything here", "name authors with their token files in the centre's file"}
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || token == "" {
		return "", &problem{"the request shows no token", "send the header Authorization: Bearer and the token of an author"}
	}
	shown := sha256.Sum256([]byte(token))
	name := ""
	for _, a := range c.deps.Authors {
		held, err := os.ReadFile(a.TokenFile)
		if err != nil {
			c.deps.Log.Error("console: token of an author cannot be read; who shows it is refused", "author", a.Name, "error", err)
			continue
		}
		text := strings.TrimSpace(string(held))
		want := sha256.Sum256([]byte(text))
		if len(text) >= 16 && subtle.ConstantTimeCompare(shown[:], want[:]) == 1 {
			name = a.Name
		}
	}
	if name == "" {
		return "", &problem{"the token is no author's", "use the token in the file that the centre's file names; it has 16 characters or more"}
	}
	return name, nil
}
