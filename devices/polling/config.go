package polling

import (
	"cmp"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/devices/modbus"
	"github.com/nielu/nielu/devices/mqtt"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
)

// Config is an agent's file: who it is, where it sends, and what it reads.
type Config struct {
	Agent   string // name of the gateway
	Site    string
	Key     string // file of the agent's Ed25519 key
	Broker  string // mqtt:// or mqtts:// URL the agent sends to
	Centre  string // verifier key of the centre's log
	Metrics string // host:port to serve metrics on; empty for none
	Login   Login  // for Broker
	Spool   Spool

	Buses []Bus
	MQTT  []Subscriber

	Notes strict.Problems // to the file and its profiles: valid, and worth a second look

	catalogue devices.Catalogue
}

// Login is how an agent shows a broker who it is.
type Login struct {
	TLS          mqtt.TLS // files, for mqtts://
	User         string
	PasswordFile string
}

// Spool is the agent's durable queue.
type Spool struct {
	Dir       string
	Limit     int64 // bytes
	SealEvery time.Duration
}

// Bus is one serial line or one host:port, with the instruments on it.
type Bus struct {
	Line        modbus.Line
	Timeout     time.Duration // longest wait for a reply
	Instruments []Instrument
}

// Instrument is one instrument of a bus.
type Instrument struct {
	Name    string // the plant's own tag number
	UnitID  uint8
	Profile *devices.Profile
	Every   time.Duration
	Timeout time.Duration // the bus's, unless its own is given
	Latency time.Duration // how long it takes to answer, for the plan
	Blocks  []uint32      // indexes into the catalogue
}

// Subscriber is one broker with the topics sensors publish on.
type Subscriber struct {
	Broker string // URL
	Login  Login
	Blocks []uint32 // indexes into the catalogue
}

// Catalogue returns the map from blocks to tags that the file stands for.
func (c *Config) Catalogue() devices.Catalogue { return c.catalogue }

// configReader is one ParseConfig under way. Its maps give the line in which
// something that may be there once was found.
type configReader struct {
	doc      *strict.Document
	file     string
	config   *Config
	open     func(string) ([]byte, error)
	profiles map[string]*devices.Profile
	tags     map[measure.Tag]int
	names    map[string]int
	buses    map[string]int
	brokers  map[string]int
}

// ParseConfig reads an agent's file. open returns the bytes of a profile by
// its name, or by its path where that starts with "./" or ends with ".yaml".
// The error is [strict.Problems]: every fault of the file and its profiles at once.
func ParseConfig(file string, data []byte, open func(name string) ([]byte, error)) (*Config, error) {
	d, root := strict.Open(file, data)
	r := &configReader{
		doc: d, file: file, config: &Config{}, open: open,
		profiles: map[string]*devices.Profile{}, tags: map[measure.Tag]int{}, names: map[string]int{}, buses: map[string]int{}, brokers: map[string]int{},
	}
	f := root.Fields("agent", "site", "key", "broker", "tls", "user", "password_file", "centre", "spool", "metrics", "buses", "mqtt")
	r.agent(f)
	for _, bus := range f["buses"].List() {
		r.bus(bus.As("bus"))
	}
	for _, broker := range f["mqtt"].List() {
		r.subscriber(broker.As("mqtt"))
	}
	if len(r.config.catalogue.Blocks) == 0 && d.Faults() == 0 {
		root.Fault("reads nothing: name instruments under buses or subscriptions under mqtt")
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	r.config.Notes = d.Notes()
	return r.config, nil
}

// agent reads the keys about the agent itself.
func (r *configReader) agent(f map[string]strict.Node) {
	c := r.config
	c.Agent = f["agent"].Needed("gw-pyro1").PlainName("agent")
	c.Site = f["site"].Needed("demo-park").PlainName("site")
	c.catalogue.Agent, c.catalogue.Site = c.Agent, c.Site
	c.Key = f["key"].Text()
	c.Centre = f["centre"].Text()
	c.Metrics = f["metrics"].Text()
	c.Login = login(f)
	c.Broker = brokerURL(f["broker"])
	spool := f["spool"].As("spool").Fields("dir", "limit", "seal_every")
	c.Spool = Spool{
		Dir:       cmp.Or(spool["dir"].Text(), "spool"),
		Limit:     2e9,
		SealEvery: cmp.Or(spool["seal_every"].Duration(), 5*time.Second),
	}
	if limit := spool["limit"]; limit.Present() {
		var err error
		if c.Spool.Limit, err = parseSize(limit.Text()); err != nil {
			limit.Fault("%v", err)
		}
	}
}

func login(f map[string]strict.Node) Login {
	tls := f["tls"].As("tls")
	files := tls.Fields("ca", "cert", "key")
	if files["cert"].Present() != files["key"].Present() {
		tls.Fault("cert and key go together: give both or neither")
	}
	return Login{
		TLS:          mqtt.TLS{CA: files["ca"].Text(), Cert: files["cert"].Text(), Key: files["key"].Text()},
		User:         f["user"].Text(),
		PasswordFile: f["password_file"].Text(),
	}
}

func brokerURL(x strict.Node) string {
	text := x.Text()
	if text == "" {
		return ""
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "mqtt" && u.Scheme != "mqtts":
		x.Fault("%q is not a URL: write mqtt://host:1883 or mqtts://host:8883", text)
	case u.User != nil:
		x.Fault("no user or password in the URL: use user: and password_file:")
	}
	return text
}

// bus reads one bus and its instruments.
func (r *configReader) bus(x strict.Node) {
	f := x.Fields("bus", "timeout", "instruments")
	var b Bus
	if name := f["bus"].Needed("tcp://10.0.0.5:502").As(""); name.Present() {
		var err error
		if b.Line, err = modbus.ParseLine(name.Text()); err != nil {
			name.Fault("%v", err)
		} else if before, twice := r.buses[b.Line.Key()]; twice {
			name.Fault("bus %s is already in line %d: put all its instruments there, a bus has one owner", b.Line, before)
		}
		r.buses[b.Line.Key()] = name.Line()
	}
	b.Timeout = cmp.Or(f["timeout"].Duration(), 500*time.Millisecond)
	units := map[uint8]int{}
	for _, entry := range f["instruments"].Needed("").List() {
		if in, ok := r.instrument(entry, b); ok {
			if before, twice := units[in.UnitID]; twice && b.Line.Serial {
				entry.As("instrument "+in.Name).Fault("unit %d is already used in line %d: two instruments on one line need two units", in.UnitID, before)
			} else if twice {
				entry.As("instrument "+in.Name).Note("unit %d is already used in line %d: right only if both are the same device, as with two profiles of one controller", in.UnitID, before)
			}
			units[in.UnitID] = entry.Line()
			b.Instruments = append(b.Instruments, in)
		}
	}
	r.config.Buses = append(r.config.Buses, b)
}

// instrument reads one instrument and adds its blocks to the catalogue.
func (r *configReader) instrument(x strict.Node, bus Bus) (Instrument, bool) {
	x = x.As("instrument " + x.Peek("instrument"))
	f := x.Fields("instrument", "unit", "profile", "every", "timeout", "latency", "parameters", "holes", "max_registers", "tags")
	low, high := 0, 255
	if bus.Line.Serial {
		low, high = 1, 247
	}
	in := Instrument{
		Name:    r.name(f["instrument"]),
		UnitID:  uint8(f["unit"].Whole(1, low, high)),
		Every:   f["every"].Needed("1 s").Duration(),
		Timeout: cmp.Or(f["timeout"].Duration(), bus.Timeout),
		Latency: cmp.Or(f["latency"].Duration(), 20*time.Millisecond),
	}
	if p := f["profile"].Needed("eastron-sdm630"); p.Present() {
		in.Profile = r.profile(p)
	}
	before := r.doc.Faults()
	tags := r.tagsOf(f["tags"])
	if in.Profile == nil {
		return in, false
	}
	points := in.Profile.Resolve(tags, f["parameters"])
	if r.doc.Faults() > before || len(points) == 0 {
		return in, false
	}
	own := *in.Profile
	own.Holes = f["holes"].Whole(own.Holes, 0, 2000)
	own.MaxRegisters = f["max_registers"].Whole(own.MaxRegisters, 1, 125)
	blocks, err := coalesce(points, &own, costOf(bus.Line, in.Latency))
	if err != nil {
		x.Fault("%v", err)
		return in, false
	}
	for _, b := range blocks {
		b.Instrument, b.Bus, b.Every, b.UnitID = in.Name, bus.Line.String(), int64(in.Every), in.UnitID
		b.Profile, b.Version, b.ProfileDigest, b.Clock = in.Profile.Name, in.Profile.Version, in.Profile.Digest, in.Profile.Clock
		b.Stamps = in.Profile.Stamps
		if need := bus.Line.Transfer(b.Bytes()); need >= in.Timeout {
			x.Fault("timeout %v is shorter than the %v that %d registers take on this line: raise timeout", in.Timeout, need.Round(time.Millisecond), b.Quantity)
		}
		in.Blocks = append(in.Blocks, uint32(len(r.config.catalogue.Blocks)))
		r.config.catalogue.Blocks = append(r.config.catalogue.Blocks, b)
	}
	return in, true
}

// name reads the plant's own tag number, which is unique in the file.
func (r *configReader) name(x strict.Node) string {
	x = x.Needed("WT-101").As("")
	name := x.Text()
	if name == "" {
		return ""
	}
	if len(name) > 60 || strings.ContainsFunc(name, func(c rune) bool { return c <= ' ' || c > '~' }) {
		x.Fault("instrument %q: must be 1 to 60 printable letters without spaces", name)
	}
	if before, twice := r.names[name]; twice {
		x.Fault("instrument %s is already in line %d", name, before)
	}
	r.names[name] = x.Line()
	return name
}

// profile returns the profile of that name, read once.
func (r *configReader) profile(x strict.Node) *devices.Profile {
	name := x.Text()
	if p, known := r.profiles[name]; known || name == "" {
		return p
	}
	r.profiles[name] = nil
	data, err := r.open(name)
	if err != nil {
		x.Fault("%q cannot be read: %v", name, err)
		return nil
	}
	file := name
	if strings.HasPrefix(name, "./") {
		file = filepath.Join(filepath.Dir(r.file), name)
	} else if !strings.HasSuffix(name, ".yaml") {
		file += ".yaml"
	}
	p, err := devices.ParseProfile(file, data)
	if err != nil {
		x.Take(err)
		x.Fault("%q has faults, listed with it", name)
		return nil
	}
	x.TakeNotes(p.Notes)
	r.profiles[name] = p
	return p
}

// tagsOf reads the tags mapping; each tag may be fed once in the whole file.
func (r *configReader) tagsOf(x strict.Node) (all []devices.TagEntry) {
	before := r.doc.Faults()
	for _, e := range x.Needed("{ pyro1/char/hopper_weight: net_weight }").Entries() {
		tag := e.Key.Tag()
		if tag == "" {
			continue
		}
		if line, twice := r.tags[tag]; twice {
			e.Key.Fault("tag %s is already fed in line %d", tag, line)
			continue
		}
		r.tags[tag] = e.Key.Line()
		all = append(all, devices.TagEntry{Tag: tag, Source: e.Value})
	}
	if len(all) == 0 && r.doc.Faults() == before {
		x.Fault("names no tag")
	}
	return all
}

// costOf is the cost model of a bus for one instrument.
func costOf(line modbus.Line, latency time.Duration) cost {
	return cost{request: line.Transfer(0) + latency, register: line.Transfer(2) - line.Transfer(0)}
}
