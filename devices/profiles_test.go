package devices_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/devices/polling"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
)

// dump is words as an instrument sends them and the readings they must give.
type dump struct {
	parameters string
	registers  map[uint8]map[uint16]uint16
	readings   map[string]string
}

func readDump(t *testing.T, name string) dump {
	t.Helper()
	file := "profiles/" + name + ".dump.yaml"
	data, err := configs.Profiles.ReadFile(file)
	if err != nil {
		t.Fatalf("every profile needs a dump beside it: %v", err)
	}
	d, root := strict.Open(file, data)
	f := root.Fields("profile", "origin", "parameters", "words", "readings")
	if origin := f["origin"].Needed("captured from ...").Text(); !strings.Contains(origin, "constructed") && !strings.Contains(origin, "captured") {
		t.Errorf("%s: origin must say whether the words were captured or constructed", file)
	}
	out := dump{registers: map[uint8]map[uint16]uint16{}, readings: map[string]string{}}
	for _, e := range f["parameters"].Entries() {
		out.parameters += fmt.Sprintf("%s: '%s', ", e.Text, e.Value.Text())
	}
	for _, entry := range f["words"].List() {
		w := entry.Fields("function", "address", "words")
		function, address := uint8(w["function"].Whole(0, 1, 4)), w["address"].Whole(-1, 0, 65535)
		for i, n := range w["words"].List() {
			word, err := strconv.ParseUint(n.Text(), 0, 16)
			if err != nil {
				t.Fatalf("%s: %q is not a word", file, n.Text())
			}
			if out.registers[function] == nil {
				out.registers[function] = map[uint16]uint16{}
			}
			out.registers[function][uint16(address+i)] = uint16(word)
		}
	}
	for _, e := range f["readings"].Entries() {
		out.readings[e.Text] = e.Value.Text()
	}
	if err := d.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestProfilesDecodeTheirDumps reads every point of every embedded profile
// from the registers beside it.
func TestProfilesDecodeTheirDumps(t *testing.T) {
	names := configs.ProfileNames()
	if len(names) < 5 {
		t.Fatalf("only %d profiles are embedded: %v", len(names), names)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			data, err := configs.Profile(name)
			if err != nil {
				t.Fatal(err)
			}
			if lines := strings.Count(string(data), "\n"); lines > 40 {
				t.Errorf("profile has %d lines, at most 40 are allowed", lines)
			}
			profile, err := devices.ParseProfile(name+".yaml", data)
			if err != nil {
				t.Fatal(err)
			}
			if profile.Name != name || profile.Verified == "" {
				t.Errorf("profile: %q and verified: %q must name the file and say how far it is verified", profile.Name, profile.Verified)
			}
			dump := readDump(t, name)
			var file strings.Builder
			fmt.Fprintf(&file, "agent: gw-1\nsite: s\nbuses:\n  - bus: tcp://127.0.0.1:502\n    instruments:\n      - instrument: I-1\n        profile: %s\n        every: 1 s\n", name)
			if dump.parameters != "" {
				fmt.Fprintf(&file, "        parameters: { %s }\n", strings.TrimSuffix(dump.parameters, ", "))
			}
			file.WriteString("        tags:\n")
			for _, point := range profile.Points {
				fmt.Fprintf(&file, "          p/%s: %s\n", point.Name, point.Name)
			}
			config, err := polling.ParseConfig("agent.yaml", []byte(file.String()), configs.Profile)
			if err != nil {
				t.Fatal(err)
			}
			catalogue := config.Catalogue()
			got := map[string]string{}
			for i, block := range catalogue.Blocks {
				raw := make([]byte, 0, 250)
				for a := range block.Quantity {
					raw = binary.BigEndian.AppendUint16(raw, dump.registers[block.Function][block.Address+a])
				}
				for _, r := range catalogue.Readings(measure.Scan{Block: uint32(i), At: 1, Raw: raw}) {
					text := r.Quality.String()
					if r.Quality.Level == measure.Good {
						text = measure.Quantity{Value: r.Value, Unit: r.Unit}.String()
					}
					got[strings.TrimPrefix(string(r.Tag), "p/")] = text
				}
			}
			for _, point := range profile.Points {
				want, ok := dump.readings[point.Name]
				if !ok {
					t.Errorf("dump has no reading for %s", point.Name)
				}
				if got[point.Name] != want {
					t.Errorf("%s = %s, want %s", point.Name, got[point.Name], want)
				}
			}
			for _, block := range catalogue.Blocks {
				if profile.Holes == 0 && block.Wasted() != 0 {
					t.Errorf("request for %d registers from %d asks for %d that nobody needs", block.Quantity, block.Address, block.Wasted())
				}
			}
		})
	}
	if !slices.Contains(names, "eastron-sdm630") {
		t.Errorf("profiles = %v, want eastron-sdm630 among them", names)
	}
}
