package wire

import (
	"errors"
	"slices"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

var (
	errForm = errors.New("it is no message of protobuf")
	errUTF8 = errors.New("a text is not valid UTF-8")
)

// Marshal returns the one encoding of a message that this package writes:
// fields by number, none that is zero or empty. The error is a text that is
// not UTF-8.
func Marshal(m Message) ([]byte, error) { return appendMessage([]byte{}, m) }

func appendMessage(b []byte, m Message) ([]byte, error) {
	for _, f := range m.fields() {
		switch v := f.value.(type) {
		case *uint32:
			b = appendVarint(b, f.number, uint64(*v))
		case *uint64:
			b = appendVarint(b, f.number, *v)
		case *bool:
			b = appendVarint(b, f.number, protowire.EncodeBool(*v))
		case *int64:
			if *v != 0 {
				b = protowire.AppendFixed64(protowire.AppendTag(b, f.number, protowire.Fixed64Type), uint64(*v))
			}
		case *string:
			if !utf8.ValidString(*v) {
				return nil, errUTF8
			}
			if *v != "" {
				b = protowire.AppendString(protowire.AppendTag(b, f.number, protowire.BytesType), *v)
			}
		case *[]string:
			for _, text := range *v {
				if !utf8.ValidString(text) {
					return nil, errUTF8
				}
				b = protowire.AppendString(protowire.AppendTag(b, f.number, protowire.BytesType), text)
			}
		case *[]byte:
			if len(*v) > 0 {
				b = appendBytes(b, f.number, *v)
			}
		case *[][]byte:
			for _, one := range *v {
				b = appendBytes(b, f.number, one)
			}
		case *[]ClockShift:
			for i := range *v {
				one, err := Marshal(&(*v)[i])
				if err != nil {
					return nil, err
				}
				b = appendBytes(b, f.number, one)
			}
		}
	}
	return b, nil
}

func appendVarint(b []byte, number protowire.Number, v uint64) []byte {
	if v == 0 {
		return b
	}
	return protowire.AppendVarint(protowire.AppendTag(b, number, protowire.VarintType), v)
}

func appendBytes(b []byte, number protowire.Number, v []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, number, protowire.BytesType), v)
}

// Unmarshal reads a message into m, which is empty. As protobuf has it, of a
// field that comes twice the last one counts, and fields that are not known, or
// are of another type, are stepped over.
func Unmarshal(data []byte, m Message) error {
	fields := m.fields()
	for len(data) > 0 {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 || !number.IsValid() {
			return errForm
		}
		var value any // nil: not known
		if i := slices.IndexFunc(fields, func(f field) bool { return f.number == number }); i >= 0 {
			value = fields[i].value
		}
		data = data[n:]
		n, err := consume(data, number, kind, value)
		if err != nil {
			return err
		}
		if n < 0 {
			return errForm
		}
		data = data[n:]
	}
	return nil
}

// consume reads one value, and returns how long it is; below 0, if it is cut
// short.
func consume(data []byte, number protowire.Number, kind protowire.Type, value any) (n int, err error) {
	switch kind {
	case protowire.VarintType:
		x, n := protowire.ConsumeVarint(data)
		switch v := value.(type) {
		case *uint32:
			*v = uint32(x)
		case *uint64:
			*v = x
		case *bool:
			*v = protowire.DecodeBool(x)
		}
		return n, nil
	case protowire.Fixed64Type:
		x, n := protowire.ConsumeFixed64(data)
		if v, ok := value.(*int64); ok {
			*v = int64(x)
		}
		return n, nil
	case protowire.BytesType:
		x, n := protowire.ConsumeBytes(data)
		if n < 0 {
			return n, nil
		}
		return n, setBytes(x, value)
	}
	return protowire.ConsumeFieldValue(number, kind, data), nil
}

func setBytes(x []byte, value any) error {
	switch v := value.(type) {
	case *string:
		*v = string(x)
		return checkUTF8(x)
	case *[]string:
		*v = append(*v, string(x))
		return checkUTF8(x)
	case *[]byte:
		*v = append([]byte(nil), x...)
	case *[][]byte:
		*v = append(*v, append([]byte{}, x...))
	case *[]ClockShift:
		var one ClockShift
		err := Unmarshal(x, &one)
		*v = append(*v, one)
		return err
	}
	return nil
}

func checkUTF8(text []byte) error {
	if !utf8.Valid(text) {
		return errUTF8
	}
	return nil
}
