package centre

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nielu/nielu/centre/archive"
	"github.com/nielu/nielu/centre/entry"
	"github.com/nielu/nielu/console"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/flowsheet"
)

// Config is the centre's file. Paths in it are beside it.
type Config struct {
	Site   string
	Data   string // folder of the log, the keys and the projections; default: data
	Listen string // of the console; default 127.0.0.1:8080
	Broker Broker
	Agents []Agent
	Plants []*flowsheet.Plant
	Method *carbon.Method  // default puro-2025
	Files  []entry.File    // that become leaves: of the plants and of every method, the one above last
	Lab    entry.LabFolder // of laboratory files, looked at every minute
	Influx *Influx
	Ahead  time.Duration // how far ahead of the centre's clock a reading may be; default 1 min

	Authors   []console.Author // who may enter records; none: nobody
	Makers    []string         // verifier texts of keys that sign statements and withdraw them
	Verifiers []string         // verifier texts of keys that certify statements

	file string // that it was read from
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

// Folder is where the centre keeps everything.
func (c *Config) Folder() archive.Folder { return archive.Folder(c.beside(c.Data)) }

// Archive opens the centre's log on disk, beside a centre that may be running.
func (c *Config) Archive() (*archive.Disk, error) {
	return archive.Open(c.Folder(), c.Site, c.Plants)
}

// Author returns the author of a name; "" is the only one.
func (c *Config) Author(name string) (console.Author, error) {
	var names []string
	for _, a := range c.Authors {
		if a.Name == name || name == "" && len(c.Authors) == 1 {
			return a, nil
		}
		names = append(names, fmt.Sprintf("%q", a.Name))
	}
	if len(names) == 0 {
		return console.Author{}, errors.New("the centre's file names no authors: add authors: [{ name: ..., token_file: ... }]")
	}
	return console.Author{}, fmt.Errorf("name the author with --author; the centre's file has %s", strings.Join(names, ", "))
}

// beside resolves a path from the folder of the centre's file.
func (c *Config) beside(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(c.file), path)
}

// unknownAgents returns the agents that read tags of a plant and are not in the
// centre's file, in the order of the tags.
func (c *Config) unknownAgents(p *flowsheet.Plant) (names []string) {
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
