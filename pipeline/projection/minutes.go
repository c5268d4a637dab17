package projection

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/rollup"
)

// hourNs and minuteNs are the two steps that are kept, in nanoseconds.
const (
	minuteNs = int64(60e9)
	hourNs   = 60 * minuteNs
)

// minutes is the rollups of one tag in one hour, in columns of 64-bit words,
// each word the minute's own or zero where the minute is not present.
//
// Layout of the blob, little endian:
//
//	1 byte    layout, 1
//	8 bytes   which minutes are present, bit 0 the first
//	columns   in the order of the constants below, each one byte of form and
//	          form 0: nothing, every word is zero
//	          form 1: one word that all present minutes share
//	          form 2: one word for each present minute
//	          form 3: nothing, the words of the column before
type minutes struct {
	present uint64
	columns [columnCount][60]uint64
}

// The columns. Floats are kept by their bits, quality as level<<8 | reason.
const (
	columnCountOf = iota // number of samples
	columnMean
	columnAverage
	columnMin
	columnMax
	columnLast
	columnTotal
	columnCoverage
	columnQuality
	columnRevision // how often the minute came out different, from 1
	columnChanged  // change number of its last revision
	columnCount
)

const minutesLayout = 1

// put writes one minute and tells whether it differs from what was there. A
// different one gets the next revision and the given change number.
func (m *minutes) put(minute int, r rollup.Rollup, change uint64) bool {
	words := [...]uint64{
		columnCountOf:  uint64(r.Count),
		columnMean:     math.Float64bits(r.Mean),
		columnAverage:  math.Float64bits(r.Average),
		columnMin:      math.Float64bits(r.Min),
		columnMax:      math.Float64bits(r.Max),
		columnLast:     math.Float64bits(r.Last),
		columnTotal:    math.Float64bits(r.Total),
		columnCoverage: math.Float64bits(r.Coverage),
		columnQuality:  uint64(r.Quality.Level)<<8 | uint64(r.Quality.Reason),
	}
	changed := m.present&(1<<minute) == 0
	for c, word := range words {
		if m.columns[c][minute] != word {
			m.columns[c][minute], changed = word, true
		}
	}
	if changed {
		m.present |= 1 << minute
		m.columns[columnRevision][minute]++
		m.columns[columnChanged][minute] = change
	}
	return changed
}

// get returns one present minute, whose hour begins at the Unix nanosecond hour.
func (m *minutes) get(minute int, tag measure.Tag, hour int64) rollup.Rollup {
	float := func(column int) float64 { return math.Float64frombits(m.columns[column][minute]) }
	quality := m.columns[columnQuality][minute]
	return rollup.Rollup{
		Tag:      tag,
		From:     hour + int64(minute)*minuteNs,
		Count:    int(m.columns[columnCountOf][minute]),
		Mean:     float(columnMean),
		Average:  float(columnAverage),
		Min:      float(columnMin),
		Max:      float(columnMax),
		Last:     float(columnLast),
		Total:    float(columnTotal),
		Coverage: float(columnCoverage),
		Quality:  measure.Quality{Level: measure.Level(quality >> 8), Reason: measure.Reason(quality)},
	}
}

// drop forgets minutes, given bit by bit.
func (m *minutes) drop(gone uint64) {
	m.present &^= gone
	for c := range m.columns {
		for rest := gone; rest != 0; rest &= rest - 1 {
			m.columns[c][bits.TrailingZeros64(rest)] = 0
		}
	}
}

// each calls f for each present minute, in order.
func (m *minutes) each(f func(minute int)) {
	for present := m.present; present != 0; present &= present - 1 {
		f(bits.TrailingZeros64(present))
	}
}

func (m *minutes) encode(buf []byte) []byte {
	buf = append(buf, minutesLayout)
	buf = binary.LittleEndian.AppendUint64(buf, m.present)
	if m.present == 0 {
		return buf
	}
	first := bits.TrailingZeros64(m.present)
	for c := range m.columns {
		column := &m.columns[c]
		same := true
		m.each(func(i int) { same = same && column[i] == column[first] })
		switch {
		case same && column[first] == 0:
			buf = append(buf, 0)
		case same:
			buf = binary.LittleEndian.AppendUint64(append(buf, 1), column[first])
		case c > 0 && *column == m.columns[c-1]:
			buf = append(buf, 3)
		default:
			buf = append(buf, 2)
			m.each(func(i int) { buf = binary.LittleEndian.AppendUint64(buf, column[i]) })
		}
	}
	return buf
}

func (m *minutes) decode(blob []byte) error {
	*m = minutes{}
	if len(blob) < 9 || blob[0] != minutesLayout {
		return fmt.Errorf("%w: rollup row: not layout %d", ErrDamaged, minutesLayout)
	}
	present := binary.LittleEndian.Uint64(blob[1:])
	if present>>60 != 0 {
		return fmt.Errorf("%w: rollup row: more than 60 minutes", ErrDamaged)
	}
	m.present, blob = present, blob[9:]
	if present == 0 {
		return nil
	}
	n := bits.OnesCount64(present)
	for c := range m.columns {
		need := 0
		if len(blob) > 0 {
			switch blob[0] {
			case 1:
				need = 8
			case 2:
				need = 8 * n
			}
		}
		if len(blob) < 1+need {
			return fmt.Errorf("%w: rollup row: column %d is cut short", ErrDamaged, c)
		}
		form, words := blob[0], blob[1:1+need]
		blob = blob[1+need:]
		column := &m.columns[c]
		switch form {
		case 0:
		case 1:
			word := binary.LittleEndian.Uint64(words)
			m.each(func(i int) { column[i] = word })
		case 2:
			m.each(func(i int) {
				column[i] = binary.LittleEndian.Uint64(words)
				words = words[8:]
			})
		case 3:
			if c == 0 {
				return fmt.Errorf("%w: rollup row: the first column has none before it", ErrDamaged)
			}
			*column = m.columns[c-1]
		default:
			return fmt.Errorf("%w: rollup row: column %d has form %d", ErrDamaged, c, form)
		}
	}
	if len(blob) != 0 {
		return fmt.Errorf("%w: rollup row: %d bytes too many", ErrDamaged, len(blob))
	}
	return nil
}
