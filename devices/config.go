package devices

import (
	"fmt"
	"math/big"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nielu/nielu/devices/modbus"
	"github.com/nielu/nielu/devices/mqtt"
	"github.com/nielu/nielu/measure"
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

	catalogue Catalogue
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
	Profile *Profile
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
func (c *Config) Catalogue() Catalogue { return c.catalogue }

// reading is one ParseConfig under way.
type reading struct {
	document
	config   *Config
	open     func(string) ([]byte, error)
	profiles map[string]*Profile
	tags     map[measure.Tag]place
	names    map[string]place
	buses    map[string]place
}

// ParseConfig reads an agent's file. open returns the bytes of a profile by
// its name, or by its path where that starts with "./" or ends with ".yaml".
// The error is [Problems]: every fault of the file and its profiles at once.
func ParseConfig(file string, data []byte, open func(name string) ([]byte, error)) (*Config, error) {
	r := &reading{
		document: document{file, new(Problems)}, config: &Config{}, open: open,
		profiles: map[string]*Profile{}, tags: map[measure.Tag]place{}, names: map[string]place{}, buses: map[string]place{},
	}
	root, ok := r.parse(data)
	if !ok {
		return nil, r.failed()
	}
	f, ok := r.mapping(root, "agent file", "agent", "site", "key", "broker", "tls", "user", "password_file",
		"centre", "spool", "metrics", "buses", "mqtt")
	if !ok {
		return nil, r.failed()
	}
	r.agent(f)
	if buses, ok := f.get("buses"); ok {
		for _, bus := range r.list(buses.node, "buses") {
			r.bus(bus)
		}
	}
	if brokers, ok := f.get("mqtt"); ok {
		for _, broker := range r.list(brokers.node, "mqtt") {
			r.subscriber(broker)
		}
	}
	if len(r.config.catalogue.Blocks) == 0 && len(*r.problems) == 0 {
		r.add(f.at, "agent file: reads nothing: name instruments under buses or subscriptions under mqtt")
	}
	if err := r.failed(); err != nil {
		return nil, err
	}
	return r.config, nil
}

// agent reads the keys about the agent itself.
func (r *reading) agent(f fields) {
	c := r.config
	c.Agent = r.name(f, "agent", "gw-pyro1")
	c.Site = r.name(f, "site", "demo-park")
	c.catalogue.Agent, c.catalogue.Site = c.Agent, c.Site
	c.Key, _ = f.text("key")
	c.Centre, _ = f.text("centre")
	c.Metrics, _ = f.text("metrics")
	c.Login = f.login()
	var at place
	if c.Broker, at = f.text("broker"); c.Broker != "" {
		r.brokerURL(c.Broker, at)
	}
	c.Spool = Spool{Dir: "spool", Limit: 2e9, SealEvery: 5 * time.Second}
	spool, ok := f.get("spool")
	if !ok {
		return
	}
	m, ok := r.mapping(spool.node, "spool", "dir", "limit", "seal_every")
	if !ok {
		return
	}
	if dir, _ := m.text("dir"); dir != "" {
		c.Spool.Dir = dir
	}
	if text, at := m.text("limit"); text != "" {
		limit, err := parseBytes(text)
		if err != nil {
			r.add(at, "spool: limit: %v", err)
		}
		c.Spool.Limit = limit
	}
	c.Spool.SealEvery = m.duration("seal_every", c.Spool.SealEvery)
}

func (r *reading) name(f fields, key, example string) string {
	text, at := f.need(key, example)
	if text != "" {
		if _, err := measure.ParseName(key, text); err != nil {
			r.add(at, "%v", err)
		}
	}
	return text
}

func (f fields) login() Login {
	var login Login
	login.User, _ = f.text("user")
	login.PasswordFile, _ = f.text("password_file")
	if entry, ok := f.get("tls"); ok {
		if m, ok := f.doc.mapping(entry.node, "tls", "ca", "cert", "key"); ok {
			login.TLS.CA, _ = m.text("ca")
			login.TLS.Cert, _ = m.text("cert")
			login.TLS.Key, _ = m.text("key")
			if (login.TLS.Cert == "") != (login.TLS.Key == "") {
				f.doc.add(entry.at, "tls: cert and key go together: give both or neither")
			}
		}
	}
	return login
}

func (f fields) duration(key string, absent time.Duration) time.Duration {
	text, at := f.text(key)
	if text == "" {
		return absent
	}
	d, err := parseDuration(text)
	if err != nil {
		f.doc.add(at, "%s: %s: %v", f.what, key, err)
		return absent
	}
	return d
}

func (r *reading) brokerURL(text string, at place) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "mqtt" && u.Scheme != "mqtts":
		r.add(at, "broker %q is not a URL: write mqtt://host:1883 or mqtts://host:8883", text)
	case u.User != nil:
		r.add(at, "broker: no user or password in the URL: use user: and password_file:")
	}
}

// bus reads one bus and its instruments.
func (r *reading) bus(n node) {
	m, ok := r.mapping(n, "bus", "bus", "timeout", "instruments")
	if !ok {
		return
	}
	var b Bus
	text, at := m.need("bus", "tcp://10.0.0.5:502")
	if text != "" {
		var err error
		if b.Line, err = modbus.ParseLine(text); err != nil {
			r.add(at, "%v", err)
		} else if before, twice := r.buses[b.Line.Key()]; twice {
			r.add(at, "bus %s is already in line %d: put all its instruments there, a bus has one owner", b.Line, before.line)
		}
		r.buses[b.Line.Key()] = at
	}
	b.Timeout = m.duration("timeout", 500*time.Millisecond)
	instruments, ok := m.get("instruments")
	if !ok {
		r.add(m.at, "bus %s: instruments is missing", text)
		return
	}
	units := map[uint8]place{}
	for _, entry := range r.list(instruments.node, "instruments") {
		if in, ok := r.instrument(entry, b); ok {
			if before, twice := units[in.UnitID]; twice && b.Line.Serial {
				r.add(entry.place, "instrument %s: unit %d is already used in line %d: two instruments on one line need two units", in.Name, in.UnitID, before.line)
			}
			units[in.UnitID] = entry.place
			b.Instruments = append(b.Instruments, in)
		}
	}
	r.config.Buses = append(r.config.Buses, b)
}

// instrument reads one instrument and adds its blocks to the catalogue.
func (r *reading) instrument(n node, bus Bus) (Instrument, bool) {
	m, ok := r.mapping(n, "instrument", "instrument", "unit", "profile", "every", "timeout", "latency", "parameters", "tags")
	if !ok {
		return Instrument{}, false
	}
	in := Instrument{Timeout: m.duration("timeout", bus.Timeout), Latency: m.duration("latency", 20*time.Millisecond)}
	in.Name = r.instrumentName(m)
	m.what = "instrument " + in.Name
	low, high := 0, 255
	if bus.Line.Serial {
		low, high = 1, 247
	}
	in.UnitID = uint8(m.integer("unit", 1, low, high))
	in.Every = m.duration("every", 0)
	if in.Every == 0 {
		if _, given := m.get("every"); !given {
			r.add(m.at, "%s: every is missing, as in every: 1 s", m.what)
		}
	}
	name, at := m.need("profile", "eastron-sdm630")
	if name != "" {
		in.Profile = r.profile(name, at)
	}
	before := len(*r.problems)
	tags := r.tagsOf(m)
	if in.Profile == nil || len(*r.problems) > before {
		if in.Profile != nil {
			r.points(m, tags, in.Profile)
		}
		return in, false
	}
	points, functions := r.points(m, tags, in.Profile)
	if len(*r.problems) > before || len(points) == 0 {
		return in, false
	}
	blocks, err := coalesce(points, functions, in.Profile, costOf(bus.Line, in.Latency))
	if err != nil {
		r.add(m.at, "%s: %v", m.what, err)
		return in, false
	}
	for _, b := range blocks {
		b.Instrument, b.Bus, b.Every, b.UnitID = in.Name, bus.Line.String(), int64(in.Every), in.UnitID
		b.Profile, b.Version, b.ProfileDigest, b.Clock = in.Profile.Name, in.Profile.Version, in.Profile.Digest, in.Profile.Clock
		if need := bus.Line.Transfer(b.Bytes()); need >= in.Timeout {
			r.add(m.at, "%s: timeout %v is shorter than the %v that %d registers take on this line: raise timeout", m.what, in.Timeout, need.Round(time.Millisecond), b.Quantity)
		}
		in.Blocks = append(in.Blocks, uint32(len(r.config.catalogue.Blocks)))
		r.config.catalogue.Blocks = append(r.config.catalogue.Blocks, b)
	}
	return in, true
}

// instrumentName reads the plant's own tag number, which is unique in the file.
func (r *reading) instrumentName(m fields) string {
	name, at := m.need("instrument", "WT-101")
	if name == "" {
		return ""
	}
	if len(name) > 60 || strings.ContainsFunc(name, func(c rune) bool { return c <= ' ' || c > '~' }) {
		r.add(at, "instrument %q: must be 1 to 60 printable letters without spaces", name)
	}
	if before, twice := r.names[name]; twice {
		r.add(at, "instrument %s is already in line %d", name, before.line)
	}
	r.names[name] = at
	return name
}

// profile returns the profile of that name, read once.
func (r *reading) profile(name string, at place) *Profile {
	if p, known := r.profiles[name]; known {
		return p
	}
	r.profiles[name] = nil
	data, err := r.open(name)
	if err != nil {
		r.add(at, "profile %q cannot be read: %v", name, err)
		return nil
	}
	file := name
	if strings.HasPrefix(name, "./") {
		file = filepath.Join(filepath.Dir(r.file), name)
	} else if !strings.HasSuffix(name, ".yaml") {
		file += ".yaml"
	}
	p, err := ParseProfile(file, data)
	if problems, ok := err.(Problems); ok {
		*r.problems = append(*r.problems, problems...)
		r.add(at, "profile %q has %d problem(s), listed with it", name, len(problems))
		return nil
	}
	r.profiles[name] = p
	return p
}

// tagEntry is one line of a tags mapping.
type tagEntry struct {
	tag measure.Tag
	field
}

// tagsOf reads the tags mapping; each tag may be fed once in the whole file.
func (r *reading) tagsOf(m fields) []tagEntry {
	entry, ok := m.get("tags")
	if !ok {
		r.add(m.at, "%s: tags is missing: it says which tag each point feeds", m.what)
		return nil
	}
	list, _ := r.mapping(entry.node, m.what+": tags")
	if len(list.list) == 0 {
		r.add(entry.at, "%s: tags names no tag", m.what)
	}
	var out []tagEntry
	for _, f := range list.list {
		tag, err := measure.ParseTag(f.key)
		if err != nil {
			r.add(f.at, "%s: %v", m.what, err)
			continue
		}
		if before, twice := r.tags[tag]; twice {
			r.add(f.at, "%s: tag %s is already fed in line %d", m.what, tag, before.line)
			continue
		}
		r.tags[tag] = f.at
		out = append(out, tagEntry{tag, f})
	}
	return out
}

// points resolves an instrument's tags to points of its profile.
func (r *reading) points(m fields, tags []tagEntry, profile *Profile) (points []Point, functions []uint8) {
	parameters := r.parameters(m, profile)
	for _, entry := range tags {
		name, ok := r.scalar(entry.node)
		if !ok {
			r.add(entry.place, "%s: tag %s needs the name of a point of %s", m.what, entry.tag, profile.Name)
			continue
		}
		point, ok := profile.Point(name)
		if !ok {
			hint := suggest(name, profile.pointNames())
			if hint == "" {
				hint = "; it has " + strings.Join(profile.pointNames(), ", ")
			}
			r.add(entry.place, "%s: profile %s has no point %q%s", m.what, profile.Name, name, hint)
			continue
		}
		if parameters == nil {
			continue
		}
		scale, layout, err := point.resolve(parameters)
		if err != nil {
			r.add(entry.place, "%s: point %s: %v", m.what, name, err)
			continue
		}
		points = append(points, Point{Tag: entry.tag, Name: name, Address: point.Address, Scale: scale, Layout: layout})
		functions = append(functions, point.Function)
	}
	return points, functions
}

// parameters reads what the profile asks of each instrument, in the profile's
// units; nil if something is wrong.
func (r *reading) parameters(m fields, profile *Profile) map[string]*big.Rat {
	before := len(*r.problems)
	out := map[string]*big.Rat{}
	var names []string
	for name := range profile.Parameters {
		names = append(names, name)
	}
	slices.Sort(names)
	var given fields
	if entry, ok := m.get("parameters"); ok {
		if len(names) == 0 {
			r.add(entry.at, "%s: profile %s takes no parameters", m.what, profile.Name)
			return nil
		}
		given, _ = r.mapping(entry.node, m.what+": parameters", names...)
	} else {
		given = fields{doc: &r.document, at: m.at, what: m.what + ": parameters"}
	}
	for _, name := range names {
		unit := profile.Parameters[name]
		text, at := given.need(name, "'500 "+unit.String()+"'")
		if text == "" {
			continue
		}
		value, from, bare, err := exactQuantity(text)
		if err == nil && bare && unit != (measure.Unit{}) {
			err = fmt.Errorf("%q has no unit: write '%s %s'", text, text, unit)
		}
		if err == nil {
			value, err = inUnit(value, from, unit)
		}
		if err != nil {
			r.add(at, "%s: parameter %s: %v", m.what, name, err)
			continue
		}
		out[name] = value
	}
	if len(*r.problems) > before {
		return nil
	}
	return out
}

// costOf is the cost model of a bus for one instrument.
func costOf(line modbus.Line, latency time.Duration) cost {
	return cost{request: line.Transfer(0) + latency, register: line.Transfer(2) - line.Transfer(0)}
}

// subscriber reads one broker and its subscriptions.
func (r *reading) subscriber(n node) {
	m, ok := r.mapping(n, "mqtt", "broker", "tls", "user", "password_file", "subscriptions")
	if !ok {
		return
	}
	s := Subscriber{Broker: r.config.Broker, Login: r.config.Login}
	if text, at := m.text("broker"); text != "" {
		r.brokerURL(text, at)
		s.Broker, s.Login = text, m.login()
	} else if s.Broker == "" {
		r.add(m.at, "mqtt: broker is missing, here or at the top of the file")
	}
	subscriptions, ok := m.get("subscriptions")
	if !ok {
		r.add(m.at, "mqtt: subscriptions is missing")
		return
	}
	topics := map[string]place{}
	for _, entry := range r.list(subscriptions.node, "subscriptions") {
		if block, ok := r.subscription(entry, topics); ok {
			block.Bus = s.Broker
			s.Blocks = append(s.Blocks, uint32(len(r.config.catalogue.Blocks)))
			r.config.catalogue.Blocks = append(r.config.catalogue.Blocks, block)
		}
	}
	r.config.MQTT = append(r.config.MQTT, s)
}

// subscription reads one topic with its tags.
func (r *reading) subscription(n node, topics map[string]place) (Block, bool) {
	before := len(*r.problems)
	m, ok := r.mapping(n, "subscription", "instrument", "topic", "payload", "tags", "time")
	if !ok {
		return Block{}, false
	}
	b := Block{Instrument: r.instrumentName(m)}
	m.what = "subscription " + b.Instrument
	var at place
	b.Topic, at = m.need("topic", "sensors/hall/env")
	if strings.ContainsAny(b.Topic, "#+\x00") || strings.HasPrefix(b.Topic, "$share/") || len(b.Topic) > 1000 {
		r.add(at, "%s: topic %q must name one topic, without the wildcards + and #: one topic is one instrument", m.what, b.Topic)
	}
	if earlier, twice := topics[b.Topic]; twice && b.Topic != "" {
		r.add(at, "%s: topic %q is already in line %d: put all its tags there", m.what, b.Topic, earlier.line)
	}
	topics[b.Topic] = at
	b.Payload, at = m.need("payload", "json")
	if b.Payload != "" && b.Payload != "json" && b.Payload != "plain" {
		r.add(at, "%s: payload %q is unknown: use json or plain%s", m.what, b.Payload, suggest(b.Payload, []string{"json", "plain"}))
	}
	for _, entry := range r.tagsOf(m) {
		if p, ok := r.messagePoint(entry, b.Payload); ok {
			b.Points = append(b.Points, p)
		}
	}
	if entry, ok := m.get("time"); ok {
		b.Time = r.timePath(entry, b.Payload, m.what)
	}
	return b, len(*r.problems) == before
}

func (r *reading) messagePoint(entry tagEntry, payload string) (Point, bool) {
	m, ok := r.mapping(entry.node, "tag "+entry.key, "path", "unit", "range", "scale", "offset", "counter")
	if !ok {
		return Point{}, false
	}
	p := ProfilePoint{}
	p.value(m, nil)
	p.Counter = m.boolean("counter")
	scale, layout, err := p.resolve(nil)
	if err != nil {
		r.add(m.at, "%s: %v", m.what, err)
	}
	out := Point{Tag: entry.tag, Scale: scale, Layout: layout}
	var at place
	if out.Path, at = m.text("path"); payload == "plain" && out.Path != "" {
		r.add(at, "%s: a plain payload is one number and has no path", m.what)
	}
	return out, true
}

func (r *reading) timePath(entry field, payload, what string) *TimePath {
	m, ok := r.mapping(entry.node, what+": time", "path", "format")
	if !ok {
		return nil
	}
	t := &TimePath{}
	t.Path, _ = m.need("path", "ts")
	var at place
	t.Format, at = m.need("format", "unix")
	if formats := []string{"unix", "unix-ms", "rfc3339"}; t.Format != "" && !slices.Contains(formats, t.Format) {
		r.add(at, "%s: time format %q is unknown: use unix, unix-ms or rfc3339%s", what, t.Format, suggest(t.Format, formats))
	}
	if payload == "plain" {
		r.add(entry.at, "%s: a plain payload carries no time", what)
	}
	return t
}
