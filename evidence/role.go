package evidence

import "fmt"

// Role is what a key was enrolled for. The numbers are stored and never
// reused.
type Role uint8

// The roles of keys.
const (
	Gateway Role = 0 // signs what one agent's instruments said
	Centre  Role = 1 // signs what people and the centre decide
	LogKey  Role = 2 // signs checkpoints and receipts, enrols and revokes; it is never enrolled itself
)

func (r Role) String() string {
	switch r {
	case Gateway:
		return "gateway"
	case Centre:
		return "centre"
	case LogKey:
		return "log"
	}
	return fmt.Sprintf("role %d", uint8(r))
}

// Signs tells whether a key of this role may sign leaves of a kind. A loss or
// a clock correction is an agent's, or the centre's where it was found there.
func (r Role) Signs(k Kind) bool {
	switch k {
	case Batch, Catalogue:
		return r == Gateway
	case Loss, Clock:
		return r == Gateway || r == Centre
	case Key:
		return r == LogKey
	case Config, Lab, Statement, Records, Signature, Roll:
		return r == Centre
	}
	return false
}
