package pipeline

import "github.com/nielu/nielu/pipeline/carbon"

// ParseMethod reads a method file as [carbon.ParseMethod] does, beside
// [ParsePlant] and [ParseLab] for those who read all three.
func ParseMethod(file string, data []byte) (carbon.Method, error) {
	m, err := carbon.ParseMethod(file, data)
	if err != nil {
		return carbon.Method{}, err
	}
	return *m, nil
}
