package modbus

import "fmt"

// Exception is the instrument's refusal of a request.
//
// Source: MODBUS Application Protocol Specification V1.1b3, section 7; 7 is of
// earlier editions.
type Exception uint8

// gatewayTimeout is a gateway's word that the unit did not answer it in time.
const gatewayTimeout Exception = 11

func (e Exception) Error() string {
	text, known := map[Exception]string{
		1: "illegal function: it does not know this function", 2: "illegal data address: a register of the request does not exist there",
		3: "illegal data value: it does not take so many registers at once", 4: "device failure", 5: "acknowledge: it is still at work",
		6: "device busy", 7: "negative acknowledge", 8: "memory parity error",
		10: "gateway path unavailable", 11: "gateway target did not respond",
	}[e]
	if !known {
		text = "a code of the maker's own: see its manual"
	}
	return fmt.Sprintf("exception %d, %s", uint8(e), text)
}
