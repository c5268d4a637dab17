package wire_test

import (
	"bytes"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/nielu/nielu/evidence/wire"
	"github.com/nielu/nielu/evidence/wire/wiretest"
)

// messages are those of this package, each with what protoc makes of it.
func messages() map[wire.Message]proto.Message {
	return map[wire.Message]proto.Message{
		&wire.Leaf{}: &wiretest.Leaf{}, &wire.Signed{}: &wiretest.Signed{}, &wire.KeyBody{}: &wiretest.KeyBody{}, &wire.LossBody{}: &wiretest.LossBody{},
		&wire.ClockBody{}: &wiretest.ClockBody{}, &wire.ClockShift{}: &wiretest.ClockShift{}, &wire.BatchBody{}: &wiretest.BatchBody{}, &wire.CatalogueBody{}: &wiretest.CatalogueBody{},
	}
}

// message draws bytes that are nearly a message of some of these fields.
func message(t *rapid.T, depth int) (data []byte) {
	for range rapid.IntRange(0, 12).Draw(t, "fields") {
		number := protowire.Number(rapid.OneOf(rapid.IntRange(1, 14), rapid.SampledFrom([]int{1<<29 - 1, 1 << 29, 1<<31 - 1})).Draw(t, "number"))
		kind := protowire.Type(rapid.SampledFrom([]int{0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2, 3, 4, 5, 6}).Draw(t, "type"))
		data = protowire.AppendTag(data, number, kind)
		switch kind {
		case protowire.VarintType:
			data = protowire.AppendVarint(data, rapid.Uint64().Draw(t, "varint"))
		case protowire.Fixed64Type:
			data = protowire.AppendFixed64(data, rapid.Uint64().Draw(t, "fixed"))
		case protowire.Fixed32Type:
			data = protowire.AppendFixed32(data, rapid.Uint32().Draw(t, "fixed"))
		case protowire.StartGroupType:
			if depth > 0 {
				data = append(data, message(t, depth-1)...)
			}
			data = protowire.AppendTag(data, number, protowire.EndGroupType)
		case protowire.BytesType:
			switch rapid.IntRange(0, 4).Draw(t, "bytes") {
			case 0:
				data = protowire.AppendBytes(data, rapid.SliceOf(rapid.Byte()).Draw(t, "raw"))
			case 1:
				if depth > 0 {
					data = protowire.AppendBytes(data, message(t, depth-1))
					break
				}
				fallthrough
			default:
				data = protowire.AppendString(data, rapid.String().Draw(t, "text"))
			}
		}
	}
	switch rapid.IntRange(0, 9).Draw(t, "damage") {
	case 0:
		data = data[:rapid.IntRange(0, len(data)).Draw(t, "cut")]
	case 1:
		if len(data) > 0 {
			data[rapid.IntRange(0, len(data)-1).Draw(t, "at")] ^= rapid.Byte().Draw(t, "bits")
		}
	}
	return data
}

// agree holds this package against the protobuf module on some bytes: both
// read them, or neither does, and both write what they read as the same bytes.
// It tells how many messages read them.
func agree(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, data []byte) (read int) {
	t.Helper()
	for ours, theirs := range messages() {
		err := wire.Unmarshal(data, ours)
		if want := (proto.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(data, theirs); (err == nil) != (want == nil) {
			t.Fatalf("%T from %x: %v, want %v", ours, data, err, want)
		}
		if err != nil {
			continue
		}
		read++
		got, err := wire.Marshal(ours)
		want, err2 := proto.MarshalOptions{Deterministic: true}.Marshal(theirs)
		if err != nil || err2 != nil || !bytes.Equal(got, want) {
			t.Fatalf("%T from %x:\n%x, %v\nwant\n%x, %v", ours, data, got, err, want, err2)
		}
	}
	return read
}

func TestAgreesWithProtobuf(t *testing.T) {
	read, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		n := agree(t, message(t, 2))
		read, refused = read+n, refused+len(messages())-n
	})
	if !testing.Short() && (read < 50 || refused < 50) {
		t.Errorf("%d messages were read and %d refused: this shows little", read, refused)
	}
}

// A message of many values of each field, and of empty ones in lists.
func TestAgreesOnWholeMessages(t *testing.T) {
	var data []byte
	for number := protowire.Number(1); number <= 14; number++ {
		for _, v := range []uint64{0, 1, 1 << 40} {
			data = protowire.AppendVarint(protowire.AppendTag(data, number, protowire.VarintType), v)
			data = protowire.AppendFixed64(protowire.AppendTag(data, number, protowire.Fixed64Type), v)
		}
		texts := []string{"", string(protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), 7))} // both are shifts, too
		if number > 1 {
			texts = append(texts, "x", "süß")
		}
		for _, v := range texts {
			data = protowire.AppendString(protowire.AppendTag(data, number, protowire.BytesType), v)
		}
	}
	if read := agree(t, data); read != len(messages()) {
		t.Errorf("%d messages read it", read)
	}
}

func TestTextsAreUTF8(t *testing.T) {
	for _, m := range []wire.Message{&wire.Signed{Site: "\xff"}, &wire.Signed{Plants: []string{"a", "\xff"}}} {
		if data, err := wire.Marshal(m); err == nil {
			t.Errorf("%x was written", data)
		}
	}
}

func FuzzAgreesWithProtobuf(f *testing.F) {
	f.Add([]byte{8, 1, 18, 1, 'x', 0x29, 1, 2, 3, 4, 5, 6, 7, 8})
	f.Fuzz(func(t *testing.T, data []byte) { agree(t, data) })
}
