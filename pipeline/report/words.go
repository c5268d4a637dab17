package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
)

const none = "–" // a cell without a value

// day and minute write times, always in UTC.
func day(t time.Time) string { return t.UTC().Format("2006-01-02") }

func minute(t time.Time) string {
	if t.IsZero() {
		return none
	}
	return t.UTC().Format("2006-01-02 15:04")
}

// span writes an interval whose days are whole as days.
func span(w measure.Interval) string {
	return minute(w.From) + " to " + minute(w.To) + " UTC"
}

// tonnes writes an amount to the kilogram, towards zero: nothing is claimed by
// rounding. The exact amount stands in the tables.
func tonnes(m measure.CO2e) string {
	return thousands(float64(int64(m)/1_000_000)/1000, 3)
}

// exact writes an amount as the statement does.
func exact(m *measure.CO2e) string {
	if m == nil {
		return none
	}
	return m.String()
}

// kilograms writes a dry mass to the gram, towards zero.
func kilograms(m measure.DryMass) string {
	return thousands(float64(int64(m)/1000)/1000, 3)
}

// number writes a figure with so many significant digits, without an exponent
// where people do without.
func number(x float64, digits int) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return none
	}
	if a := math.Abs(x); x != 0 && (a >= 1e7 || a < 1e-4) {
		return minus(strconv.FormatFloat(x, 'g', digits, 64))
	}
	if x == 0 {
		return "0"
	}
	decimals := digits - 1 - int(math.Floor(math.Log10(math.Abs(x))))
	return thousands(x, max(0, decimals))
}

// thousands sets the digits before the point in threes.
func thousands(x float64, decimals int) string {
	text := strconv.FormatFloat(x, 'f', decimals, 64)
	sign := ""
	if rest, ok := strings.CutPrefix(text, "-"); ok {
		sign, text = "−", rest
	}
	whole, rest, point := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "\u00a0" + whole[i:]
	}
	if point {
		whole += "." + rest
	}
	return sign + whole
}

func minus(text string) string { return strings.Replace(text, "-", "−", 1) }

// significant rounds to so many digits.
func significant(x float64, digits int) float64 {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'g', digits, 64), 64)
	return rounded
}

var nan = math.NaN()

func percent(x float64) string { return thousands(100*x, 1) + " %" }

// percentOf writes a share that may not be known.
func percentOf(x *float64) string {
	if x == nil {
		return none
	}
	return percent(*x)
}

// value writes a line of an account as the statement has it, digit by digit.
func value(l carbon.Line) string {
	if choice, ok := l.Choice(); ok {
		return choice
	}
	return minus(measure.FormatNumber(l.Value))
}

func unitOf(l carbon.Line) string {
	if _, ok := l.Choice(); ok {
		return ""
	}
	return unit(l.Unit)
}

var symbols = strings.NewReplacer("Cel", "°C", "kW.h", "kWh", "m3", "m³", "{", "(", "}", ")", ".", "·")

// unit writes a unit's code as a person would.
func unit(code string) string {
	if code == "1" {
		return ""
	}
	return symbols.Replace(code)
}

// years writes a horizon.
func years(a float64) string { return strconv.FormatFloat(a, 'f', -1, 64) + " years" }

// count puts a number before a word.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// short is the beginning of a digest.
func short(digest string) string {
	if len(digest) > 12 {
		return digest[:12]
	}
	return digest
}

func orElse(text, absent string) string {
	if strings.TrimSpace(text) == "" {
		return absent
	}
	return text
}
