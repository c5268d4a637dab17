package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nielu/nielu/program"
)

// TestEmissions runs the command on the worked example of its page, which
// must give what the page says, and on what it must refuse.
func TestEmissions(t *testing.T) {
	page, err := os.ReadFile("../../docs/emissions.md")
	if err != nil {
		t.Fatal(err)
	}
	example := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindSubmatch(page)
	if example == nil {
		t.Fatal("docs/emissions.md has no example")
	}
	text := string(example[1])
	for name, c := range map[string]struct {
		text string
		code int
		says []string
	}{
		"worked example": {text, program.Fine, []string{"265.10016 kg CO2 fossil", "117.936 kg", "0.245648 kg CH4 biogenic", "0.16848 kg N2O", "E_production  0.3166255", "Regulation (EU) 2018/2066, Annex VI, Table 1", "primary"}},
		"not complete":   {strings.Replace(text, "      - { gas: n2o, share: \"3 [ppm]\", most: \"50 [ppm]\" }\n", "", 1), program.Wrong, []string{"not met: flue gas: nothing is read of N2O"}},
		"wrong":          {strings.Replace(text, "100 L", "100 km", 1), program.Usage, nil},
	} {
		t.Run(name, func(t *testing.T) {
			out, code := runEmissions(t, c.text, false)
			if code != c.code {
				t.Errorf("exit %d", code)
			}
			words := strings.Join(strings.Fields(out), " ")
			for _, s := range c.says {
				if !strings.Contains(words, strings.Join(strings.Fields(s), " ")) {
					t.Errorf("does not say %q:\n%s", s, out)
				}
			}
		})
	}
	out, _ := runEmissions(t, text, true)
	var answer struct {
		Emissions struct {
			Lines []struct{ Group, Name, CO2e, Label, Source, Factor string }
		}
		Files []struct{ Name, Digest string }
	}
	if err := json.Unmarshal([]byte(out), &answer); err != nil || len(answer.Emissions.Lines) != 3 || len(answer.Files) != 3 {
		t.Errorf("%v in\n%s", err, out)
	}
	for _, l := range answer.Emissions.Lines {
		if l.Group == "" || l.Label == "" || l.Source == "" || !strings.HasSuffix(l.CO2e, " t") {
			t.Errorf("%+v", l)
		}
	}
}

func runEmissions(t *testing.T, text string, asJSON bool) (string, int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "week.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	err := (&emissionsCommand{File: file, JSON: asJSON}).Run(program.Streams{Out: &out, Err: &out})
	if exit, ok := err.(program.Exit); ok {
		return out.String(), exit.Code
	}
	if err != nil {
		t.Error(err)
	}
	return out.String(), program.Fine
}
