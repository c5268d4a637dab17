package centre_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nielu/nielu/centre"
	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure/strict"
)

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func agentKey(t *testing.T) string {
	t.Helper()
	key, err := evidence.LoadOrCreateKey(filepath.Join(t.TempDir(), "agent.key"), "gw-1")
	if err != nil {
		t.Fatal(err)
	}
	return key.Verifier()
}

func TestReadConfig(t *testing.T) {
	dir := t.TempDir()
	plant, err := configs.Plants.ReadFile("plants/pyro1.yaml")
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "plants/own.yaml", string(plant))
	write(t, dir, "centre.pw", "c")
	write(t, dir, "gw-1.pw", "g")
	key := agentKey(t)
	file := write(t, dir, "nielu.yaml", "site: park\nlisten: 127.0.0.1:0\nagents:\n  - { key: \""+key+"\", site: park }\nplants: [plants/own.yaml, htl1]\n"+
		"broker: { listen: 127.0.0.1:0, password_files: { centre: centre.pw, gw-1: gw-1.pw } }\ninflux: { url: 'http://127.0.0.1:8086', bucket: b }\nahead: 20 s\n")
	c, err := centre.ReadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	if c.Site != "park" || c.Data != "data" || c.Listen != "127.0.0.1:0" || c.Method.ID != "puro-2025" || c.Lab != "" || c.Ahead != 20*time.Second || len(c.Plants) != 2 ||
		len(c.Agents) != 1 || c.Agents[0] != (centre.Agent{Key: key, Site: "park"}) ||
		c.Broker.Listen != "127.0.0.1:0" || c.Broker.Passwords["gw-1"] != "gw-1.pw" || *c.Influx != (centre.Influx{URL: "http://127.0.0.1:8086", Bucket: "b"}) {
		t.Errorf("%+v", c)
	}
	if _, err := centre.Check(file); err != nil {
		t.Error(err)
	}
}

// TestCheckSaysAllFaultsAtOnce breaks the centre's file and each file it names.
func TestCheckSaysAllFaultsAtOnce(t *testing.T) {
	dir := t.TempDir()
	key := agentKey(t)
	write(t, dir, "plants/p.yaml", "plant: p\nname: P\nsite: park\nprocess: htl\nbalance_every: 60\ntags: {}\n")
	write(t, dir, "method.yaml", "methd: m\n")
	write(t, dir, "lab/bad.yaml", "laboratory: { name: L, acreditation: none }\nlots: []\n")
	write(t, dir, "lab/worse.yaml", "lots: 5\n")
	file := write(t, dir, "nielu.yaml", `sites: Park
site: Park
broker: { listen: "127.0.0.1:0", url: "mqtt://x", usr: me }
agents:
  - { key: nonsense, site: park }
  - { site: park, kee: x }
  - { key: "`+key+`", site: park }
  - { key: "`+key+`", site: park }
plants: [plants/p.yaml, pyro1, pyro2, ./missing.yaml, pyro1]
method: method.yaml
lab: lab
influx: { url: "http://127.0.0.1:8086" }
`)
	_, err := centre.Check(file)
	problems, ok := strict.ProblemsOf(err)
	if !ok {
		t.Fatalf("%T: %v", err, err)
	}
	for _, want := range []string{
		`nielu.yaml:1:1: unknown key "sites"; did you mean "site"?`,
		`nielu.yaml:2:7: site "Park": must be`,
		`nielu.yaml:3:9: broker: give listen for the built-in broker or url for another one, not both`,
		`nielu.yaml:3:51: broker: unknown key "usr"; did you mean "user"?`,
		`nielu.yaml:5:12: key: `,
		`nielu.yaml:6:5: key is missing`,
		`nielu.yaml:6:19: agents: unknown key "kee"; did you mean "key"?`,
		`nielu.yaml:8:12: key: agent gw-1 is already in line 7`,
		`nielu.yaml:9:32: plants: there is no built-in plant of the name "pyro2"`,
		`nielu.yaml:9:39: plants: open `,
		`nielu.yaml:9:55: plants: plant pyro1 is already in line 9`,
		`nielu.yaml:12:9: influx: bucket is missing, as in bucket: nielu/autogen`,
		`plants/p.yaml:5:16: balance_every: 60 has no unit`,
		`method.yaml:1:1: unknown key "methd"; did you mean "method"?`,
		`lab/bad.yaml:1:24: laboratory: unknown key "acreditation"; did you mean "accreditation"?`,
		`lab/worse.yaml:1:7: lots: needs a list here`,
	} {
		found := false
		for _, p := range problems {
			found = found || strings.HasPrefix(p.Error(), filepath.Join(dir, want))
		}
		if !found {
			t.Errorf("not said: %s", want)
		}
	}
	if t.Failed() {
		t.Log("said:\n" + err.Error())
	}
	_, err = centre.ReadConfig(file)
	if err == nil || !strings.Contains(err.Error(), "p.yaml:5:16") || strings.Contains(err.Error(), "lab/") {
		t.Errorf("a wrong laboratory file keeps the centre from starting: %v", err)
	}
}

func TestCheckWithoutTheFile(t *testing.T) {
	_, err := centre.Check(filepath.Join(t.TempDir(), "none.yaml"))
	if _, ok := strict.ProblemsOf(err); ok || err == nil {
		t.Errorf("%v", err)
	}
}
