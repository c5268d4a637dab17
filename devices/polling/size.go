package polling

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
)

var decimal = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,2})?$`)

// parseSize reads "2 GB", "500 MB", "64 KiB" as a count of bytes.
func parseSize(text string) (int64, error) {
	number, code, _ := strings.Cut(strings.TrimSpace(text), " ")
	if !decimal.MatchString(number) {
		return 0, fmt.Errorf("%q is not a decimal number", number)
	}
	value, _ := new(big.Rat).SetString(number)
	units := map[string]int64{"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}
	unit, ok := units[strings.TrimSpace(code)]
	if !ok {
		return 0, fmt.Errorf("%q is not a size: write for example 2 GB (B, kB, MB, GB, TB, KiB, MiB, GiB or TiB)", text)
	}
	value = value.Mul(value, new(big.Rat).SetInt64(unit))
	bytes := new(big.Int).Div(value.Num(), value.Denom())
	if value.Sign() <= 0 || !bytes.IsInt64() {
		return 0, fmt.Errorf("%q must be more than 0 and less than 9 exabytes", text)
	}
	return bytes.Int64(), nil
}
