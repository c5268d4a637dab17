package picture

// Faces returns the size of each class of text.
func Faces() map[string]int {
	sizes := map[string]int{}
	for _, f := range faces {
		sizes[f.class] = f.size
	}
	return sizes
}

// RoomOf returns how wide text of a class is taken to be.
func RoomOf(class, text string) int {
	for _, f := range faces {
		if f.class == class {
			return f.width(text)
		}
	}
	panic("no face " + class)
}

var (
	Settle    = settle
	Scale     = scale
	TimeTicks = timeTicks
	Wrap      = noteFace.wrap
)

// Shape is the style of flowsheets without colours.
const Shape = flowsheetShape
