package console

import (
	"net/http"

	"github.com/nielu/nielu/measure"
)

// reason is one entry of /api/v1/reasons.
type reason struct {
	Reason string `json:"reason"` // as after the colon of a quality
	NE107  string `json:"ne107"`  // F, C, S or M
	About  string `json:"about"`
}

// reasons answers with every reason that makes a value less than good: its
// NAMUR NE 107 signal and words for the person who must do something about it.
func (c *Console) reasons(w http.ResponseWriter, r *http.Request) {
	if _, bad := parameters(r); bad != nil {
		refuse(w, http.StatusBadRequest, *bad)
		return
	}
	c.answer(w, r, reasonList(), nil)
}

func reasonList() []reason {
	var list []reason
	for r := measure.Unknown; r == measure.Unknown || r.String() != measure.Unknown.String(); r++ {
		if r != measure.None {
			list = append(list, reason{Reason: r.String(), NE107: r.NE107(), About: aboutReason(r)})
		}
	}
	return list
}

func aboutReason(r measure.Reason) string {
	switch r {
	case measure.NoReply:
		return "The instrument did not answer in time."
	case measure.NoConnection:
		return "The bus, host or broker could not be reached."
	case measure.Exception:
		return "The instrument refused the request."
	case measure.Framing:
		return "The reply broke the protocol's rules."
	case measure.Unparsable:
		return "The reply is not what the profile says."
	case measure.Sentinel:
		return "The instrument sent its own code for no value."
	case measure.OutOfRange:
		return "Beyond the range of the profile or plant."
	case measure.Stale:
		return "No new value within the tag's stale time."
	case measure.ClockUnsure:
		return "The gateway's clock was not known to be right."
	case measure.Flatline:
		return "Frozen while the process moved."
	case measure.Spike:
		return "Far from its neighbours."
	case measure.RateTooHigh:
		return "Changed faster than the process can."
	case measure.Calibration:
		return "Calibration is overdue."
	case measure.Service:
		return "Taken out of service, or in function check."
	case measure.Substituted:
		return "Filled by a stated rule."
	case measure.Partial:
		return "Only a part of the window was covered."
	case measure.NotReported:
		return "The message came without this value."
	case measure.Reset:
		return "A counter went back, or rose faster than it can."
	case measure.SumRule:
		return "With the others of its sum rule it adds up to too much or too little."
	case measure.Drift:
		return "Control readings of the analyser have drifted: adjust it."
	case measure.Implausible:
		return "Of a size that no instrument gives: look at the word order and the scale."
	case measure.Conflict:
		return "Two different readings claim the same instant: look for a second source."
	case measure.OutOfStep:
		return "A reply that may answer an earlier question was not believed."
	case measure.BySource:
		return "The instrument itself doubts the value, or disowns it: its word is in the message."
	}
	return "Nobody vouched for the value."
}
