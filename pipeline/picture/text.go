package picture

import (
	"strings"
	"unicode/utf8"
)

// A face is a size and weight of text. Every text of a picture has one.
type face struct {
	class string
	size  int // px, which are units of the picture
	bold  bool
}

var (
	titleFace = face{"title", 20, true}
	nodeFace  = face{"node-name", 15, true}
	nameFace  = face{"name", 13, true}
	valueFace = face{"value", 13, false}
	noteFace  = face{"note", 12, false}
	faces     = []face{titleFace, nodeFace, nameFace, valueFace, noteFace}
)

// line is the height of a line of text.
func (f face) line() int { return f.size + 4 }

// plainWidths and boldWidths are the widths of the printable ASCII characters
// in thousandths of the size: those of DejaVu Sans, the widest of the fonts
// that the style asks for. In every other one the text takes less room.
var plainWidths = [95]int{318, 401, 460, 838, 637, 951, 780, 275, 391, 391, 500, 838, 318, 361, 318, 337, 637, 637, 637, 637, 637, 637, 637, 637, 637, 637,
	337, 337, 838, 838, 838, 531, 1000, 685, 687, 699, 771, 632, 576, 775, 752, 295, 295, 656, 558, 863, 749, 788, 604, 788, 695, 635, 611, 732, 685, 989,
	686, 611, 686, 391, 337, 391, 838, 500, 500, 613, 635, 550, 635, 616, 353, 635, 634, 278, 278, 580, 278, 975, 634, 612, 635, 635, 412, 521, 393, 634,
	592, 818, 592, 592, 525, 637, 337, 637, 838}

var boldWidths = [95]int{349, 457, 521, 838, 696, 1002, 873, 307, 458, 458, 523, 838, 380, 416, 380, 366, 696, 696, 696, 696, 696, 696, 696, 696, 696, 696,
	400, 400, 838, 838, 838, 581, 1000, 774, 763, 734, 831, 684, 684, 821, 837, 373, 373, 775, 638, 996, 837, 851, 733, 851, 771, 721, 683, 813, 774, 1104,
	771, 725, 726, 458, 366, 458, 838, 500, 500, 675, 716, 593, 716, 679, 436, 716, 712, 343, 343, 666, 343, 1042, 712, 688, 716, 716, 494, 596, 479, 712,
	652, 924, 646, 652, 583, 712, 366, 712, 838}

// width returns how much room text takes at most, px.
func (f face) width(text string) int {
	sum := 0
	for _, r := range text {
		switch {
		case ' ' <= r && r <= '~' && f.bold:
			sum += boldWidths[r-' ']
		case ' ' <= r && r <= '~':
			sum += plainWidths[r-' ']
		case r < 0x1100: // other alphabets, accents, ±, −, ·
			sum += 860
		default: // wide scripts, arrows, pictographs
			sum += 1100
		}
	}
	return (sum*f.size + 999) / 1000
}

// wrap breaks text into lines no wider than room, the last of them cut where
// there are more than most. A word that is too long is broken.
func (f face) wrap(text string, room, most int) []string {
	var out []string
	for _, word := range phrases(text) {
		if n := len(out); n > 0 && f.width(out[n-1]+" "+word) <= room {
			out[n-1] += " " + word
			continue
		}
		for f.width(word) > room {
			n := f.fits(word, room)
			out, word = append(out, word[:n]), word[n:]
		}
		if word != "" {
			out = append(out, word)
		}
	}
	if len(out) > most {
		out = out[:most]
		last := out[most-1] + " …"
		for f.width(last) > room && strings.Contains(last, " ") {
			at := strings.LastIndex(strings.TrimSuffix(last, " …"), " ")
			if at < 0 {
				break
			}
			last = last[:at] + " …"
		}
		if f.width(last) > room {
			word := strings.TrimSuffix(last, " …")
			last = word[:f.fits(word, room-f.width("…"))] + "…"
		}
		out[most-1] = last
	}
	return out
}

// phrases breaks text where a line may end: not before an uncertainty, and
// not behind the point between two things.
func phrases(text string) []string {
	var out []string
	glued := false
	for _, word := range strings.Fields(text) {
		if n := len(out); n > 0 && (glued || word == "±") {
			out[n-1] += " " + word
		} else {
			out = append(out, word)
		}
		glued = word == "±" || word == "·"
	}
	return out
}

// fits returns how many bytes of a word fit into room: as a whole letter at
// least, and preferably up to a mark at which names are read apart.
func (f face) fits(word string, room int) int {
	_, n := utf8.DecodeRuneInString(word)
	mark := 0
	for i, r := range word {
		end := i + utf8.RuneLen(r)
		if r == utf8.RuneError {
			_, size := utf8.DecodeRuneInString(word[i:])
			end = i + size
		}
		if f.width(word[:end]) > room {
			break
		}
		n = max(n, end)
		if strings.ContainsRune("/_-.", r) {
			mark = end
		}
	}
	if mark > n/2 {
		return mark
	}
	return n
}

// A row is one line of text in its face, behind a glyph where it has one.
type row struct {
	face  face
	text  string
	glyph string // solid, liquid, gas or suspect
}

const glyphRoom = 16

func (r row) width() int {
	w := r.face.width(r.text)
	if r.glyph != "" {
		w += glyphRoom
	}
	return w
}

// rows wraps texts into rows.
func rows(f face, room, most int, texts ...string) []row {
	var out []row
	for _, text := range texts {
		for _, line := range f.wrap(text, room, most) {
			out = append(out, row{face: f, text: line})
		}
	}
	return out
}

func widest(list []row) int {
	most := 0
	for _, r := range list {
		most = max(most, r.width())
	}
	return most
}

func height(list []row) int {
	sum := 0
	for _, r := range list {
		sum += r.face.line()
	}
	return sum
}

var people = strings.NewReplacer("_", " ", "-", " ")

// words turns an identifier into words: char_hopper is "char hopper".
func words(name string) string { return people.Replace(name) }

var symbols = strings.NewReplacer("Cel", "°C", "[ppm]", "ppm", "[ppb]", "ppb", "kW.h", "kWh", "W.h", "Wh", "m3", "m³", "m2", "m²",
	"{", "(", "}", ")", ".", "·")

// unit writes a unit's code as a person would: m3{N}/h is m³(N)/h.
func unit(code string) string { return symbols.Replace(code) }
