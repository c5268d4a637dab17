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

// accessHook decides who may connect, publish and subscribe.
type accessHook struct {
	mqtt.HookBase
	passwords map[string]string
	centreID  string
	stats     *Stats
	clients   *mqtt.Clients
	log       *slog.Logger

	mu        sync.Mutex
	logged    map[string]time.Time // when, of late
	takeovers map[string]takeover  // by client id
}

// takeover counts how often a session went from one connection to another.
type takeover struct {
	times int
	since time.Time
}

const (
	logEvery       = time.Hour
	maxRemembered  = 1000        // things that were logged, and takeovers
	takeoverWindow = time.Minute // in which takeovers are counted
	takeoverLimit  = 3           // in it that are no lost link any more
	agentPrefix    = "nielu-"    // of the client id of an agent: nielu-gw-1 of gw-1
)

func (h *accessHook) ID() string { return "access" }

func (h *accessHook) Provides(b byte) bool {
	return bytes.IndexByte([]byte{mqtt.OnConnectAuthenticate, mqtt.OnACLCheck, mqtt.OnSessionEstablish}, b) >= 0
}

func (h *accessHook) OnConnectAuthenticate(client *mqtt.Client, pk packets.Packet) bool {
	if len(h.passwords) == 0 {
		return true
	}
	user := string(pk.Connect.Username)
	want, ok := h.passwords[user]
	ok = subtle.ConstantTimeCompare([]byte(want), pk.Connect.Password) == 1 && ok && want != ""
	switch {
	case !ok:
		h.deny("", "a client with a wrong user or password", "remote", client.Net.Remote)
	case pk.Connect.WillFlag && !Allowed(user, pk.Connect.WillTopic, true):
		h.deny(user, "a client whose last will is for a topic that is not its own", "user", user, "topic", pk.Connect.WillTopic, "remote", client.Net.Remote)
	case !h.owns(user, client.ID):
		h.deny(user, "a client under the client id of another user", "user", user, "client", client.ID, "remote", client.Net.Remote)
	default:
		return true
	}
	return false
}

// owns tells whether a user may connect by a client id: not by the centre's,
// nor by one that begins with the name of another user, nor by one under
// which another user has a session.
func (h *accessHook) owns(user, id string) bool {
	if user == Centre {
		return true
	}
	owner, name := "", strings.TrimPrefix(id, agentPrefix)
	for u := range h.passwords {
		if (name == u || strings.HasPrefix(name, u+"-")) && len(u) > len(owner) {
			owner = u
		}
	}
	held, ok := h.clients.Get(id)
	return id != h.centreID && (owner == "" || owner == user) && (!ok || string(held.Properties.Username) == user)
}

// deny counts who is kept out, and says it once an hour for each user and cause.
func (h *accessHook) deny(user, what string, details ...any) {
	h.stats.Denied.Add(1)
	if h.dueForLog(user + " " + what) {
		h.log.Warn("broker: keeps out "+what+"; others like it are only counted", details...)
	}
}

// dueForLog tells whether something was not logged within an hour.
func (h *accessHook) dueForLog(what string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	if at, ok := h.logged[what]; ok && now.Sub(at) < logEvery {
		return false
	}
	if h.logged == nil || len(h.logged) >= maxRemembered {
		h.logged = map[string]time.Time{}
	}
	h.logged[what] = now
	return true
}

// OnSessionEstablish looks who has the session already: two clients of one
// name take it from each other without end.
func (h *accessHook) OnSessionEstablish(client *mqtt.Client, _ packets.Packet) {
	held, ok := h.clients.Get(client.ID)
	if !ok || held.Closed() {
		return
	}
	h.mu.Lock()
	t := h.takeovers[client.ID]
	if now := time.Now(); now.Sub(t.since) > takeoverWindow {
		t = takeover{since: now}
	}
	t.times++
	if h.takeovers == nil || len(h.takeovers) >= maxRemembered {
		h.takeovers = map[string]takeover{}
	}
	h.takeovers[client.ID] = t
	h.mu.Unlock()
	if t.times >= takeoverLimit && h.dueForLog("one name "+client.ID) {
		h.log.Error("broker: two clients of one name take the connection from each other, and neither delivers", "client", client.ID,
			"user", string(client.Properties.Username), "one", held.Net.Remote, "other", client.Net.Remote,
			"do", fmt.Sprintf("give each gateway a name and a key of its own: two run as %q, or one runs twice", strings.TrimPrefix(client.ID, agentPrefix)))
	}
}

func (h *accessHook) OnACLCheck(client *mqtt.Client, topic string, write bool) bool {
	ok := len(h.passwords) == 0 || Allowed(string(client.Properties.Username), topic, write)
	if !ok {
		h.stats.Denied.Add(1)
	}
	return ok
}
