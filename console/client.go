package console

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
)

// Client speaks to the console of a running centre as one of its authors.
type Client struct {
	Address string // host:port
	Author  Author
}

// ErrRefused is wrapped by what a centre refused.
var ErrRefused = errors.New("refused")

// Post enters something and reads the answer into out.
func (c *Client) Post(ctx context.Context, path string, body []byte, out any) error {
	token, err := os.ReadFile(c.Author.TokenFile)
	if err != nil {
		return fmt.Errorf("token of %s: %w", c.Author.Name, err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+c.Address+"/api/v1/"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	answer, err := (&http.Client{Timeout: time.Minute}).Do(r)
	if err != nil {
		return fmt.Errorf("the centre at %s does not answer: %w; start it with nielu server", c.Address, err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 8<<20))
	if err != nil {
		return err
	}
	if answer.StatusCode == http.StatusCreated {
		return json.Unmarshal(text, out)
	}
	var p problem
	if err := json.Unmarshal(text, &p); err != nil || p.Error == "" {
		return fmt.Errorf("the centre at %s answers %s", c.Address, answer.Status)
	}
	err = fmt.Errorf("%s\n%s", p.Error, p.Do)
	if answer.StatusCode == http.StatusUnprocessableEntity || answer.StatusCode == http.StatusUnauthorized {
		err = fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return err
}
