package demo

import (
	"testing"
	"time"

	"github.com/nielu/nielu/devices/devicetest"
)

func TestParseFault(t *testing.T) {
	now := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	got, err := parseFault("pyro1/char/mass_flow=drift:-2.5", now)
	want := devicetest.Fault{Tag: "pyro1/char/mass_flow", Kind: devicetest.Drift, From: now, To: now.Add(time.Hour), Size: -2.5}
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	for text, want := range map[string]devicetest.Fault{
		"pyro1/char/mass_flow=scale:4.1@36h": {Kind: devicetest.Scale, From: now.Add(-36 * time.Hour), To: now.AddDate(1, 0, 0), Size: 4.1},
		"pyro1/char/mass_flow=drift:2@10h":   {Kind: devicetest.Drift, From: now.Add(-10 * time.Hour), To: now.Add(time.Hour), Size: 2},
		"pyro1/char/mass_flow=dead@9h-8h":    {Kind: devicetest.Dead, From: now.Add(-9 * time.Hour), To: now.Add(-8 * time.Hour)},
		"pyro1/char/mass_flow=dead@1h":       {Kind: devicetest.Dead, From: now.Add(-time.Hour), To: now.AddDate(1, 0, 0)},
	} {
		want.Tag = "pyro1/char/mass_flow"
		if got, err := parseFault(text, now); err != nil || got != want {
			t.Errorf("%s: got %+v, %v", text, got, err)
		}
	}
	for _, bad := range []string{"", "pyro1", "pyro1/char/mass_flow", "pyro1/char/mass_flow=lies", "pyro1/char/mass_flow=bias", "pyro1/char/mass_flow=dead:3", "pyro1/char/mass_flow=bias:x",
		"pyro1/char/mass_flow=bias:1@", "pyro1/char/mass_flow=bias:1@-1h", "pyro1/char/mass_flow=bias:1@9000h", "pyro1/char/mass_flow=bias:1@8h-9h", "pyro1/char/mass_flow=bias:1@8h-", "pyro1/char/mass_flow=bias:1@yesterday"} {
		if f, err := parseFault(bad, now); err == nil {
			t.Errorf("%q was taken as %+v", bad, f)
		}
	}
	p := &Site{now: now, plants: []*devicetest.Sim{devicetest.New("pyro1", 1, Commissioned), devicetest.New("htl1", 1, Commissioned)}}
	if err := p.Spoil([]string{"htl1/reactor/temperature=frozen"}); err != nil || len(p.plants[1].Faults) != 1 || len(p.plants[0].Faults) != 0 {
		t.Errorf("faults %v and %v, %v", p.plants[0].Faults, p.plants[1].Faults, err)
	}
	if p.Spoil([]string{"lf1/header/ch4=dead"}) == nil {
		t.Error("a tag of no plant was taken")
	}
}
