package modbus

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Line is where a bus is: a host and port, or a serial port and its settings.
type Line struct {
	Serial  bool
	Address string // host:port, or the path of the serial port
	Baud    int    // bits a second; serial only, as are the following
	Parity  string // N, E, O
	Stop    int    // stop bits, 1 or 2
	Data    int    // data bits, 8 for RTU
}

// ParseLine reads "tcp://10.0.0.5:502" (port 502 if none is given) or
// "rtu:///dev/ttyUSB0?baud=19200&parity=E&stop=1" (those are the defaults;
// without parity two stop bits are).
func ParseLine(text string) (Line, error) {
	u, err := url.Parse(text)
	if err != nil {
		return Line{}, fmt.Errorf("bus %q is not a URL: write tcp://host:502 or rtu:///dev/ttyUSB0?baud=19200&parity=E&stop=1", text)
	}
	switch u.Scheme {
	case "tcp":
		return parseTCP(text, u)
	case "rtu":
		return parseRTU(text, u)
	}
	return Line{}, fmt.Errorf("bus %q: scheme must be tcp:// or rtu://", text)
}

func parseTCP(text string, u *url.URL) (Line, error) {
	if u.Hostname() == "" || u.User != nil || u.RawQuery != "" || strings.Trim(u.Path, "/") != "" {
		return Line{}, fmt.Errorf("bus %q: needs host and port only, as in tcp://10.0.0.5:502", text)
	}
	port := u.Port()
	if port == "" {
		port = "502"
	}
	n, err := strconv.Atoi(port)
	if err != nil || n < 1 || n > 65535 {
		return Line{}, fmt.Errorf("bus %q: port must be from 1 to 65535", text)
	}
	return Line{Address: net.JoinHostPort(u.Hostname(), strconv.Itoa(n))}, nil
}

func parseRTU(text string, u *url.URL) (Line, error) {
	l := Line{Serial: true, Address: u.Path, Baud: 19200, Parity: "E", Data: 8}
	if u.Host != "" || !strings.HasPrefix(l.Address, "/") {
		return Line{}, fmt.Errorf("bus %q: needs the path of a serial port, as in rtu:///dev/ttyUSB0", text)
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return Line{}, fmt.Errorf("bus %q: %v", text, err)
	}
	for key, values := range query {
		value := values[len(values)-1]
		number, err := strconv.Atoi(value)
		switch {
		case key == "baud" && err == nil && number >= 300 && number <= 4_000_000:
			l.Baud = number
		case key == "parity" && (value == "N" || value == "E" || value == "O"):
			l.Parity = value
		case key == "stop" && (value == "1" || value == "2"):
			l.Stop = number
		default:
			return Line{}, fmt.Errorf("bus %q: %s=%s is not understood: use baud=19200, parity=N, E or O, stop=1 or 2", text, key, value)
		}
	}
	if l.Stop == 0 {
		l.Stop = 1
		if l.Parity == "N" {
			l.Stop = 2
		}
	}
	return l, nil
}

// String returns the line as a URL that ParseLine reads back.
func (l Line) String() string {
	if !l.Serial {
		return "tcp://" + l.Address
	}
	u := url.URL{Scheme: "rtu", Path: l.Address, RawQuery: fmt.Sprintf("baud=%d&parity=%s&stop=%d", l.Baud, l.Parity, l.Stop)}
	return u.String()
}

// Key tells buses apart: one owner for each host:port and each serial port. A
// host has one key however its name or address is written.
func (l Line) Key() string {
	if host, port, err := net.SplitHostPort(l.Address); err == nil && !l.Serial {
		if host = strings.TrimSuffix(strings.ToLower(host), "."); host == "localhost" {
			host = "127.0.0.1"
		} else if ip := net.ParseIP(host); ip != nil {
			host = ip.String()
		}
		return net.JoinHostPort(host, port)
	}
	return l.Address
}

// character is the time of one character on the line.
func (l Line) character() time.Duration {
	bits := 1 + l.Data + l.Stop
	if l.Parity != "N" {
		bits++
	}
	return time.Duration(bits) * time.Second / time.Duration(l.Baud)
}

// silence is the gap that ends a frame: 3.5 characters, and 1.75 ms above
// 19,200 baud.
//
// Source: MODBUS over Serial Line, Specification and Implementation Guide V1.02, section 2.5.1.1.
func (l Line) silence() time.Duration {
	if l.Baud > 19200 {
		return 1750 * time.Microsecond
	}
	return l.character() * 7 / 2
}

// Transfer is how long a request and its reply of n data bytes take on the
// line itself: nothing to speak of on TCP; on a serial line 8 characters of
// request, 5 + n of reply and two silences.
func (l Line) Transfer(n int) time.Duration {
	if !l.Serial {
		return 0
	}
	return time.Duration(13+n)*l.character() + 2*l.silence()
}
