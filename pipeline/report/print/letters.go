package print

import "strings"

// otherSigns are the signs beyond the alphabets that the fonts of the paper have.
const otherSigns = "–—‘’‚“”„†‡•…‰‹›€™−√∞∫≈≠≤≥◊∂∆∏∑Ω←↑→↓↔°±²³·×÷"

// printable replaces what the fonts of the paper have no letter for, so that
// a reader sees that something stood there.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\n', c == '\t', c == '\r':
			return ' '
		case ' ' <= c && c <= '~', 0xA0 <= c && c <= 0x17F && c != 0xAD,
			0x391 <= c && c <= 0x3CE && c != 0x3A2, 0x401 <= c && c <= 0x45F && c != 0x40D && c != 0x450 && c != 0x45D,
			strings.ContainsRune(otherSigns, c):
			return c
		}
		return '?'
	}, text)
}
