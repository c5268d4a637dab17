package centre

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nielu/nielu/console"
	"github.com/nielu/nielu/devices/mqtt"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/program"
)

// Config is the centre's file. Paths in it are beside it.
type Config struct {
	Site   string
	Data   string // folder of the log, the keys and the projections; default: data
	Listen string // of the console; default 127.0.0.1:8080
	Broker Broker
	Agents []Agent
	Plants []string // plant files, or names of built-in ones
	Method string   // method file, or the name of a built-in one; default puro-2025
	Lab    string   // folder of laboratory files, looked at every minute
	Influx *Influx
	Ahead  time.Duration // how far ahead of the centre's clock a reading may be; default 1 min

	Authors   []console.Author // who may enter records; none: nobody
	Makers    []string         // verifier texts of keys that sign statements and withdraw them
	Verifiers []string         // verifier texts of keys that certify statements

	file string
	ids  []string // of the plants
}

// Broker is the built-in broker, or the way to another one.
type Broker struct {
	Listen       string            // of the built-in one; default 127.0.0.1:1883 if there is no url
	Passwords    map[string]string // of the built-in one: user to file; empty: all, on loopback only
	Cert         string            // of the built-in one, or of the client
	Key          string
	URL          string // mqtt:// or mqtts://
	User         string
	PasswordFile string
	CA           string
}

// Agent is a gateway that may deliver: the line that nielu-agent enroll prints.
type Agent struct {
	Key  string // verifier text
	Site string
}

// Influx is an InfluxDB, or an engine that takes its v2 write API.
type Influx struct {
	URL       string
	Org       string
	Bucket    string // database/retention-policy on 1.8
	TokenFile string
}

// beside resolves a path from the folder of the centre's file.
func (c *Config) beside(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(c.file), path)
}

// read returns a file beside the centre's, or a built-in one where name is
// neither a path nor ends in ".yaml": what it is called in the log, where it
// is for people, and what it says.
func (c *Config) read(builtIn fs.FS, folder, name string) (file, path string, data []byte, err error) {
	if strings.ContainsAny(name, `/\`) || strings.HasSuffix(name, ".yaml") {
		path = c.beside(name)
		data, err = program.ReadConfig(path)
		return name, path, data, err
	}
	file = folder + "/" + name + ".yaml"
	if data, err = fs.ReadFile(builtIn, file); err != nil {
		err = fmt.Errorf("there is no built-in %s of the name %q; give the path of a file", strings.TrimSuffix(folder, "s"), name)
	}
	return file, file, data, err
}

func (c *Config) clientTLS() mqtt.TLS {
	return mqtt.TLS{CA: c.beside(c.Broker.CA), Cert: c.beside(c.Broker.Cert), Key: c.beside(c.Broker.Key)}
}

// strangers returns the agents that read tags of a plant and are not in the
// centre's file, in the order of the tags.
func (c *Config) strangers(p *pipeline.Plant) (names []string) {
	for _, t := range p.Tags {
		for _, r := range t.Readers {
			is := func(a Agent) bool {
				name, _, err := evidence.PublicKey(a.Key)
				return err == nil && name == r.Agent
			}
			if !slices.Contains(names, r.Agent) && !slices.ContainsFunc(c.Agents, is) {
				names = append(names, r.Agent)
			}
		}
	}
	return names
}
