package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/nielu/nielu/centre"
	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/gateway"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/emissions"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/program"
)

// Every example of a file in the documents can be copied: the program that the
// file is for takes it. What stands there for something of one's own (a key, a
// citation, a digest) is put in its place.
func TestExamplesInTheDocuments(t *testing.T) {
	key := must[*evidence.SigningKey](t)(evidence.LoadOrCreateKey(filepath.Join(t.TempDir(), "a.key"), "gw-pyro1")).Verifier()
	own := func(text string) string {
		text = regexp.MustCompile(`[a-z0-9-]+\+[0-9a-f]{8}\+(AbCd)?\.\.\.`).ReplaceAllStringFunc(text, func(said string) string {
			name, _, _ := strings.Cut(said, "+")
			return must[*evidence.SigningKey](t)(evidence.LoadOrCreateKey(filepath.Join(t.TempDir(), "a.key"), name)).Verifier()
		})
		return strings.NewReplacer("sha256:...", "sha256:"+strings.Repeat("a", 64), `"..."`, `"a source"`).Replace(text)
	}
	file := func(dir, name, text string) string {
		write(t, filepath.Join(dir, name), []byte(text))
		return filepath.Join(dir, name)
	}
	ofGateway := func(text string) error {
		_, err := gateway.ReadConfig(file(t.TempDir(), "agent.yaml", text))
		return err
	}
	ofCentre := func(text string) error {
		dir := t.TempDir()
		for _, folder := range []string{"plants", "lab"} {
			if err := os.Mkdir(filepath.Join(dir, folder), 0o700); err != nil {
				return err
			}
		}
		plant, err := configs.Plants.ReadFile("plants/pyro1.yaml")
		if err != nil {
			return err
		}
		file(dir, "plants/pyro1.yaml", string(plant))
		_, err = centre.ReadConfig(file(dir, "nielu.yaml", text))
		return err
	}
	ofPeople := func(text string) error { // of the centre's file
		return ofCentre(fmt.Sprintf("site: park\nlisten: 127.0.0.1:0\nbroker: { listen: 127.0.0.1:0 }\nplants: [pyro1]\nagents: [{ key: %q, site: park }]\n%s", key, text))
	}
	ofLab := func(text string) error {
		if !strings.HasPrefix(text, "laboratory:") {
			text = "laboratory: { name: A, accreditation: none }\n" + text
		}
		_, err := lots.Parse("lab.yaml", []byte(text))
		return err
	}
	// Parts of a plant file take the place of those of a built-in one, whose
	// streams and tags are called otherwise.
	ofPlant := func(name string, called ...string) func(string) error {
		return func(text string) error {
			text = strings.NewReplacer(called...).Replace(text)
			whole, err := configs.Plants.ReadFile("plants/" + name + ".yaml")
			if err != nil {
				return err
			}
			node := map[string]string{"pyro1": "kiln", "lf1": "header"}[name]
			flue := "  flue: { about: \"flue gas\", from: " + node + ", phase: gas, volume: {value: \"800 m3{N}/h\", source: \"a fan\"} }\n"
			said := strings.Replace(string(whole), "streams:\n", "streams:\n"+flue, 1)
			for _, top := range regexp.MustCompile(`(?m)^[a-z_]+:`).FindAllString(text, -1) {
				if top == "tags:" { // what the document says of a tag takes the place of its line
					lines := strings.Split(text, "\n")
					tag := strings.TrimSpace(lines[1])
					said = regexp.MustCompile(`(?m)^  `+tag+` .*\n`).ReplaceAllString(said, "")
					end := slices.IndexFunc(lines[1:], func(l string) bool { return l != "" && l[0] != ' ' }) + 1
					said = strings.Replace(said, "tags:\n", strings.Join(lines[:end], "\n")+"\n", 1)
					text = strings.Join(lines[end:], "\n")
					continue
				}
				said = regexp.MustCompile(`(?m)^`+top+`.*\n(?:[ #].*\n)*`).ReplaceAllString(said, "")
			}
			_, err = flowsheet.Parse(name+".yaml", []byte(said+"\n"+text))
			return err
		}
	}
	ofRecords := func(text string) error {
		s, err := custody.Read("records.yaml", []byte(text))
		if err != nil {
			return err
		}
		if b := custody.Replay([]custody.Entry{{Leaf: 1, Submission: s}}); len(b.Refusals) > 0 {
			return fmt.Errorf("%v", b.Refusals)
		}
		return nil
	}
	ofInventory := func(text string) error {
		library, err := emissions.OpenLibrary(configs.Factors)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(text, "inventory:") {
			text = "inventory: a week\nperiod: { from: 2026-11-02T00:00:00Z, to: 2026-11-09T00:00:00Z }\ngwp: ar5\n" + text
		}
		_, err = emissions.ParseActivity("inventory.yaml", []byte(text), library)
		return err
	}
	ofRequest := func(text string) error {
		_, err := carbon.ParseRequest("request.yaml", []byte(text))
		return err
	}
	elsewhere := func(string) error { return nil } // a form, whose keys another test holds against the source

	for name, takers := range map[string][]func(string) error{
		"balances.md":   {ofLab},
		"centre.md":     {ofCentre, ofLab, ofPlant("pyro1"), ofPlant("pyro1"), ofLab},
		"custody.md":    {ofPeople, ofRecords},
		"emissions.md":  {ofInventory, ofPlant("pyro1"), ofInventory},
		"gateway.md":    {ofGateway},
		"plant-file.md": {elsewhere, elsewhere, elsewhere},
		"processes.md":  {ofPlant("pyro1", "chips", "feed", "oil", "liquid", "stack", "flue"), ofPlant("pyro1", "burner/temperature", "kiln/temperature_1", "field/temperature", "kiln/temperature_3"), ofPlant("lf1")},
		"quantify.md":   {ofRequest},
	} {
		page := must[[]byte](t)(os.ReadFile("../../docs/" + name))
		found := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(page, -1)
		if len(found) != len(takers) {
			t.Errorf("docs/%s has %d examples, and %d are known: say here what takes them", name, len(found), len(takers))
			continue
		}
		for i, text := range found {
			if err := takers[i](own(string(text[1]))); err != nil {
				t.Errorf("docs/%s, example %d: %v", name, i+1, err)
			}
		}
	}
	for _, path := range must[[]string](t)(filepath.Glob("../../docs/*.md")) {
		page := must[[]byte](t)(os.ReadFile(path))
		if name := filepath.Base(path); strings.Contains(string(page), "```yaml") && !slices.Contains([]string{"balances.md", "centre.md", "custody.md", "emissions.md", "gateway.md", "plant-file.md", "processes.md", "quantify.md"}, name) {
			t.Errorf("docs/%s has examples that nothing takes", name)
		}
	}
}

// Whatever a document or a message tells people to type is a command.
func TestCommandsThatAreNamedExist(t *testing.T) {
	known := map[string]bool{"nielu": true}
	var walk func(of reflect.Type, before string)
	walk = func(of reflect.Type, before string) {
		for i := range of.NumField() {
			if f := of.Field(i); f.Tag.Get("cmd") != "" || strings.Contains(string(f.Tag), "cmd:") {
				name := before + " " + strings.ToLower(f.Name)
				known[name] = true
				walk(f.Type, name)
			}
		}
	}
	walk(reflect.TypeFor[commands](), "nielu")
	for _, name := range []string{"check", "plan", "read", "enroll", "run"} {
		known["nielu-agent "+name] = true
	}
	for _, name := range []string{"verify", "extract", "certify"} {
		known["nielu-audit "+name] = true
	}
	// In documents what is typed stands in backquotes or is indented; in the
	// source, in texts.
	typed := regexp.MustCompile("(?m)(?:^    |`)(?:go run \\./cmd/|build/bin/)?(nielu(?:-agent|-audit)?) ([a-z]+)")
	said := regexp.MustCompile(`"[^"\n]*\b(?:[Uu]se|with|by|[Rr]un|see|ask) (nielu(?:-agent|-audit)?) ([a-z]+)[^"\n]*"`)
	err := filepath.WalkDir("../..", func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && d.Name() != ".." || d.Name() == "build" || d.Name() == "testdata") {
			return fs.SkipDir
		}
		form := map[string]*regexp.Regexp{".md": typed, ".go": said}[filepath.Ext(path)]
		if form == nil || strings.HasSuffix(path, "_test.go") || d.Name() == "bundle.md" { // whose texts begin so, too
			return nil
		}
		text, err := os.ReadFile(path)
		for _, m := range form.FindAllSubmatch(text, -1) {
			if name := string(m[1]) + " " + string(m[2]); !known[name] {
				t.Errorf("%s tells people to type %q, which is no command", path, name)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A file that is too large is refused before it is read, by every command that
// takes one, with how large it may be.
func TestFilesThatAreTooLarge(t *testing.T) {
	dir := t.TempDir()
	large := func(name string, size int64) {
		write(t, filepath.Join(dir, name), []byte("plant: p\n"))
		if err := os.Truncate(filepath.Join(dir, name), size); err != nil {
			t.Fatal(err)
		}
	}
	large("table.csv", 30<<20)
	large("plant.yaml", 10<<20)
	key := must[*evidence.SigningKey](t)(evidence.LoadOrCreateKey(filepath.Join(dir, "gw.key"), "gw-pyro1"))
	centreFile := fmt.Sprintf("site: park\nlisten: 127.0.0.1:1\nbroker: { listen: 127.0.0.1:0 }\nagents: [{ key: %q, site: park }]\n", key.Verifier())
	write(t, filepath.Join(dir, "nielu.yaml"), []byte(centreFile+"plants: [pyro1]\n"))
	write(t, filepath.Join(dir, "large.yaml"), []byte(centreFile+"plants: [plant.yaml]\n"))
	t.Chdir(dir)
	for _, command := range []string{
		"lab add -c nielu.yaml --plant pyro1 --report R --laboratory L --accreditation none --at 2026-11-02T00:00:00Z table.csv",
		"check --plant ./plant.yaml", "check -c large.yaml", "check -c plant.yaml", "server -c plant.yaml", "flowsheet ./plant.yaml", "custody check table.csv",
		"quantify table.csv", "emissions table.csv", "scenario table.csv",
	} {
		if o := nielu(t, strings.Fields(command)...); o.code != program.Wrong && o.code != program.Usage || !regexp.MustCompile(`holds \d+ bytes, and at most \d+ can be taken`).MatchString(o.out+o.talk) {
			t.Errorf("nielu %s: exit code %d\n%s%s", command, o.code, o.out, o.talk)
		}
	}
}

// A line of a document that calls nielu has the arguments and flags that the
// command takes.
func TestLinesOfTheDocumentsAreParsed(t *testing.T) {
	lines := 0
	for _, path := range append(must[[]string](t)(filepath.Glob("../../docs/*.md")), "../../README.md") {
		for _, m := range regexp.MustCompile(`(?m)^ {4,}(?:go run \./cmd/)?nielu ([a-z][^#\n]*)`).FindAllSubmatch(must[[]byte](t)(os.ReadFile(path)), -1) {
			line := strings.TrimSpace(string(m[1]))
			if strings.Contains(line, " ... ") || strings.HasSuffix(path, "bundle.md") {
				continue
			}
			var args []string
			for _, word := range regexp.MustCompile(`"[^"]*"|\S+`).FindAllString(line, -1) {
				args = append(args, strings.Trim(word, `"`))
			}
			parser := must[*kong.Kong](t)(kong.New(&commands{}, kong.Vars{"version": "test"}, kong.Exit(func(int) { t.Errorf("%s: nielu %s ends", path, line) })))
			if _, err := parser.Parse(args); err != nil {
				t.Errorf("%s: nielu %s: %v", path, line, err)
			}
			lines++
		}
	}
	if lines < 30 {
		t.Errorf("%d lines were found: the test does not see the documents", lines)
	}
}
