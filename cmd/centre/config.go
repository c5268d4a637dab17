package centre

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/nielu/nielu/devices/mqtt"
	"github.com/nielu/nielu/ingest/evidence"
	"github.com/nielu/nielu/measure"
)

// Config is the centre's file. Paths in it are beside it.
type Config struct {
	Site   string   `yaml:"site"`
	Data   string   `yaml:"data"`   // folder of the log, the keys and the projections; default: data
	Listen string   `yaml:"listen"` // of the console; default 127.0.0.1:8080
	Broker Broker   `yaml:"broker"`
	Agents []Agent  `yaml:"agents"`
	Plants []string `yaml:"plants"` // plant files, or names of built-in ones
	Method string   `yaml:"method"` // method file, or the name of a built-in one; default puro-2025
	Lab    string   `yaml:"lab"`    // folder of laboratory files, looked at every minute
	Influx *Influx  `yaml:"influx"`

	file string
}

// Broker is the built-in broker, or the way to another one.
type Broker struct {
	Listen       string            `yaml:"listen"`         // of the built-in one; default 127.0.0.1:1883 if there is no url
	Passwords    map[string]string `yaml:"password_files"` // of the built-in one: user to file; empty: all, on loopback only
	Cert         string            `yaml:"cert"`           // of the built-in one, or of the client
	Key          string            `yaml:"key"`
	URL          string            `yaml:"url"` // mqtt:// or mqtts://
	User         string            `yaml:"user"`
	PasswordFile string            `yaml:"password_file"`
	CA           string            `yaml:"ca"`
}

// Agent is a gateway that may deliver: the line that nielu-agent enroll prints.
type Agent struct {
	Key  string `yaml:"key"` // verifier text
	Site string `yaml:"site"`
}

// Influx is an InfluxDB, or an engine that takes its v2 write API.
type Influx struct {
	URL       string `yaml:"url"`
	Org       string `yaml:"org"`
	Bucket    string `yaml:"bucket"` // database/retention-policy on 1.8
	TokenFile string `yaml:"token_file"`
}

// ReadConfig reads the centre's file and all files it refers to. The error
// holds every fault that was found, one a line.
func ReadConfig(file string) (*Config, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read centre file: %w", err)
	}
	c := &Config{Data: "data", Listen: "127.0.0.1:8080", Method: "puro-2025", file: file}
	if err := yaml.UnmarshalWithOptions(data, c, yaml.Strict()); err != nil {
		return nil, placed(file, err)
	}
	if c.Broker.URL == "" && c.Broker.Listen == "" {
		c.Broker.Listen = "127.0.0.1:1883"
	}
	if _, _, err := c.inputs(); err != nil {
		return nil, err
	}
	return c, c.check()
}

func (c *Config) check() error {
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf(c.file+": "+format, args...))
	}
	if _, err := measure.ParseName("site", c.Site); err != nil {
		fault("%v", err)
	}
	if len(c.Plants) == 0 {
		fault("plants: name at least one plant file")
	}
	if len(c.Agents) == 0 {
		fault("agents: none may deliver; add the line that nielu-agent enroll prints")
	}
	for i, a := range c.Agents {
		if _, _, err := evidence.PublicKey(a.Key); err != nil {
			fault("agents[%d]: %v", i, err)
		}
		if _, err := measure.ParseName("site", a.Site); err != nil {
			fault("agents[%d]: %v", i, err)
		}
	}
	if c.Broker.URL != "" && c.Broker.Listen != "" {
		fault("broker: give listen for the built-in broker or url for another one, not both")
	}
	if c.Influx != nil && (c.Influx.URL == "" || c.Influx.Bucket == "") {
		fault("influx: url and bucket are needed")
	}
	return errors.Join(faults...)
}

// position finds the place in the messages of the YAML library.
var position = regexp.MustCompile(`^\[(\d+):(\d+)\] ([^\n]*)`)

// placed turns an error of the YAML library into "file:line:col: message".
func placed(file string, err error) error {
	if m := position.FindStringSubmatch(err.Error()); m != nil {
		return fmt.Errorf("%s:%s:%s: %s", file, m[1], m[2], m[3])
	}
	return fmt.Errorf("%s: %w", file, err)
}

// beside resolves a path from the folder of the centre's file.
func (c *Config) beside(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(c.file), path)
}

// read returns a file beside the centre's, or a built-in one where name is
// neither a path nor ends in ".yaml".
func (c *Config) read(builtIn fs.FS, folder, name string) (file string, data []byte, err error) {
	if strings.ContainsAny(name, `/\`) || strings.HasSuffix(name, ".yaml") {
		data, err = os.ReadFile(c.beside(name))
		return name, data, err
	}
	file = folder + "/" + name + ".yaml"
	if data, err = fs.ReadFile(builtIn, file); err != nil {
		return file, nil, fmt.Errorf("%s: there is no built-in %s of the name %q; give the path of a file", c.file, strings.TrimSuffix(folder, "s"), name)
	}
	return file, data, nil
}

func (c *Config) clientTLS() mqtt.TLS {
	return mqtt.TLS{CA: c.beside(c.Broker.CA), Cert: c.beside(c.Broker.Cert), Key: c.beside(c.Broker.Key)}
}
