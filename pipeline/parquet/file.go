package parquet

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
)

// FromFile replaces a table in a .csv file by one in a .parquet file beside it,
// and returns its name.
func FromFile(file string) (string, error) {
	from, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer from.Close()
	name := strings.TrimSuffix(file, ".csv") + ".parquet"
	to, err := os.Create(name)
	if err != nil {
		return "", err
	}
	defer to.Close()
	out := bufio.NewWriterSize(to, 1<<20)
	if err := FromCSV(strings.TrimSuffix(filepath.Base(file), ".csv"), bufio.NewReader(from), out); err != nil {
		return "", err
	}
	if err := out.Flush(); err != nil {
		return "", err
	}
	if err := to.Close(); err != nil {
		return "", err
	}
	return name, os.Remove(file)
}
