package measure

import (
	"fmt"
	"strings"
)

// Tag names one measured point, once for all time: lower-case segments of
// letters, digits, '_' and '-', joined by '/', the first of which is the
// plant: "pyro1/char/mass_flow". It has at least two segments and at most
// 120 bytes.
type Tag string

// ParseTag returns s as a Tag, or an error that says what is wrong with it.
func ParseTag(s string) (Tag, error) {
	if len(s) > 120 {
		return "", fmt.Errorf("tag %.20q...: %d bytes long, at most 120 are allowed", s, len(s))
	}
	segments := strings.Split(s, "/")
	if len(segments) < 2 {
		return "", fmt.Errorf("tag %q: needs a plant and a point, as in pyro1/char/mass_flow", s)
	}
	for _, segment := range segments {
		if !plainName(segment) {
			return "", fmt.Errorf("tag %q: segment %q must be lower-case letters, digits, '_' or '-'", s, segment)
		}
	}
	return Tag(s), nil
}

// Plant returns the first segment of the tag.
func (t Tag) Plant() string {
	plant, _, _ := strings.Cut(string(t), "/")
	return plant
}

// ParseName checks a name of one segment (a plant, site, agent, lot or
// stream) and returns it; what says in the error which kind of name it is.
func ParseName(what, s string) (string, error) {
	if len(s) > 60 || !plainName(s) {
		return "", fmt.Errorf("%s %q: must be 1 to 60 lower-case letters, digits, '_' or '-'", what, s)
	}
	return s, nil
}

func plainName(s string) bool {
	for _, c := range []byte(s) {
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '_', c == '-':
		default:
			return false
		}
	}
	return s != ""
}
