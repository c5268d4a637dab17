package centre

import (
	"cmp"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/nielu/nielu/centre/entry"
	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/console"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure/strict"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/program"
)

// ReadConfig reads the centre's file with the plants and the method it names.
// The error is [strict.Problems], every fault of all of them, unless the file
// cannot be read. Laboratory files are not looked at: one that is wrong is not
// used, and must not keep the centre from taking what gateways deliver.
func ReadConfig(file string) (*Config, error) {
	c, _, d, err := readConfig(file)
	if err == nil {
		err = d.Err()
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Check returns every fault of the centre's file and of all files it names,
// laboratory files, secrets and certificates too, and of the addresses, as [strict.Problems], and the notes to them.
func Check(file string) (notes strict.Problems, err error) {
	c, f, d, err := readConfig(file)
	if err != nil {
		return nil, err
	}
	c.Lab.Check(f["lab"].Take)
	if d.Faults() == 0 {
		survey{c, time.Now()}.all(f)
	}
	return d.Notes(), d.Err()
}

func readConfig(file string) (*Config, map[string]strict.Node, *strict.Document, error) {
	data, err := program.ReadConfig(file)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("read centre file: %w", err)
	}
	d, root := strict.Open(file, data)
	f := root.Fields("site", "data", "listen", "broker", "agents", "plants", "method", "lab", "influx", "ahead", "authors", "makers", "verifiers")
	c := &Config{
		Site:   f["site"].Needed("north-park").PlainName("site"),
		Data:   cmp.Or(f["data"].Text(), "data"),
		Listen: cmp.Or(f["listen"].Text(), "127.0.0.1:8080"),
		Broker: brokerOf(f["broker"].As("broker")),
		Agents: agentsOf(f["agents"].Needed("the list of lines that nielu-agent enroll prints")),
		Influx: influxOf(f["influx"].As("influx")),
		Ahead:  time.Minute,
		file:   file,
	}
	if ahead := f["ahead"]; ahead.Present() {
		c.Ahead = ahead.Duration()
	}
	c.Makers, c.Verifiers = keysOf(f["makers"]), keysOf(f["verifiers"])
	if lab := f["lab"].Text(); lab != "" {
		c.Lab = entry.LabFolder(c.beside(lab))
	}
	c.readAuthors(f["authors"])
	c.readPlants(f["plants"].Needed("[plants/pyro1.yaml]"))
	f["method"].Take(c.readMethods(cmp.Or(f["method"].Text(), "puro-2025")))
	return c, f, d, nil
}

func brokerOf(x strict.Node) Broker {
	f := x.Fields("listen", "password_files", "cert", "key", "url", "user", "password_file", "ca")
	b := Broker{
		Listen: f["listen"].Text(), Passwords: map[string]string{}, Cert: f["cert"].Text(), Key: f["key"].Text(),
		URL: f["url"].Text(), User: f["user"].Text(), PasswordFile: f["password_file"].Text(), CA: f["ca"].Text(),
	}
	for _, e := range f["password_files"].Entries() {
		b.Passwords[e.Text] = e.Value.Text()
	}
	if b.URL != "" && b.Listen != "" {
		x.Fault("give listen for the built-in broker or url for another one, not both")
	}
	if (b.Cert == "") != (b.Key == "") {
		x.Fault("cert and key go together: give both or neither")
	}
	if b.URL == "" && b.Listen == "" {
		b.Listen = "127.0.0.1:1883"
	}
	return b
}

func agentsOf(x strict.Node) (agents []Agent) {
	items := x.List()
	if x.IsList() && len(items) == 0 {
		x.Fault("none may deliver: add the line that nielu-agent enroll prints")
	}
	lines := map[string]int{}
	for _, item := range items {
		f := item.Fields("key", "site")
		key := f["key"].Needed("the text that nielu-agent enroll prints")
		a := Agent{Key: key.Text(), Site: f["site"].Needed("north-park").PlainName("site")}
		if name, _, err := evidence.PublicKey(a.Key); key.Present() && err != nil {
			key.Fault("%v", err)
		} else if before, twice := lines[name]; twice && name != "" {
			key.Fault("agent %s is already in line %d", name, before)
		} else {
			lines[name] = item.Line()
		}
		agents = append(agents, a)
	}
	return agents
}

func influxOf(x strict.Node) *Influx {
	if !x.Present() {
		return nil
	}
	f := x.Fields("url", "org", "bucket", "token_file")
	return &Influx{
		URL: f["url"].Needed("http://127.0.0.1:8086").Text(), Org: f["org"].Text(),
		Bucket: f["bucket"].Needed("nielu/autogen").Text(), TokenFile: f["token_file"].Text(),
	}
}

// readPlants reads each plant file.
func (c *Config) readPlants(x strict.Node) {
	items := x.List()
	if x.IsList() && len(items) == 0 {
		x.Fault("name at least one plant file")
	}
	lines := map[string]int{}
	for _, item := range items {
		name := item.Text()
		if name == "" {
			continue
		}
		plant, file, err := c.readPlant(name)
		item.Take(err)
		if err != nil {
			continue
		}
		if before, twice := lines[plant.ID]; twice {
			item.Fault("plant %s is already in line %d", plant.ID, before)
		}
		lines[plant.ID] = item.Line()
		c.Plants, c.Files = append(c.Plants, plant), append(c.Files, file)
		item.TakeNotes(plant.Notes)
		for _, agent := range c.unknownAgents(plant) {
			item.Note("plant %s says that agent %s reads tags of it, and no line of agents above is of its key: it cannot deliver", plant.ID, agent)
		}
	}
}

// readPlant reads a plant file, or a built-in one.
func (c *Config) readPlant(name string) (*flowsheet.Plant, entry.File, error) {
	file, path, err := c.readFile(configs.Plants, "plants", name)
	if err != nil {
		return nil, file, err
	}
	plant, err := flowsheet.Parse(path, file.Body)
	if err == nil {
		file.Plants = []string{plant.ID}
	}
	return plant, file, err
}

// readMethods reads the method file, or a built-in one, and the other built-in
// ones: a report says what other methods make of the same carbon, and can be
// made again from the log.
func (c *Config) readMethods(name string) error {
	file, path, err := c.readFile(configs.Methods, "methods", name)
	if err != nil {
		return err
	}
	if c.Method, err = carbon.ParseMethod(path, file.Body); err != nil {
		return err
	}
	for _, id := range carbon.Methods() {
		other, _, err := c.readFile(configs.Methods, "methods", id)
		if err != nil {
			return err
		}
		if string(other.Body) != string(file.Body) {
			c.Files = append(c.Files, other)
		}
	}
	c.Files = append(c.Files, file)
	return nil
}

// readFile reads a file beside the centre's, or a built-in one where name is
// neither a path nor ends in ".yaml". The path is where it is for people.
func (c *Config) readFile(builtIn fs.FS, folder, name string) (file entry.File, path string, err error) {
	file = entry.File{Kind: evidence.Config, Name: name}
	if strings.ContainsAny(name, `/\`) || strings.HasSuffix(name, ".yaml") {
		path = c.beside(name)
		file.Body, err = program.ReadConfig(path)
		return file, path, err
	}
	file.Name = folder + "/" + name + ".yaml"
	if file.Body, err = fs.ReadFile(builtIn, file.Name); err != nil {
		err = fmt.Errorf("there is no built-in %s of the name %q; give the path of a file", strings.TrimSuffix(folder, "s"), name)
	}
	return file, file.Name, err
}

// readAuthors reads who may enter records: { name: shift lead 2, token_file: lead.token }.
func (c *Config) readAuthors(x strict.Node) {
	for _, item := range x.List() {
		f := item.Fields("name", "token_file")
		item.Need(f, "name", "token_file")
		c.Authors = append(c.Authors, console.Author{Name: f["name"].Text(), TokenFile: c.beside(f["token_file"].Text())})
	}
}

// keysOf reads a list of verifier texts.
func keysOf(x strict.Node) (keys []string) {
	for _, item := range x.List() {
		if _, _, err := evidence.PublicKey(item.Text()); err != nil {
			item.Fault("%v", err)
		}
		keys = append(keys, item.Text())
	}
	return keys
}
