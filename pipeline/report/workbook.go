package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/statement"
)

// Workbook returns the report as tables for a spreadsheet (XLSX). Numbers are
// numbers, with their unit in the head of the column; what is not known is an
// empty cell. No cell holds a formula. The same input gives the same bytes.
func Workbook(in Input) ([]byte, error) {
	c := newComposer(&in)
	b := &workbook{file: excelize.NewFile().SetZipWriter(zipWriter)}
	defer b.file.Close()
	b.begin(&in)
	for _, s := range []sheet{c.statementSheet(), c.lineSheet(), c.lotSheet(), c.unitSheet(), c.labSheet(), c.emissionSheet(), c.closureSheet(), c.coverageSheet(), c.gapSheet()} {
		b.add(s)
	}
	b.about(&in)
	if b.err != nil {
		return nil, fmt.Errorf("report: workbook: %w", b.err)
	}
	buffer, err := b.file.WriteToBuffer()
	if err != nil {
		return nil, fmt.Errorf("report: workbook: %w", err)
	}
	return buffer.Bytes(), nil
}

// A sheet is a table of cells: text, numbers, times, or nil for nothing.
type sheet struct {
	name string
	head []string
	rows [][]any
}

func (s *sheet) row(cells ...any) { s.rows = append(s.rows, cells) }

// workbook writes sheets and keeps the first error.
type workbook struct {
	file       *excelize.File
	head, when int // styles
	err        error
}

func (b *workbook) take(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *workbook) begin(in *Input) {
	made := in.Interval.To.UTC().Format(time.RFC3339)
	b.take(b.file.SetDocProps(&excelize.DocProperties{Title: plainText("Report on plant " + in.Plant.ID), Creator: plainText(or(in.Made, "nielu")), LastModifiedBy: plainText(or(in.Made, "nielu")), Created: made, Modified: made}))
	var err error
	b.head, err = b.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	b.take(err)
	format := "yyyy-mm-dd hh:mm:ss"
	b.when, err = b.file.NewStyle(&excelize.Style{CustomNumFmt: &format})
	b.take(err)
}

// about writes the first sheet: what the others are, and of what.
func (b *workbook) about(in *Input) {
	b.take(b.file.SetSheetName("Sheet1", "about"))
	for i, row := range [][]string{
		{"plant", in.Plant.ID}, {"name", in.Plant.Name}, {"from", in.Interval.From.UTC().Format(time.RFC3339)}, {"to", in.Interval.To.UTC().Format(time.RFC3339)},
		{"made by", in.Made}, {"evidence log", in.Log.Origin}, {"leaves", fmt.Sprint(in.Log.Size)}, {"root", in.Log.Root}, {"plant file", "sha256:" + in.Plant.Digest},
		{"what it is", "Tables of the report on a plant. The statements' own texts are what counts. Lots are claims of their own; removals, avoided emissions and substitution are never added."},
		{"an empty cell", "not known"}, {"times", "UTC"},
	} {
		b.cell("about", 1, i+1, row[0], b.head)
		b.cell("about", 2, i+1, row[1], 0)
	}
	b.take(b.file.SetColWidth("about", "A", "A", 18))
	b.take(b.file.SetColWidth("about", "B", "B", 90))
}

func (b *workbook) add(s sheet) {
	if b.err != nil {
		return
	}
	_, err := b.file.NewSheet(s.name)
	b.take(err)
	for i, name := range s.head {
		b.cell(s.name, i+1, 1, name, b.head)
	}
	for r, row := range s.rows {
		for i, v := range row {
			b.cell(s.name, i+1, r+2, v, 0)
		}
	}
	last, err := excelize.ColumnNumberToName(max(1, len(s.head)))
	b.take(err)
	b.take(b.file.SetColWidth(s.name, "A", last, 20))
	b.take(b.file.SetPanes(s.name, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}))
}

// dayOne is day 0 of a spreadsheet's calendar.
var dayOne = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)

func (b *workbook) cell(sheet string, column, row int, v any, style int) {
	if v == nil {
		return
	}
	at, err := excelize.CoordinatesToCellName(column, row)
	b.take(err)
	switch x := v.(type) {
	case string:
		if x != "" {
			b.take(b.file.SetCellStr(sheet, at, plainText(x)))
		}
	case *float64:
		if x != nil {
			b.take(b.file.SetCellFloat(sheet, at, *x, -1, 64))
		}
	case float64:
		b.take(b.file.SetCellFloat(sheet, at, x, -1, 64))
	case int:
		b.take(b.file.SetCellInt(sheet, at, int64(x)))
	case time.Time:
		if !x.IsZero() {
			b.take(b.file.SetCellFloat(sheet, at, x.Sub(dayOne).Hours()/24, -1, 64))
			style = b.when
		}
	default:
		b.take(fmt.Errorf("cell %s of %s holds a %T", at, sheet, v))
	}
	if style != 0 {
		b.take(b.file.SetCellStyle(sheet, at, at, style))
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

func amount(m *measure.CO2e) any {
	if m == nil {
		return nil
	}
	return m.Tonnes()
}

func (c *composer) statementSheet() sheet {
	s := sheet{name: "statements", head: []string{"Leaf", "Lot", "Revision", "State", "Method", "Edition", "Readings of the method", "From, UTC", "To, UTC", "Product", "Wet mass, kg", "Dry mass, kg", "Placed dry mass, kg",
		"Covered, s", "Quality", "Gross, t CO2e", "Net, t CO2e", "Standard uncertainty, t CO2e", "Conservative, t CO2e", "Indicative, t CO2e", "Eligible", "Signed by", "Certified by", "Requirements not met, and remarks", "Digest, SHA-256", "Plant file, SHA-256", "Method file, SHA-256"}}
	for _, f := range c.found {
		for _, x := range f.all {
			a := x.Account
			eligible := "no"
			if a.Eligible {
				eligible = "yes"
			}
			s.row(int(x.Leaf), x.Lot, x.Revision, string(x.State), a.Method, a.Edition, a.Variant, x.Interval.From, x.Interval.To, x.Product, x.Wet.Kilograms(), x.Dry.Kilograms(), x.Placed.Kilograms(),
				x.Covered.Seconds(), x.Quality.String(), amount(carbon.Shown(a.Gross)), amount(carbon.Shown(a.Net)), amount(a.StandardUncertainty), amount(carbon.Shown(a.Conservative)), amount(a.Indicative), eligible,
				by(&x, statement.Sign), by(&x, statement.Certify), strings.Join(a.Unmet, "\n"), x.Digest, x.PlantFile, a.FactorsDigest)
		}
	}
	return s
}

func (c *composer) lineSheet() sheet {
	s := sheet{name: "account lines", head: []string{"Leaf", "Lot", "Method", "Symbol", "Value", "Choice", "Unit", "Label"}}
	for _, f := range c.found {
		for _, x := range f.all {
			for _, l := range x.Account.Lines {
				if choice, ok := l.Choice(); ok {
					s.row(int(x.Leaf), x.Lot, x.Account.Method, l.Name, nil, choice, "", l.Label)
				} else {
					s.row(int(x.Leaf), x.Lot, x.Account.Method, l.Name, l.Value, "", l.Unit, l.Label)
				}
			}
		}
	}
	return s
}

func (c *composer) lotSheet() sheet {
	s := sheet{name: "lots", head: []string{"Lot", "From, UTC", "To, UTC", "Process", "Feedstock", "Production temperature, Cel", "End use", "Soil temperature, Cel", "Horizon, a", "Proof of placement", "Evidence of the biomass", "Sampling regime", "Analyses in the year",
		"Made dry, kg", "Units", "Packed dry, kg", "Placed with proof, dry, kg", "In stock, dry, kg", "Lost, dry, kg", "Counted in the statement, dry, kg"}}
	for _, f := range c.found {
		l := f.lot
		var made, counted, units, packed, placed, stock, lost, to any
		if f.newest != nil {
			made, counted = f.newest.Dry.Kilograms(), f.newest.Placed.Kilograms()
		}
		if l.Recorded {
			m := f.book.Masses(c.Plant.ID, l.ID)
			units, packed, placed, stock, lost = m.Units, m.Packed.Kilograms(), m.Placed.Kilograms(), m.Stock.Kilograms(), m.Lost.Kilograms()
		}
		if !l.Open {
			to = l.Interval.To
		}
		s.row(l.ID, l.Interval.From, to, l.Process, l.Use.Feedstock, l.Use.ProductionTemperature, l.Use.EndUse, l.Use.SoilTemperature, l.Use.Horizon, l.Use.Proof, l.Use.BiomassProof, l.Sampling.Regime, l.Sampling.AnalysesInYear,
			made, units, packed, placed, stock, lost, counted)
	}
	return s
}

func (c *composer) unitSheet() sheet {
	s := sheet{name: "units", head: []string{"Unit", "Lot", "Packed, UTC", "Wet mass, kg", "Moisture, %", "Dry mass, kg", "Scale", "Event", "At, UTC", "Record", "What", "Distance, km", "Latitude, deg", "Longitude, deg", "Proof or document", "Leaf"}}
	for _, f := range c.found {
		for _, u := range c.units(f) {
			var moisture any
			if u.Unit.Moisture != nil {
				moisture = 100 * *u.Unit.Moisture
			}
			for _, i := range f.book.Custody(c.Plant.ID, u.ID) {
				k := i.Record
				row := []any{u.ID, u.Unit.Lot, u.Unit.At, u.Unit.Wet.Kilograms(), moisture, u.Unit.Dry.Kilograms(), u.Unit.Scale, string(i.Kind), i.At, k.ID, nil, nil, nil, nil, nil, int(k.Leaf)}
				switch i.Kind {
				case custody.KindTransport:
					row[10], row[11] = k.Transport.Group, k.Transport.Distance
				case custody.KindSale:
					row[10], row[14] = k.Sale.To, k.Sale.Document
				case custody.KindUse:
					row[10], row[12], row[13], row[14] = sentence(k.Use.EndUse, k.Use.Matrix, k.Use.Place), k.Use.Latitude, k.Use.Longitude, k.Use.Proof
				case custody.KindLost:
					row[10] = k.Lost.About
				case custody.KindSample:
					row[10] = sentence(k.Sample.Of, k.Sample.By)
				}
				s.rows = append(s.rows, row)
			}
		}
	}
	return s
}

func (c *composer) labSheet() sheet {
	s := sheet{name: "laboratory", head: []string{"Lot", "Name", "Value", "Standard uncertainty, in the same unit", "Unit", "Method", "Report", "Laboratory", "Accreditation"}}
	for _, f := range c.found {
		lab := f.book.Lab()
		for _, name := range slices.Sorted(maps.Keys(f.lot.Values)) {
			v := f.lot.Values[name]
			var u any
			if v.Uncertainty != nil {
				u = significant(v.Uncertainty.Of(v.Value.Value), 9)
			}
			s.row(f.lot.ID, name, v.Value.Value, u, v.Value.Unit.String(), v.Method, v.Report, lab.Name, lab.Accreditation)
		}
	}
	return s
}

func (c *composer) emissionSheet() sheet {
	s := sheet{name: "emissions", head: []string{"Lot", "Group", "What", "Amount", "Unit of the amount", "Factor", "Unit of the factor", "CO2e, kg", "Source"}}
	for _, f := range c.found {
		for _, e := range f.lot.Emissions {
			var factor, code, co2e any
			if e.Factor != nil {
				factor, code = e.Factor.Value, e.Factor.Unit.String()
			}
			if m, err := e.CO2e(); err == nil {
				co2e = float64(m) / 1e6
			}
			s.row(f.lot.ID, e.Group, e.Name, e.Amount.Value, e.Amount.Unit.String(), factor, code, co2e, e.Source)
		}
		for _, l := range f.stack() {
			var co2e any
			if !f.gasesApart() {
				co2e = float64(1000 * l.Value)
			}
			s.row(f.lot.ID, "stack", l.Name, l.Value, l.Unit, nil, nil, co2e, "statement, from readings")
		}
	}
	return s
}

func (c *composer) closureSheet() sheet {
	s := sheet{name: "closures", head: []string{"From, UTC", "To, UTC", "Mass, share", "Carbon, share", "Energy, share", "Coverage, share", "Quality", "First thing not known"}}
	for _, x := range c.Readings.Closures {
		s.row(at(x.From), at(x.To), x.Mass, x.Carbon, x.Energy, x.Coverage, x.Quality.String(), x.Why)
	}
	return s
}

func (c *composer) coverageSheet() sheet {
	s := sheet{name: "coverage", head: []string{"Tag", "Instrument", "What it measures", "Unit", "Usable readings", "Coverage, share"}}
	for _, x := range c.Readings.Coverage {
		plan, _ := c.Plant.Tag(x.Tag)
		s.row(string(x.Tag), plan.Instrument, plan.About, x.Unit, x.Usable, x.Share)
	}
	return s
}

func (c *composer) gapSheet() sheet {
	s := sheet{name: "gaps", head: []string{"Kind", "From, UTC", "To, UTC", "Length, s", "Gateway or tags", "Why"}}
	for _, g := range c.Readings.Gaps {
		s.row("without a usable value", g.From, g.To, g.To.Sub(g.From).Seconds(), g.Who, g.Why)
	}
	for _, g := range c.Declared {
		s.row("of the evidence", g.From, g.To, g.To.Sub(g.From).Seconds(), g.Who, g.Why)
	}
	for _, d := range c.lab.Downtimes {
		if d.Plant == c.Plant.ID && d.Interval.Overlaps(c.Interval) {
			s.row("downtime on record", d.Interval.From, d.Interval.To, d.Interval.Length().Seconds(), d.Kind, d.About)
		}
	}
	return s
}
