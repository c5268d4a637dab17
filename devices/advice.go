package devices

import "github.com/nielu/nielu/measure/strict"

// advise notes addresses of a profile that are most likely a slip.
func (p *Profile) advise(entries []strict.Entry) {
	for i, point := range p.Points {
		x := entries[i].Value.As("point " + entries[i].Text)
		if number, ok := p.manual(point); ok {
			x.Note("address %d looks like the number of a manual that counts from %d: on the wire it is %d; write that, unless the manual speaks of wire or PDU addresses",
				point.Address, number, int(point.Address)-number)
		}
		for _, other := range p.Points[:i] {
			if point.overlaps(other) {
				x.Note("shares a part of its registers with point %s: one of the two addresses or types is wrong, unless the manual says so", other.Name)
			}
		}
	}
}

// manual tells whether a point's address is most likely a number as manuals
// print it, and from which such numbers count: if all points of its function
// have such, or if the wire address would be among the others.
func (p *Profile) manual(point ProfilePoint) (from int, is bool) {
	from = map[uint8]int{2: 10001, 3: 40001, 4: 30001}[point.Function]
	counted := func(address uint16) bool {
		return from != 0 && int(address) >= from && int(address) < from+9999
	}
	if !counted(point.Address) {
		return 0, false
	}
	all := true
	for _, other := range p.Points {
		if other.Function != point.Function {
			continue
		}
		if !counted(other.Address) {
			all = false
			if distance := int(point.Address) - from - int(other.Address); -100 < distance && distance < 100 {
				return from, true
			}
		}
	}
	return from, all
}

// overlaps tells whether two numbers share some of their registers, not all.
func (p ProfilePoint) overlaps(other ProfilePoint) bool {
	if p.Function != other.Function || p.Type == Bool || other.Type == Bool || p.Address == other.Address && p.Type.Registers() == other.Type.Registers() {
		return false
	}
	end, otherEnd := int(p.Address)+p.Type.Registers(), int(other.Address)+other.Type.Registers()
	return int(p.Address) < otherEnd && int(other.Address) < end
}
