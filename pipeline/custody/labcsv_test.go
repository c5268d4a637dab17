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
		if found[0] != (Found{"S-1", "carbon_total", "87.4 %", "0.7 %", "EN ISO 16948"}) || found[2] != (Found{"S-2", "carbon_total", "86.9 %", "", ""}) {
			t.Errorf("%s: %+v", name, found)
		}
		text := ReportText("lab desk", "k", "L-9", "Lab A", "none", time.Date(2026, 11, 12, 0, 0, 0, 0, time.UTC), "sha256:"+strings.Repeat("a", 64), found)
		s, err := Read("made.yaml", text)
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
		r := s.Records[0].Report
		if v := r.Results["S-1"]["hydrogen"]; v.Value.String() != "2.1 %" || v.Uncertainty == nil || r.Original == "" || len(r.Results) != 2 {
			t.Errorf("%+v", r)
		}
	}
}

func TestTableFaults(t *testing.T) {
	for table, why := range map[string]string{
		"":                              "lab.csv:1: no line that names the columns",
		"a,b\n":                         "lab.csv:1: no column sample or sample id; the line has a, b",
		"sample,parameter,value,unit\n": "no result in it",
		"sample,parameter,value,unit\nS,h,<0.1,%\n,h,1,%\nS,h,1,parsecs\n": "lab.csv:2: value \"<0.1\" is no number",
		"sample,parameter,value,unit\nS,h,\"1,%\n":                         "lab.csv: ",
	} {
		_, err := ReadTable("lab.csv", []byte(table))
		if err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v, want %q", table, err, why)
		}
	}
	_, err := ReadTable("lab.csv", []byte("sample,parameter,value,unit\nS,h,<0.1,%\n,h,1,%\nS,h,1,parsecs\n"))
	if n := strings.Count(err.Error(), "\n"); n != 2 {
		t.Errorf("%d faults, want 3: %v", n+1, err)
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
