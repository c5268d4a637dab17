package gateway

import (
	"errors"
	"net"
	"os"
	"time"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure/strict"
)

// Check reads an agent's file and all that it names, and finds what would
// keep the gateway from running. The error is [strict.Problems] if the file,
// or one that it names, is wrong.
func Check(file string) (notes strict.Problems, err error) {
	config, err := ReadConfig(file)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	d, root := strict.Open(file, data)
	top := values(root)
	c := checker{file: file, now: time.Now()}
	for name, example := range map[string]string{"key": "agent.key", "centre": "the line of the centre's log.pub", "broker": "mqtts://centre.example:8883"} {
		if !top[name].Present() {
			root.Fault("%s is missing: write %s: %s", name, name, example)
		}
	}
	c.agentKey(top["key"], config.Agent)
	if centre := top["centre"]; centre.Present() {
		if _, _, err := evidence.PublicKey(centre.Text()); err != nil {
			centre.Fault("%v; take the line of the centre's log.pub", err)
		}
	}
	c.login(top)
	if top["mqtt"].Present() {
		for _, broker := range top["mqtt"].List() {
			c.login(values(broker))
		}
	}
	c.metrics(top["metrics"])
	c.spool(values(top["spool"])["dir"], config.Spool.Dir)
	return append(config.Notes, d.Notes()...), d.Err()
}

// values returns the values of a mapping by their keys.
func values(x strict.Node) map[string]strict.Node {
	all := map[string]strict.Node{}
	if x.Present() {
		for _, e := range x.Entries() {
			all[e.Text] = e.Value
		}
	}
	return all
}

// checker is one Check under way.
type checker struct {
	file string
	now  time.Time
}

// agentKey reads the key if it was made.
func (c checker) agentKey(x strict.Node, name string) {
	if !x.Present() {
		return
	}
	path := resolvePath(c.file, x.Text())
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return // made on first use
	}
	if err == nil {
		_, err = evidence.LoadOrCreateKey(path, name)
	}
	switch {
	case err != nil:
		x.Fault("%v", err)
	case info.Mode().Perm()&0o077 != 0:
		x.Note("%s can be read by others than its owner: chmod 600 it, and enrol a new key if others were on this machine", path)
	}
}

// metrics tries the address.
func (c checker) metrics(x strict.Node) {
	if !x.Present() {
		return
	}
	if _, err := net.ResolveTCPAddr("tcp", x.Text()); err != nil {
		x.Fault("%v: write 127.0.0.1:9101", err)
		return
	}
	listener, err := net.Listen("tcp", x.Text())
	if err != nil {
		x.Note("cannot be served now (%v): if the gateway does not run already, give another port", err)
		return
	}
	_ = listener.Close()
}

// spool looks at the folder of the spool.
func (c checker) spool(x strict.Node, dir string) {
	path := resolvePath(c.file, dir)
	if !x.Present() {
		return
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist): // made on first use
	case err != nil:
		x.Fault("%v", err)
	case !info.IsDir():
		x.Fault("%s is not a folder", path)
	}
}
