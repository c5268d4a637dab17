package devices

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/nielu/nielu/measure/strict"
)

// ParseMessage reads how the messages of one subscription give its tags: f are
// the keys of the subscription.
func ParseMessage(f map[string]strict.Node, tags []TagEntry) Block {
	b := Block{
		Payload:   f["payload"].Needed("json").Choice("json", "plain"),
		Exponents: f["exponents"].Flag(),
	}
	if b.Payload == "plain" {
		for _, key := range []string{"time", "quality", "each", "absent"} {
			if f[key].Present() {
				f[key].Fault("a plain payload is one number and carries nothing beside it: write payload: json")
			}
		}
	}
	if b.Absent = f["absent"].Choice("bad", skipAbsent, skipNull); b.Absent == "bad" {
		b.Absent = "" // as it is without the key
	}
	if at := f["time"]; at.Present() {
		b.Time, b.Stamps = timePath(at)
	}
	if b.Each = f["each"].Text(); b.Each != "" && b.Each != "." {
		checkPath(f["each"], b.Each)
	}
	if b.Each != "" && b.Time == nil {
		f["each"].Fault("several samples in one message need their own times: give time: { path, format }, within each of them")
	}
	for _, entry := range tags {
		b.Points = append(b.Points, messagePoint(entry, b, f))
	}
	if b.Time != nil && strings.HasPrefix(b.Time.Path, ".") {
		b.Time.Path = "" // each point has its own
	}
	return b
}

// messagePoint reads one tag of a subscription, whose keys f stand for those
// the tag does not give.
func messagePoint(entry TagEntry, b Block, f map[string]strict.Node) Point {
	x := entry.Source.As("tag " + string(entry.Tag))
	own := x.Fields("path", "unit", "range", "scale", "offset", "counter", "sentinel", "quality")
	p := ProfilePoint{}
	p.Counter = own["counter"].Flag()
	p.value(x, own, nil)
	p.Sentinels = numbersOf(given(own, f, "sentinel"))
	scale, layout, err := p.resolve(nil)
	if err != nil {
		x.Fault("%v", err)
	}
	point := Point{Tag: entry.Tag, Scale: scale, Layout: layout, Path: own["path"].Text()}
	if b.Payload == "plain" {
		for _, key := range []string{"path", "quality"} {
			if own[key].Present() {
				own[key].Fault("a plain payload is one number and has nothing beside it")
			}
		}
		return point
	}
	if own["path"].Present() {
		checkPath(own["path"], point.Path)
		if countsPosition(point.Path) {
			own["path"].Note("%q counts positions in a list: if an element can be absent, choose it by one of its keys, as in values[id=103].val", point.Path)
		}
	}
	if q := given(own, f, "quality"); q.Present() {
		point.Quality = sourceQuality(q, point.Path)
	}
	if b.Time != nil && strings.HasPrefix(b.Time.Path, ".") {
		point.TimePath = siblingPath(point.Path, b.Time.Path)
	}
	return point
}

// given returns a key of a tag, or of its subscription.
func given(own, shared map[string]strict.Node, key string) strict.Node {
	if own[key].Present() {
		return own[key]
	}
	return shared[key]
}

// sourceQuality reads where the instrument's own word about a value stands.
func sourceQuality(x strict.Node, value string) *SourceQuality {
	f := x.Fields("path", "good", "uncertain")
	q := &SourceQuality{Path: f["path"].Needed("qc, or .qc for beside the value").Text(), Good: wordsOf(f["good"].Needed("[3]")), Uncertain: wordsOf(f["uncertain"])}
	for _, word := range slices.Concat(q.Good, q.Uncertain) {
		if low, high, ok := numberRange(word); ok && low > high {
			x.Fault("%q must go from low to high", word)
		}
	}
	for _, word := range q.Uncertain {
		if slices.Contains(q.Good, word) {
			f["uncertain"].Fault("%q is among good as well", word)
		}
	}
	if q.Path == "" {
		return q
	}
	checkPath(f["path"], strings.TrimPrefix(q.Path, "."))
	if strings.HasPrefix(q.Path, ".") {
		q.Path = siblingPath(value, q.Path)
	}
	return q
}

// timePath reads where a message holds its time and how far that is believed.
func timePath(x strict.Node) (*TimePath, Stamps) {
	f := x.Fields("path", "format", "ahead", "behind", "historical")
	t := &TimePath{f["path"].Needed("ts, or .ts for beside each value").Text(), f["format"].Needed(unixSeconds).Choice(timeFormats()...)}
	if t.Path != "" {
		checkPath(f["path"], strings.TrimPrefix(t.Path, "."))
	}
	return t, stamps(f)
}

// stamps reads how far an instrument's own time is believed.
func stamps(f map[string]strict.Node) Stamps {
	s := Stamps{Ahead: int64(f["ahead"].Duration()), Behind: int64(f["behind"].Duration()), Historical: f["historical"].Flag()}
	if s.Ahead > int64(aheadMost) {
		f["ahead"].Fault("an instrument whose clock is more than %v ahead needs its clock set", aheadMost)
	}
	return s
}

// countsPosition tells whether a path counts positions in a list, by a name of
// digits or by digits in brackets. Brackets that choose by a key count nothing.
func countsPosition(path string) bool {
	names := ""
	for rest := path; ; {
		before, behind, opened := strings.Cut(rest, "[")
		inside, after, closed := strings.Cut(behind, "]")
		if !opened || !closed {
			names += rest
			break
		}
		names += before
		if !strings.Contains(inside, "=") {
			if isDigits(inside[strings.LastIndexByte(inside, '[')+1:]) {
				return true
			}
			names += "[" + inside + "]"
		}
		rest = after
	}
	return slices.ContainsFunc(strings.Split(names, "."), isDigits)
}

func isDigits(name string) bool {
	return name != "" && strings.Trim(name, "0123456789") == ""
}

// checkPath says what of a path can never be found.
func checkPath(x strict.Node, path string) {
	if path == "" || strings.HasPrefix(path, ".") || strings.HasSuffix(path, ".") || strings.Contains(path, "..") {
		x.Fault("%q has a name that is empty: write names joined by dots, as in sensors.0.temperature", x.Text())
	}
	for rest := path; ; {
		i := strings.IndexByte(rest, '[')
		if i < 0 {
			return
		}
		rest = rest[i+1:]
		if _, _, _, ok := selector(path[len(path)-len(rest)-1:]); !ok && strings.Contains(rest, "=") {
			x.Fault("%q is not a choice by key: write values[id=103].val, or values[id=\"...\"].val if there is a ] in it", x.Text())
			return
		}
	}
}

// siblingPath returns a path relative to the object that holds a value.
func siblingPath(value, relative string) string {
	cut, quoted, inside := 0, false, false
	for i, c := range value {
		switch {
		case c == '"' && inside:
			quoted = !quoted
		case quoted:
		case c == '[':
			cut, inside = i, true
		case c == ']':
			inside = false
		case c == '.' && !inside:
			cut = i
		}
	}
	if cut == 0 {
		return relative[1:]
	}
	return value[:cut] + relative
}

// wordsOf reads one or more words.
func wordsOf(x strict.Node) (all []string) {
	for _, n := range listOf(x) {
		if text := n.Text(); text != "" {
			all = append(all, text)
		}
	}
	return all
}

// numbersOf reads one or more numbers as a message may hold them, as the bits of
// a float64.
func numbersOf(x strict.Node) (all []uint64) {
	for _, n := range listOf(x) {
		value, err := strconv.ParseFloat(n.Text(), 64)
		if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
			n.Fault("%q is not a number: write it as the message has it, before scale", n.Text())
		}
		all = append(all, math.Float64bits(value))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// listOf returns the values of a list, or one that stands alone.
func listOf(x strict.Node) []strict.Node {
	if !x.Present() || x.IsList() {
		return x.List()
	}
	return []strict.Node{x}
}
