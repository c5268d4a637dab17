package scenario_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/nielu/nielu/suite"
)

var (
	figure    = regexp.MustCompile(`^(expect (?:\S+ ){1,3}?)(-?[0-9.]+)( \S+)? ± ([0-9.]+)`)
	accusing  = regexp.MustCompile(`^expect suspect (\S+) (reads|drifts) ([0-9.]+) %`)
	words     = regexp.MustCompile(`"[^"]*"`)
	lastCount = regexp.MustCompile(`^expect (flagged \S+ \S+|windows) ([0-9]+)`)
)

// lie makes an expectation wrong.
func lie(line, tag string) string {
	switch {
	case accusing.MatchString(line):
		return accusing.ReplaceAllString(line, "expect suspect $1 $2 9$3 %")
	case figure.MatchString(line):
		m := figure.FindStringSubmatch(line)
		value, _ := strconv.ParseFloat(m[2], 64)
		tolerance, _ := strconv.ParseFloat(m[4], 64)
		return strings.Replace(line, m[0], fmt.Sprintf("%s%v%s ± %s", m[1], value+max(3*tolerance, 0.001), m[3], m[4]), 1)
	case strings.Contains(line, "unknown"):
		unit := "kg"
		if strings.Contains(line, "closure") {
			unit = "%"
		}
		return strings.Replace(line, "unknown", "0 "+unit+" ± 0 "+unit, 1)
	case words.MatchString(line):
		return words.ReplaceAllString(line, `"no such words"`)
	case lastCount.MatchString(line):
		m := lastCount.FindStringSubmatch(line)
		n, _ := strconv.Atoi(m[2])
		return strings.Replace(line, m[0], fmt.Sprintf("expect %s %d", m[1], n+1), 1)
	case strings.Contains(line, "test passed"):
		return "expect test failed"
	case strings.HasPrefix(line, "expect test"):
		return "expect test passed"
	case strings.HasPrefix(line, "expect suspect none"):
		return "expect suspect " + tag + " reads 1 % ± 100 % high since start"
	case strings.HasPrefix(line, "expect doubted none"):
		return "expect doubted " + tag
	case strings.HasPrefix(line, "expect doubted"), strings.HasPrefix(line, "expect taken-out"):
		return strings.Join(strings.Fields(line)[:2], " ") + " none"
	case strings.HasPrefix(line, "expect leak"):
		return "expect leak feed"
	}
	return line
}

// Every single expectation of every scenario can fail: each is made wrong, and
// each is found, by its line.
func TestEveryExpectationCanFail(t *testing.T) {
	suite.Slow(t)
	first := regexp.MustCompile(`(?m)^read (\S+)`)
	for name, text := range files(t) {
		lines := strings.Split(text, "\n")
		wrong := map[int]string{}
		for i, line := range lines {
			if !strings.HasPrefix(line, "expect ") {
				continue
			}
			lines[i] = lie(line, first.FindStringSubmatch(text)[1])
			if lines[i] == line {
				t.Fatalf("%s:%d: the test does not know how to make %q wrong", name, i+1, line)
			}
			wrong[i+1] = lines[i]
		}
		o := outcome(t, name, strings.Join(lines, "\n"))
		for _, f := range o.Failures {
			if !strings.HasPrefix(f.Error(), fmt.Sprintf("%s:%d: expected ", name, f.Line)) || !strings.Contains(f.Message, "; came ") {
				t.Errorf("a failure says %q", f)
			}
			delete(wrong, f.Line)
		}
		for line, text := range wrong {
			t.Errorf("%s:%d: made wrong and not found: %s", name, line, text)
		}
	}
}

// A plant whose first instrument reads something else does not come out the same.
func TestOtherReadingsFail(t *testing.T) {
	suite.Slow(t)
	value := regexp.MustCompile(`(?m)^(read WT-\S+ \S+) ([0-9.]+)( kg)`)
	for name, text := range files(t) {
		if !value.MatchString(text) {
			t.Fatalf("%s reads no scale", name)
		}
		if o := outcome(t, name, value.ReplaceAllString(text, "$1 3$2$3")); len(o.Failures) == 0 {
			t.Errorf("%s: with other readings all is as expected", name)
		}
	}
}
