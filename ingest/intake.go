package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure/backoff"
)

// IntakeStats are the counters of an intake.
type IntakeStats struct {
	Accepted     atomic.Uint64 // leaves appended to the log
	Bytes        atomic.Uint64 // of them
	Scans        atomic.Uint64 // in them
	Duplicates   atomic.Uint64 // leaves that were in the log already
	Early        atomic.Uint64 // leaves that came before the one before them
	ReadFailures atomic.Uint64 // leaves that came again while the log could not be read
	Receipts     atomic.Uint64 // published
	Connects     atomic.Uint64
	Failures     atomic.Uint64 // connections, or appends, that failed
	Refused      Refusals
}

// Log is the evidence log as an intake appends to it.
type Log interface {
	Leaves
	Root(ctx context.Context, size uint64) (evidence.Hash, error)
	Append(ctx context.Context, leaf []byte) (index uint64, err error)
	Decide(ctx context.Context, leaf *evidence.Leaf, sign func(message []byte) []byte) (index uint64, err error)
	Settle(ctx context.Context) error // takes in leaves whose Append failed although they are in the tree
}

// Intake takes agents' leaves from a broker into the evidence log. What it
// knows of an agent it reads from the log: losing its folder costs time only.
type Intake struct {
	Log    Log
	Key    *evidence.SigningKey // the log's key: signs receipts and enrolments
	Dial   Dial                 // a fixed client id and a lasting session, so that the broker keeps what comes meanwhile
	Dir    string               // its folder: heads, refused leaves
	Sites  []string             // to take leaves of; default: all
	Retry  time.Duration        // wait after the first failure, doubled up to 30 s; default 1 s
	Logger *slog.Logger
	Stats  IntakeStats

	loading sync.Mutex // one load at a time
	loaded  bool       // guarded by loading

	mu          sync.Mutex      // held for moments only: nothing is read or written meanwhile
	applied     uint64          // leaves of the log that are in agents, without a hole
	beyond      map[uint64]bool // further leaves that are in agents
	agents      map[agentID]*agent
	receiptsDue map[agentID]bool
	wake        chan struct{} // signalled when a receipt fell due
	refused     map[refusalKind]lastLogged
	unreadable  bool // it was said that the log cannot be read
}

type agentID struct{ Site, Agent string }

// Receipts returns, for each agent, the receipt it was or will be given, in
// order of site and agent. Agents without a leaf have none.
func (in *Intake) Receipts() []Receipt {
	in.mu.Lock()
	defer in.mu.Unlock()
	var out []Receipt
	for id, a := range in.agents {
		if a.hasLeaf() {
			out = append(out, a.receipt(id))
		}
	}
	slices.SortFunc(out, func(a, b Receipt) int { return strings.Compare(a.Site+"/"+a.Agent, b.Site+"/"+b.Agent) })
	return out
}

// Run takes leaves until ctx ends. A lost connection is tried again after 1
// to 30 s.
func (in *Intake) Run(ctx context.Context) error {
	if err := in.load(ctx); err != nil {
		return err
	}
	var pause backoff.Pause
	failures := newLogOnce(in.Logger, "intake")
	for {
		before := in.Stats.Accepted.Load()
		err := in.session(ctx, failures)
		err = errors.Join(err, in.resync(context.WithoutCancel(ctx)))
		if ctx.Err() != nil {
			in.saveOrSay(context.WithoutCancel(ctx))
			return nil
		}
		in.Stats.Failures.Add(1)
		failures.fail(err)
		if in.Stats.Accepted.Load() > before {
			pause.Reset()
		}
		backoff.Sleep(ctx, backoff.Jitter(pause.Next(cmp.Or(in.Retry, firstRetry), lastRetry)))
	}
}

// session is one connection to the broker.
func (in *Intake) session(ctx context.Context, failures *logOnce) error {
	pipe, err := in.Dial(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer pipe.Close()

	group, inner := errgroup.WithContext(ctx)
	messages := make(chan message, 256)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() error {
			for {
				select {
				case <-inner.Done():
					return nil
				case m := <-messages:
					in.handle(inner, group, m)
				}
			}
		})
	}
	group.Go(func() error { return in.sendReceipts(inner, pipe) })
	group.Go(func() error { return in.saveSnapshots(inner) })
	group.Go(func() error {
		select {
		case <-inner.Done():
			return nil
		case <-pipe.Lost():
			return errors.New("the connection was lost")
		}
	})
	sites := in.Sites
	if len(sites) == 0 {
		sites = []string{"+"}
	}
	for _, site := range sites {
		for _, what := range []string{TopicBatch, TopicStatus} {
			err := pipe.SubscribeAck(inner, topicRoot+site+"/+/"+what, func(topic string, payload []byte, ack func()) {
				select {
				case messages <- message{topic: topic, payload: payload, ack: ack}:
				case <-inner.Done():
				}
			})
			if err != nil {
				group.Go(func() error { return fmt.Errorf("subscribe: %w", err) })
			}
		}
	}
	in.Stats.Connects.Add(1)
	failures.works()
	in.mu.Lock()
	for id, a := range in.agents { // the broker may have lost the retained receipts
		if a.hasLeaf() {
			in.queueReceipt(id)
		}
	}
	in.mu.Unlock()
	return group.Wait()
}

// queueReceipt notes that an agent is to be sent a receipt. The caller holds in.mu.
func (in *Intake) queueReceipt(id agentID) {
	in.receiptsDue[id] = true
	select {
	case in.wake <- struct{}{}:
	default:
	}
}

// sendReceipts publishes the receipts that fall due, the newest of each agent.
func (in *Intake) sendReceipts(ctx context.Context, pipe Pipe) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-in.wake:
		}
		in.mu.Lock()
		var due []Receipt
		for id := range in.receiptsDue {
			if a := in.agents[id]; a.hasLeaf() {
				due = append(due, a.receipt(id))
			}
		}
		clear(in.receiptsDue)
		in.mu.Unlock()
		for _, r := range due {
			note, err := r.Sign(in.Key)
			if err != nil {
				return err
			}
			if err := pipe.Publish(ctx, Topic(r.Site, r.Agent, TopicReceipt), true, note); err != nil {
				return fmt.Errorf("publish receipt to %s/%s: %w", r.Site, r.Agent, err)
			}
			in.Stats.Receipts.Add(1)
		}
	}
}
