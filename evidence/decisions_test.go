package evidence

import "testing"

func FuzzParseRoll(f *testing.F) {
	f.Add([]byte("nielu roll 1\n* 1 " + "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		all, err := ParseRoll(body)
		if err != nil {
			return
		}
		d := Decisions{last: map[string]Last{}}
		for _, x := range all {
			d.last[x.Plant] = x
		}
		if string(d.Roll()) != string(body) {
			t.Fatalf("%q has a second spelling", body)
		}
	})
}
