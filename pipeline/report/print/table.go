package print

import "github.com/nielu/nielu/pipeline/report"

// table writes a table; its head stands again on each page.
func (w *paper) table(t *report.Table) {
	body := cell
	if t.Wide {
		body = tight
	}
	if t.Caption != "" {
		w.lines(small, sheetEdge, sheetInner, t.Caption)
		w.y++
	}
	left, wide := spread(t.Columns)
	w.tableHead(t, left, wide)
	for _, r := range t.Rows {
		w.tableRow(t, body, r, left, wide)
	}
	w.y += 2
}

// spread shares the width among columns.
func spread(columns []report.Column) (left, wide []float64) {
	const between = 2.5
	sum := 0
	for _, c := range columns {
		sum += max(1, c.Room)
	}
	x, room := sheetEdge, sheetInner-float64(between*float64(len(columns)-1))
	for _, c := range columns {
		of := room * float64(max(1, c.Room)) / float64(sum)
		left, wide = append(left, x), append(wide, of)
		x += of + between
	}
	return left, wide
}

func (w *paper) tableHead(t *report.Table, left, wide []float64) {
	w.use(head)
	most := 1
	for i, c := range t.Columns {
		most = max(most, len(w.wrap(c.Name, wide[i])))
	}
	w.need(float64(most)*head.line() + 3*cell.line())
	w.use(head)
	for i, c := range t.Columns {
		for k, line := range w.wrap(c.Name, wide[i]) {
			w.put(head, line, c.Number, left[i], wide[i], w.y+float64(k)*head.line())
		}
	}
	w.y += float64(most)*head.line() + 0.6
	w.line(grey, 0.25)
	w.y += 0.6
}

// put writes one line of a cell.
func (w *paper) put(i ink, text string, number bool, x, wide, top float64) {
	w.use(i)
	if number {
		x += wide - w.GetStringWidth(text)
	}
	w.Text(x, top+i.line()*0.75, text)
}

// tableRow writes one row. One that is higher than what is left of the page
// goes to the next; one higher than a page is cut.
func (w *paper) tableRow(t *report.Table, body ink, cells []string, left, wide []float64) {
	w.use(body)
	lines, most := make([][]string, len(cells)), 1
	for i, text := range cells {
		lines[i] = w.wrap(text, wide[i])
		most = max(most, len(lines[i]))
	}
	for from := 0; from < most; {
		free := int((sheetFoot - w.y - 1) / body.line())
		if free < most-from && (from == 0 && most*2 < int((sheetFoot-sheetTop)/body.line()) || free < 1) {
			w.sheet()
			w.tableHead(t, left, wide)
			continue
		}
		n := min(free, most-from)
		for i, text := range lines {
			for k := from; k < min(from+n, len(text)); k++ {
				w.put(body, text[k], t.Columns[i].Number, left[i], wide[i], w.y+float64(k-from)*body.line())
			}
		}
		w.y += float64(n) * body.line()
		from += n
	}
	w.y += 0.6
	w.line(rule, 0.1)
	w.y += 0.6
}
