package broker

import (
	"bytes"
	"crypto/subtle"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// guard decides who may connect, publish and subscribe.
type guard struct {
	mqtt.HookBase
	passwords map[string]string
	centreID  string
	stats     *Stats
	clients   *mqtt.Clients
	log       *slog.Logger

	mu    sync.Mutex
	said  map[string]time.Time // what was logged of late
	taken map[string]takeover  // by client id
}

// takeover counts how often a session went from one connection to another.
type takeover struct {
	times int
	since time.Time
}

const (
	sayAgain     = time.Hour
	mostSaid     = 1000        // things that are remembered as said
	oneName      = time.Minute // in which a session goes often from one to another
	oneNameTimes = 3           // that are no lost link any more
	agentPrefix  = "nielu-"    // of the client id of an agent: nielu-gw-1 of gw-1
)

func (g *guard) ID() string { return "guard" }

func (g *guard) Provides(b byte) bool {
	return bytes.IndexByte([]byte{mqtt.OnConnectAuthenticate, mqtt.OnACLCheck, mqtt.OnSessionEstablish}, b) >= 0
}

func (g *guard) OnConnectAuthenticate(client *mqtt.Client, pk packets.Packet) bool {
	if len(g.passwords) == 0 {
		return true
	}
	user := string(pk.Connect.Username)
	want, ok := g.passwords[user]
	ok = subtle.ConstantTimeCompare([]byte(want), pk.Connect.Password) == 1 && ok && want != ""
	switch {
	case !ok:
		g.deny("", "a client with a wrong user or password", "remote", client.Net.Remote)
	case pk.Connect.WillFlag && !Allowed(user, pk.Connect.WillTopic, true):
		g.deny(user, "a client whose last will is for a topic that is not its own", "user", user, "topic", pk.Connect.WillTopic, "remote", client.Net.Remote)
	case !g.owns(user, client.ID):
		g.deny(user, "a client under the client id of another user", "user", user, "client", client.ID, "remote", client.Net.Remote)
	default:
		return true
	}
	return false
}

// owns tells whether a user may connect by a client id: not by the centre's,
// nor by one that begins with the name of another user, nor by one under
// which another user has a session.
func (g *guard) owns(user, id string) bool {
	if user == Centre {
		return true
	}
	owner, name := "", strings.TrimPrefix(id, agentPrefix)
	for u := range g.passwords {
		if (name == u || strings.HasPrefix(name, u+"-")) && len(u) > len(owner) {
			owner = u
		}
	}
	held, ok := g.clients.Get(id)
	return id != g.centreID && (owner == "" || owner == user) && (!ok || string(held.Properties.Username) == user)
}

// deny counts who is kept out, and says it once an hour for each user and cause.
func (g *guard) deny(user, what string, details ...any) {
	g.stats.Denied.Add(1)
	if g.news(user + " " + what) {
		g.log.Warn("broker: keeps out "+what+"; others like it are only counted", details...)
	}
}

// news tells whether something was not said within an hour.
func (g *guard) news(what string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	if at, ok := g.said[what]; ok && now.Sub(at) < sayAgain {
		return false
	}
	if g.said == nil || len(g.said) >= mostSaid {
		g.said = map[string]time.Time{}
	}
	g.said[what] = now
	return true
}

// OnSessionEstablish looks who has the session already: two clients of one
// name take it from each other without end.
func (g *guard) OnSessionEstablish(client *mqtt.Client, _ packets.Packet) {
	held, ok := g.clients.Get(client.ID)
	if !ok || held.Closed() {
		return
	}
	g.mu.Lock()
	t := g.taken[client.ID]
	if now := time.Now(); now.Sub(t.since) > oneName {
		t = takeover{since: now}
	}
	t.times++
	if g.taken == nil || len(g.taken) >= mostSaid {
		g.taken = map[string]takeover{}
	}
	g.taken[client.ID] = t
	g.mu.Unlock()
	if t.times >= oneNameTimes && g.news("one name "+client.ID) {
		g.log.Error("broker: two clients of one name take the connection from each other, and neither delivers", "client", client.ID,
			"user", string(client.Properties.Username), "one", held.Net.Remote, "other", client.Net.Remote,
			"do", fmt.Sprintf("give each gateway a name and a key of its own: two run as %q, or one runs twice", strings.TrimPrefix(client.ID, agentPrefix)))
	}
}

func (g *guard) OnACLCheck(client *mqtt.Client, topic string, write bool) bool {
	ok := len(g.passwords) == 0 || Allowed(string(client.Properties.Username), topic, write)
	if !ok {
		g.stats.Denied.Add(1)
	}
	return ok
}
