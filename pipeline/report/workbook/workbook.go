// Package workbook writes the tables of a report as a file for a spreadsheet.
//
// In comes a [report.Input], out come the bytes of an XLSX file: numbers are
// numbers, what is not known is an empty cell, no cell holds a formula, and the
// same input gives the same bytes. No verdict rests on them. Start at [XLSX];
// what the tables say is told by [report.Tables].
package workbook

import (
	"archive/zip"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/klauspost/compress/flate"
	"github.com/xuri/excelize/v2"

	"github.com/nielu/nielu/pipeline/report"
)

// XLSX returns the report as tables for a spreadsheet.
func XLSX(in report.Input) ([]byte, error) {
	book := report.Tables(in)
	w := &writer{file: excelize.NewFile().SetZipWriter(zipWriter)}
	defer w.file.Close()
	w.begin(book)
	for _, s := range book.Sheets {
		w.add(s)
	}
	w.about(book.About)
	if w.err != nil {
		return nil, fmt.Errorf("workbook: %w", w.err)
	}
	buffer, err := w.file.WriteToBuffer()
	if err != nil {
		return nil, fmt.Errorf("workbook: %w", err)
	}
	return buffer.Bytes(), nil
}

// zipWriter packs the parts of a workbook by a library that go.mod names, so
// that every compiler gives the same bytes.
func zipWriter(to io.Writer) excelize.ZipWriter {
	w := zip.NewWriter(to)
	w.RegisterCompressor(zip.Deflate, func(to io.Writer) (io.WriteCloser, error) { return flate.NewWriter(to, flate.DefaultCompression) })
	return w
}

// writer writes sheets and keeps the first error.
type writer struct {
	file       *excelize.File
	head, when int // styles
	err        error
}

func (w *writer) take(err error) {
	if w.err == nil {
		w.err = err
	}
}

func (w *writer) begin(book report.Book) {
	made := book.Until.Format(time.RFC3339)
	w.take(w.file.SetDocProps(&excelize.DocProperties{Title: plainText(book.Title), Creator: plainText(book.Made), LastModifiedBy: plainText(book.Made), Created: made, Modified: made}))
	var err error
	w.head, err = w.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	w.take(err)
	format := "yyyy-mm-dd hh:mm:ss"
	w.when, err = w.file.NewStyle(&excelize.Style{CustomNumFmt: &format})
	w.take(err)
}

// about writes the first sheet: what the others are, and of what.
func (w *writer) about(rows [][2]string) {
	w.take(w.file.SetSheetName("Sheet1", "about"))
	for i, row := range rows {
		w.cell("about", 1, i+1, row[0], w.head)
		w.cell("about", 2, i+1, row[1], 0)
	}
	w.take(w.file.SetColWidth("about", "A", "A", 18))
	w.take(w.file.SetColWidth("about", "B", "B", 90))
}

func (w *writer) add(s report.Sheet) {
	if w.err != nil {
		return
	}
	_, err := w.file.NewSheet(s.Name)
	w.take(err)
	for i, name := range s.Head {
		w.cell(s.Name, i+1, 1, name, w.head)
	}
	for r, row := range s.Rows {
		for i, v := range row {
			w.cell(s.Name, i+1, r+2, v, 0)
		}
	}
	last, err := excelize.ColumnNumberToName(max(1, len(s.Head)))
	w.take(err)
	w.take(w.file.SetColWidth(s.Name, "A", last, 20))
	w.take(w.file.SetPanes(s.Name, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}))
}

// dayOne is day 0 of a spreadsheet's calendar.
var dayOne = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)

func (w *writer) cell(sheet string, column, row int, v any, style int) {
	if v == nil {
		return
	}
	at, err := excelize.CoordinatesToCellName(column, row)
	w.take(err)
	switch x := v.(type) {
	case string:
		if x != "" {
			w.take(w.file.SetCellStr(sheet, at, plainText(x)))
		}
	case *float64:
		if x != nil {
			w.take(w.file.SetCellFloat(sheet, at, *x, -1, 64))
		}
	case float64:
		w.take(w.file.SetCellFloat(sheet, at, x, -1, 64))
	case int:
		w.take(w.file.SetCellInt(sheet, at, int64(x)))
	case time.Time:
		if !x.IsZero() {
			w.take(w.file.SetCellFloat(sheet, at, x.Sub(dayOne).Hours()/24, -1, 64))
			style = w.when
		}
	default:
		w.take(fmt.Errorf("cell %s of %s holds a %T", at, sheet, v))
	}
	if style != 0 {
		w.take(w.file.SetCellStyle(sheet, at, at, style))
	}
}

// plainText leaves out what a cell cannot hold.
func plainText(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xFFFE || r == 0xFFFF || r == '\uFFFD' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if r := []rune(s); len(r) > excelize.TotalCellChars {
		s = string(r[:excelize.TotalCellChars])
	}
	return s
}
