package custody

import (
	"strings"
	"testing"
	"time"
)

func TestReadTable(t *testing.T) {
	for name, table := range map[string]string{
		"commas":          "sample,parameter,value,unit,uncertainty,method\nS-1,carbon total,87.4,%,0.7,EN ISO 16948\nS-1,hydrogen,2.1,%,0.06,\n\nS-2,carbon total,86.9,%,,\n",
		"a decimal comma": "\xef\xbb\xbfMenetelmä;Näyte;Määritys;Tulos;Yksikkö;Uncertainty\r\nEN ISO 16948;S-1;Carbon total;87,4;%;0,7\r\n;S-1;Hydrogen;2,1;%;0,06\r\n;;;;;\r\n;S-2;carbon_total;86,9;%;\r\n",
	} {
		found, err := ReadTable("lab.csv", []byte(table))
		if err != nil || len(found) != 3 {
			t.Fatalf("%s: %v, %v", name, found, err)
		}
		said := func(f LabRow) string {
			return strings.Join([]string{f.Sample, f.Name, f.Value, f.Uncertainty, f.Method}, "|")
		}
		if said(found[0]) != "S-1|carbon_total|87.4 %|0.7 %|EN ISO 16948" || said(found[2]) != "S-2|carbon_total|86.9 %||" || found[0].value.Line != 2 || found[2].name.Line < 5 {
			t.Errorf("%s: %+v", name, found)
		}
		text := ReportText("lab desk", "k", "L-9", "Lab A", "none", time.Date(2026, 11, 12, 0, 0, 0, 0, time.UTC), "sha256:"+strings.Repeat("a", 64), found)
		s, err := Read("made.yaml", text.Text)
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text.Text)
		}
		if at, ok := text.Place(11); !ok || at != found[1].value { // the second value of the first sample
			t.Errorf("%s: line 11 stands at %v in the table, want %v\n%s", name, at, found[1].value, text.Text)
		}
		r := s.Records[0].Report
		if v := r.Results["S-1"]["hydrogen"]; v.Value.String() != "2.1 %" || v.Uncertainty == nil || r.Original == "" || len(r.Results) != 2 {
			t.Errorf("%+v", r)
		}
	}
}

// Faults are told in the lines and columns of the table itself, all at once.
func TestTableFaults(t *testing.T) {
	head := "sample,parameter,value,unit,uncertainty\n"
	for table, why := range map[string]string{
		"":                                "lab.csv:1:1: no line that names the columns",
		"a,b\n":                           "lab.csv:1:1: no column sample or sample id; the line has a, b",
		head:                              "no result in it",
		head + "S,hydrogen,<0.1,%\n":      "lab.csv:2:12: value \"<0.1\" is no number",
		head + "S,hydrogen,\"1,%\n":       "lab.csv:2:",
		head + "\nS,carbontotal,84,%\n":   "lab.csv:3:3: \"carbontotal\": no laboratory value is called so; did you mean \"carbon_total\"?",
		head + "S,carbon total,184.2,%\n": "lab.csv:2:16: 184.2 % cannot be: carbon_total is 0 to 100 %",
		head + "S,carbon total,-4,%\n":    "-4 % cannot be",
		head + "S,carbon total,84,kg\n":   "84 kg is no value of carbon_total, which is given in %",
		head + "S,ash,130,%\n":            "130 % cannot be",
		head + "S,ash,3,%,0\n":            "lab.csv:2:11: 0 %: no analysis is without uncertainty",
		head + "S,ash,3,%\nT,ash,3,%\nS,ash,4,%\n": "lab.csv:4:3: ash of sample S is in line 2 already",
	} {
		_, err := ReadTable("lab.csv", []byte(table))
		if err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v, want %q", table, err, why)
		}
	}
	_, err := ReadTable("lab.csv", []byte(head+"S,hydrogen,<0.1,%\n,hydrogen,1,%\nS,hydrogen,1,parsecs\n"))
	if n := strings.Count(err.Error(), "\n"); n != 2 {
		t.Errorf("%d faults, want 3: %v", n+1, err)
	}
	if _, err := ReadTable("lab.csv", make([]byte, MostTable+1)); err == nil || !strings.Contains(err.Error(), "lab.csv:1:1: holds 1048577 bytes; at most 1048576 can be taken") {
		t.Error(err)
	}
}

// Whatever a name or a method holds, it is no YAML of its own.
func TestTextIsQuoted(t *testing.T) {
	evil := "x\" }\nrecords: [ {withdraw: a, kind: unit, reason: b} ] # 'é\u2028x"
	w := ReportText(evil, "k", "L-1", evil, "none", time.Date(2026, 11, 12, 0, 0, 0, 0, time.UTC), "sha256:"+strings.Repeat("a", 64),
		[]LabRow{{Sample: "S-1", Name: "ash", Value: "3 %", Method: evil}})
	s, err := Read("made.yaml", w.Text)
	if err != nil || s.Author != evil || len(s.Records) != 1 || s.Records[0].Report.Laboratory != evil || s.Records[0].Report.Results["S-1"]["ash"].Method != evil {
		t.Errorf("%v\n%s\n%+v", err, w.Text, s)
	}
	text := RecordText(evil, "k", [][2]string{{"lot", "k-1"}, {"from", "2026-11-02T00:00:00Z"}, {"process", evil}, {"regime", ""}})
	if s, err = Read("made.yaml", text); err != nil || s.Author != evil || len(s.Records) != 1 || s.Records[0].Lot.Process != evil {
		t.Errorf("%v\n%s\n%+v", err, text, s)
	}
}

func FuzzReadTable(f *testing.F) {
	f.Add([]byte("sample,parameter,value,unit,uncertainty,method\nS-1,carbon total,87.4,%,0.7,EN ISO 16948\n"))
	f.Add([]byte("a;b\n1;2\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		found, err := ReadTable("f.csv", data)
		if err == nil && len(found) == 0 {
			t.Fatal("nothing was found, and nobody says why")
		}
	})
}
