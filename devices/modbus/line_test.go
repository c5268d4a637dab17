package modbus

import "testing"

// A bus is one bus however its address is written: it has one owner.
func TestABusHasOneKey(t *testing.T) {
	key := func(text string) string {
		line, err := ParseLine(text)
		if err != nil {
			t.Fatal(err)
		}
		return line.Key()
	}
	for _, same := range [][2]string{
		{"tcp://localhost:5003", "tcp://127.0.0.1:05003"},
		{"tcp://PLC.example", "tcp://plc.example.:502"},
		{"tcp://[fd00:0::1]:502", "tcp://[FD00::1]"},
		{"rtu:///dev/ttyUSB0?baud=9600", "rtu:///dev/ttyUSB0"},
	} {
		if a, b := key(same[0]), key(same[1]); a != b {
			t.Errorf("%s is %s, %s is %s", same[0], a, same[1], b)
		}
	}
	if key("tcp://10.0.0.5:502") == key("tcp://10.0.0.5:503") || key("tcp://127.0.0.2") == key("tcp://127.0.0.1") {
		t.Error("two buses have one key")
	}
}
