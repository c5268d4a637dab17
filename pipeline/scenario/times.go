package scenario

import (
	"strconv"
	"strings"
	"time"

	"github.com/nielu/nielu/measure"
)

// mostDays is how far a scenario may reach.
const mostDays = 366

// instant reads 08:00, 08:00:30, d2.08:00 or 2026-11-03T08:00, in UTC.
func (l *line) instant(w word) time.Time {
	if at, ok := l.p.clock(w.text); ok {
		return at
	}
	switch {
	case l.p.day.IsZero():
		l.fault(w, "there is no day yet: write day 2026-11-02 above")
	default:
		l.fault(w, "%q is no time: write 08:00, 08:00:30, d2.08:00 for the second day, or 2026-11-03T08:00", w.text)
	}
	return time.Time{}
}

func (p *parser) clock(text string) (time.Time, bool) {
	if p.day.IsZero() {
		return time.Time{}, false
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if at, err := time.Parse(layout, text); err == nil {
			away := at.Sub(p.day)
			return at, away >= 0 && away < mostDays*24*time.Hour
		}
	}
	day := 1
	if number, rest, ok := strings.Cut(text, "."); ok {
		n, err := strconv.Atoi(strings.TrimPrefix(number, "d"))
		if err != nil || number[:1] != "d" || n < 1 || n > mostDays {
			return time.Time{}, false
		}
		day, text = n, rest
	}
	hours, rest, ok := strings.Cut(text, ":")
	minutes, seconds, _ := strings.Cut(rest, ":")
	if seconds == "" && !strings.HasSuffix(text, ":") {
		seconds = "00"
	}
	h, m, s := twoDigits(hours), twoDigits(minutes), twoDigits(seconds)
	if !ok || h < 0 || h > 24 || m < 0 || m > 59 || s < 0 || s > 59 || h == 24 && m+s > 0 {
		return time.Time{}, false
	}
	return p.day.AddDate(0, 0, day-1).Add(time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second), true
}

func twoDigits(s string) int {
	if len(s) != 2 || s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9' {
		return -1
	}
	return int(s[0]-'0')*10 + int(s[1]-'0')
}

// span reads FROM..TO.
func (l *line) span() measure.Interval {
	w := l.next("a span, as in 08:00..12:00,")
	from, to, ok := strings.Cut(w.text, "..")
	if !ok {
		l.fault(w, "%q is no span: write 08:00..12:00, the end not included", w.text)
		return measure.Interval{}
	}
	in := measure.Interval{From: l.instant(word{text: from, col: w.col})}
	in.To = l.instant(word{text: to, col: w.col + len(from) + 2})
	if !l.faulty && !in.From.Before(in.To) {
		l.fault(w, "the span ends before it starts")
	}
	return in
}
