package export

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
)

// Kind says what an entry of the log is. The numbers are the log's own.
type Kind uint8

// The kinds of entries.
const (
	Batch     Kind = 1  // scans of one agent
	Key       Kind = 2  // a key enrolled or revoked
	Catalogue Kind = 3  // how one agent's raw words become readings
	Config    Kind = 4  // a plant file or method file
	Lab       Kind = 5  // laboratory values
	Loss      Kind = 6  // scans an agent had to refuse
	Clock     Kind = 7  // a clock correction
	Statement Kind = 8  // an account with the digests of what it was computed from
	Record    Kind = 9  // what people entered
	Signature Kind = 10 // a signed note on a statement
	Roll      Kind = 11 // the last decision of each chain
)

var kindNames = [...]string{"unknown", "batch", "key", "catalogue", "config", "lab", "loss", "clock", "statement", "record", "signature", "roll"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return kindNames[0]
}

// Leaf is an entry opened: what its envelope says, and its body.
type Leaf struct {
	Head
	From, To int64 // Unix nanoseconds, half-open
	Link
	Before []Hash // of a decision: the last one about all plants, then about each of Plants
	Body   []byte
}

// Head is what the many leaves of one signer have in common.
type Head struct {
	Kind   Kind
	Site   string
	Signer string // name of the key that signed it
	Plants []string
	Name   string
}

// Link is a leaf's place in its signer's chain. A leaf with Epoch 0 stands
// outside any chain.
type Link struct {
	Epoch       uint64
	First, Last uint64 // sequence numbers of scans within the epoch; 0: a leaf without scans
	Prev        Hash   // leaf hash of the signer's previous leaf; zero: there is none
}

// Last is the end of a chain of decisions, as a roll names it.
type Last struct {
	Plant string // empty: of what concerns all plants
	Count uint64
	Hash  Hash
}

// Missing is the body of a loss record.
type Missing struct {
	From, To int64  // Unix nanoseconds; 0: not known
	Count    uint64 // scans; 0: not known, or none
	Reason   string
	Replaces Hash // leaf hash of a damaged leaf that this one stands for; zero: none
}

// Move is a stretch of an agent's scans that a clock correction moves.
type Move struct {
	Epoch, First, Last uint64
	From, To           int64 // Unix nanoseconds, as they are stamped
	Offset             int64 // nanoseconds to add
}

// Enrolment is the body of a key leaf.
type Enrolment struct {
	Name     string // signer this key stands for
	Site     string
	Key      string // verifier key, as signed notes write it
	From, To int64  // valid in [From, To); To 0: until revoked
	Revoked  bool   // the leaf ends the key's validity at From
	Role     Role
}

// Role is what a key was enrolled for. The numbers are the log's own.
type Role uint8

// The roles of keys.
const (
	Gateway Role = 0 // signs what one agent's instruments said
	Centre  Role = 1 // signs what people and the centre decide
	LogRole Role = 2 // enrols and revokes keys
)

func (r Role) String() string {
	return [...]string{"a gateway", "the centre", "the log"}[min(r, LogRole)]
}

func (r Role) name() string { return [...]string{"gateway", "centre", "log"}[min(r, LogRole)] }

// Forms reads the forms that the evidence log defines. The program fills it
// in; this package knows no encoding of an entry.
type Forms struct {
	Open      func(entry []byte) (Leaf, error)
	Hash      func(entry []byte) Hash                                  // leaf hash, as chains and trees use it
	Needs     func(batch Leaf) (string, error)                         // name of the catalogue leaf that decodes it
	Enrolment func(key Leaf) (Enrolment, error)                        // what a key leaf says
	Missing   func(loss Leaf) (Missing, error)                         // what a loss record says
	Clock     func(batch Leaf) (string, error)                         // what was known of the clock: synchronised, or else
	Moved     func(clock Leaf) (agent string, moves []Move, err error) // what a clock correction says
	Roll      func(roll Leaf) ([]Last, error)                          // what a roll says

	// Signs tells whether a key of this role may sign leaves of a kind.
	Signs func(role Role, kind Kind) bool
	// Method returns the method file of this id that was published with the
	// program; false: there is none.
	Method func(id string) (text []byte, published bool)
	// Signed checks the entry's own signature with a verifier key.
	Signed func(entry []byte, key string) error
	// Note checks a signed note with a verifier key and returns its text.
	Note func(note []byte, key string) (text []byte, err error)
	// Signer returns the text of a note with one signature and the name of the
	// key that is said to have made it.
	Signer func(note []byte) (text []byte, by string, err error)
	// Cosigned checks a witness's signature on a checkpoint and returns when
	// the witness saw it.
	Cosigned func(note []byte, key string) (time.Time, error)
	// Replay gives the readings that the leaves hold, decoded anew from the
	// raw words of the batches by the catalogues among them: those of the tags
	// that are wanted, nil: of all. get returns the bytes of a leaf. It is asked
	// from several goroutines.
	Replay func(leaves []Touch, get Get, wanted map[measure.Tag]bool) pipeline.Source
}

// Touch says which plants and which stretch of time a leaf touches.
type Touch struct {
	Index    uint64
	Kind     Kind
	Plants   []string
	From, To int64
}

// Get returns the bytes of the entry at an index of the log.
type Get func(ctx context.Context, index uint64) ([]byte, error)

// Log is the evidence log as [Build] reads it.
type Log interface {
	// Checkpoint returns the newest checkpoint, a signed note.
	Checkpoint(ctx context.Context) ([]byte, error)
	// Find returns the indexes of the entries of these kinds that touch the
	// interval; the zero interval: at any time.
	Find(ctx context.Context, kinds []Kind, w measure.Interval) ([]uint64, error)
	Entry(ctx context.Context, index uint64) ([]byte, error)
	// Tile returns the hashes of a C2SP tlog-tiles tile: width of them, from
	// 256·n on, of the nodes that stand 8·level above the leaves.
	Tile(ctx context.Context, level int, n uint64, width int) ([]Hash, error)
}

func hexHash(h Hash) string { return hex.EncodeToString(h[:]) }
