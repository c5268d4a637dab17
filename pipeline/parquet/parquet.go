// Package parquet writes the tables of a bundle as Apache Parquet, for people
// who look at them with their own tools: CSV comes in, a Parquet file goes out
// ([FromCSV]). It is a copy of a table that is checked elsewhere; nothing reads
// it back.
package parquet

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// The columns that are not text. Times are nanoseconds since 1970 in UTC; a
// number that is not known is null.
var (
	times   = []string{"from", "to"}
	whole   = []string{"count"}
	numbers = []string{"mean", "average", "min", "max", "last", "total", "coverage", "value"}
)

// A table of figures has words among its values, such as a status. They stand
// in a column of their own, and the number beside them is null.
const (
	figure = "value"
	words  = "text"
)

// rowsAGroup is how many rows are held in memory and written as one row group.
const rowsAGroup = 1 << 17

// FromCSV writes a table with a head line as Parquet, compressed with zstd. It
// keeps one row group in memory. The same text gives the same bytes.
func FromCSV(name string, from io.Reader, to io.Writer) error {
	r := csv.NewReader(from)
	r.ReuseRecord = true
	head, err := r.Read()
	if err != nil {
		return fmt.Errorf("table %s: no head line: %w", name, err)
	}
	head = slices.Clone(head)
	group := parquet.Group{}
	for _, column := range head {
		if _, twice := group[column]; twice {
			return fmt.Errorf("table %s: column %s is there twice", name, column)
		}
		group[column] = node(column)
	}
	if _, ok := group[figure]; ok {
		group[words] = parquet.Optional(parquet.String())
	}
	schema := parquet.NewSchema(name, group)
	order := make([]int, len(head)) // of each column among the sorted ones
	text := -1                      // of the column of words
	if leaf, ok := schema.Lookup(words); ok {
		text = leaf.ColumnIndex
	}
	for i, column := range head {
		leaf, ok := schema.Lookup(column)
		if !ok {
			return fmt.Errorf("table %s: column %q has no place", name, column)
		}
		order[i] = leaf.ColumnIndex
	}
	w := parquet.NewWriter(to, schema, parquet.Compression(&zstd.Codec{Level: zstd.SpeedDefault}), parquet.CreatedBy("nielu", "1", ""))
	row := make(parquet.Row, len(group))
	for line := 2; ; line++ {
		cells, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("table %s: %w", name, err)
		}
		if text >= 0 {
			row[text] = parquet.NullValue().Level(0, 0, text)
		}
		for i, cell := range cells {
			if head[i] == figure && cell != "" && !numeric(cell) {
				row[text] = parquet.ByteArrayValue([]byte(cell)).Level(0, 1, text)
				cell = ""
			}
			v, err := value(head[i], cell)
			if err != nil {
				return fmt.Errorf("table %s, line %d, column %s: %w", name, line, head[i], err)
			}
			known := 0
			if slices.Contains(numbers, head[i]) && !v.IsNull() {
				known = 1
			}
			row[order[i]] = v.Level(0, known, order[i])
		}
		if _, err := w.WriteRows([]parquet.Row{row}); err != nil {
			return fmt.Errorf("table %s: %w", name, err)
		}
		if (line-1)%rowsAGroup == 0 {
			if err := w.Flush(); err != nil {
				return fmt.Errorf("table %s: %w", name, err)
			}
		}
	}
	return w.Close()
}

func numeric(cell string) bool {
	_, err := strconv.ParseFloat(cell, 64)
	return err == nil
}

func node(column string) parquet.Node {
	switch {
	case slices.Contains(times, column):
		return parquet.Encoded(parquet.Timestamp(parquet.Nanosecond), &parquet.DeltaBinaryPacked)
	case slices.Contains(whole, column):
		return parquet.Int(64)
	case slices.Contains(numbers, column):
		return parquet.Optional(parquet.Leaf(parquet.DoubleType))
	}
	return parquet.Encoded(parquet.String(), &parquet.RLEDictionary)
}

func value(column, cell string) (parquet.Value, error) {
	switch {
	case slices.Contains(times, column):
		t, err := time.Parse(time.RFC3339Nano, cell)
		return parquet.Int64Value(t.UnixNano()), err
	case slices.Contains(whole, column):
		n, err := strconv.ParseInt(cell, 10, 64)
		return parquet.Int64Value(n), err
	case slices.Contains(numbers, column):
		if cell == "" {
			return parquet.NullValue(), nil
		}
		x, err := strconv.ParseFloat(cell, 64)
		return parquet.DoubleValue(x), err
	}
	return parquet.ByteArrayValue([]byte(cell)), nil
}
