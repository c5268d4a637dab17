package material

import (
	"errors"
	"testing"
)

func TestAReasonSaysWhatToDoByItsKind(t *testing.T) {
	for _, c := range []struct {
		why            Reason
		code           Code
		subject        string
		words, advised string
	}{
		{why: Reason{}},
		{Unread("k/feed", ": no readings").In("stream feed: no mass: "), NoReading, "k/feed",
			"stream feed: no mass: tag k/feed: no readings", "stream feed: no mass: tag k/feed: no readings; see to its instrument, or bring its readings in"},
		{Unplanned("moisture").In("CH4: ").In("stream gas: "), NotInPlan, "moisture",
			"stream gas: CH4: the plant file gives no moisture", "stream gas: CH4: the plant file gives no moisture; add it there"},
		{Unplanned("flare").Saying("; name kind, gas and flame there"), NotInPlan, "flare",
			"the plant file gives no flare; name kind, gas and flame there", "the plant file gives no flare; name kind, gas and flame there"},
		{Unanalysed("lot %s has no value %s: add it to the lab file", "k-1", "char_carbon"), NotInLab, "",
			"lot k-1 has no value char_carbon: add it to the lab file", "lot k-1 has no value char_carbon: add it to the lab file"},
		{NoFigure("%v", errors.New("100 % is none")), NotAFigure, "", "100 % is none", "100 % is none"},
	} {
		if c.why.Code != c.code || c.why.Given() != (c.code != NoCode) || c.why.Subject != c.subject || c.why.String() != c.words || c.why.Advice() != c.advised {
			t.Errorf("%+v says %q and advises %q; want %q and %q", c.why, c.why, c.why.Advice(), c.words, c.advised)
		}
	}
}
