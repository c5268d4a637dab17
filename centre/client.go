package centre

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/nielu/nielu/console"
)

// Client speaks to a running centre as one of its authors.
type Client struct {
	address string
	author  console.Author
}

// Client returns a client for the author of that name; "" is the only one.
func (c *Config) Client(author string) (*Client, error) {
	var names []string
	for _, a := range c.Authors {
		if a.Name == author || author == "" && len(c.Authors) == 1 {
			return &Client{c.Listen, a}, nil
		}
		names = append(names, fmt.Sprintf("%q", a.Name))
	}
	if len(names) == 0 {
		return nil, errors.New("the centre's file names no authors: add authors: [{ name: ..., token_file: ... }]")
	}
	return nil, fmt.Errorf("name the author with --author; the centre's file has %s", strings.Join(names, ", "))
}

// Author returns the author's name.
func (c *Client) Author() string { return c.author.Name }

// ErrRefused is wrapped by what the centre refused.
var ErrRefused = errors.New("refused")

// Post enters something and reads the answer into out.
func (c *Client) Post(ctx context.Context, path string, body []byte, out any) error {
	token, err := os.ReadFile(c.author.TokenFile)
	if err != nil {
		return fmt.Errorf("token of %s: %w", c.author.Name, err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+c.address+"/api/v1/"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	answer, err := (&http.Client{Timeout: time.Minute}).Do(r)
	if err != nil {
		return fmt.Errorf("the centre at %s does not answer: %w; start it with nielu server", c.address, err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 8<<20))
	if err != nil {
		return err
	}
	if answer.StatusCode == http.StatusCreated {
		return json.Unmarshal(text, out)
	}
	var problem struct{ Error, Do string }
	if err := json.Unmarshal(text, &problem); err != nil || problem.Error == "" {
		return fmt.Errorf("the centre at %s answers %s", c.address, answer.Status)
	}
	err = fmt.Errorf("%s\n%s", problem.Error, problem.Do)
	if answer.StatusCode == http.StatusUnprocessableEntity || answer.StatusCode == http.StatusUnauthorized {
		err = fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return err
}
