package program

import (
	"fmt"
	"io"
	"os"
)

// ReadFile reads a file that may be so large and no larger: what is larger is
// refused before it is read.
func ReadFile(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > most {
		return nil, Exit{Code: Wrong, Err: fmt.Errorf("%s:1:1: holds %d bytes, and at most %d can be taken: divide it", path, info.Size(), most)}
	}
	data, err := io.ReadAll(io.LimitReader(f, most+1)) // a pipe has no size
	if err == nil && int64(len(data)) > most {
		return nil, Exit{Code: Wrong, Err: fmt.Errorf("%s:1:1: holds more than the %d bytes that can be taken: divide it", path, most)}
	}
	return data, err
}

// MostConfig is how many bytes a configuration, or a request to compute
// something, may have: a plant of 10,000 tags is half of it. Text of this form
// takes three hundred times its length in memory to read.
const MostConfig = 2 << 20

// ReadConfig reads a configuration that a command needs. One that is not there
// is as wrong as one that says something wrong.
func ReadConfig(path string) ([]byte, error) {
	data, err := ReadFile(path, MostConfig)
	if err != nil {
		return nil, Exit{Code: Usage, Err: err}
	}
	return data, nil
}
