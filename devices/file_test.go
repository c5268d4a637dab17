package devices_test

import (
	"testing"

	"github.com/nielu/nielu/configs"
	"github.com/nielu/nielu/devices/polling"
)

// parse reads an agent's file, by which all of these tests come to a catalogue.
func parse(t testing.TB, text string) *polling.Config {
	t.Helper()
	config, err := polling.ParseConfig("agent.yaml", []byte(text), configs.Profile)
	if err != nil {
		t.Fatal(err)
	}
	return config
}
