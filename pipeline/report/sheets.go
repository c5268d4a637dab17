package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/statement"
)

// Book is a report as tables for a spreadsheet.
type Book struct {
	Title  string
	Made   string      // program and version
	Until  time.Time   // the end of the interval
	About  [][2]string // names and what they are: of what the tables are
	Sheets []Sheet
}

// Sheet is a table of cells, each a string, a number, a time or nil: nothing
// is known. Numbers have their unit in the head of the column.
type Sheet struct {
	Name string
	Head []string
	Rows [][]any
}

func (s *Sheet) row(cells ...any) { s.Rows = append(s.Rows, cells) }

// Tables returns the report as tables.
func Tables(in Input) Book {
	c := newComposer(&in)
	return Book{
		Title: "Report on plant " + in.Plant.ID, Made: orElse(in.Made, "nielu"), Until: in.Interval.To.UTC(),
		About: [][2]string{
			{"plant", in.Plant.ID}, {"name", in.Plant.Name}, {"from", in.Interval.From.UTC().Format(time.RFC3339)}, {"to", in.Interval.To.UTC().Format(time.RFC3339)},
			{"made by", in.Made}, {"evidence log", in.Log.Origin}, {"leaves", fmt.Sprint(in.Log.Size)}, {"root", in.Log.Root}, {"plant file", "sha256:" + in.Plant.Digest},
			{"what it is", "Tables of the report on a plant. The statements' own texts are what counts. Lots are claims of their own; removals, avoided emissions and substitution are never added."},
			{"an empty cell", "not known"}, {"times", "UTC"},
		},
		Sheets: []Sheet{c.statementSheet(), c.lineSheet(), c.lotSheet(), c.unitSheet(), c.labSheet(), c.emissionSheet(), c.closureSheet(), c.coverageSheet(), c.gapSheet()},
	}
}

func amount(m *measure.CO2e) any {
	if m == nil {
		return nil
	}
	return m.Tonnes()
}

func (c *composer) statementSheet() Sheet {
	s := Sheet{Name: "statements", Head: []string{"Leaf", "Lot", "Revision", "State", "Method", "Edition", "Readings of the method", "From, UTC", "To, UTC", "Product", "Wet mass, kg", "Dry mass, kg", "Placed dry mass, kg",
		"Covered, s", "Quality", "Gross, t CO2e", "Net, t CO2e", "Standard uncertainty, t CO2e", "Conservative, t CO2e", "Indicative, t CO2e", "Eligible", "Signed by", "Certified by", "Requirements not met, and remarks", "Digest, SHA-256", "Plant file, SHA-256", "Method file, SHA-256"}}
	for _, f := range c.lots {
		for _, x := range f.statements {
			a := x.Account
			eligible := "no"
			if a.Eligible {
				eligible = "yes"
			}
			s.row(int(x.Leaf), x.Lot, x.Revision, string(x.State), a.Method, a.Edition, a.Variant, x.Interval.From, x.Interval.To, x.Product, x.Wet.Kilograms(), x.Dry.Kilograms(), x.Placed.Kilograms(),
				x.Covered.Seconds(), x.Quality.String(), amount(carbon.Shown(a.Gross)), amount(carbon.Shown(a.Net)), amount(a.StandardUncertainty), amount(carbon.Shown(a.Conservative)), amount(a.Indicative), eligible,
				signedBy(&x, statement.Sign), signedBy(&x, statement.Certify), strings.Join(a.Unmet, "\n"), x.Digest, x.PlantFile, a.FactorsDigest)
		}
	}
	return s
}

func (c *composer) lineSheet() Sheet {
	s := Sheet{Name: "account lines", Head: []string{"Leaf", "Lot", "Method", "Symbol", "Value", "Choice", "Unit", "Label"}}
	for _, f := range c.lots {
		for _, x := range f.statements {
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

func (c *composer) lotSheet() Sheet {
	s := Sheet{Name: "lots", Head: []string{"Lot", "From, UTC", "To, UTC", "Process", "Feedstock", "Production temperature, Cel", "End use", "Soil temperature, Cel", "Horizon, a", "Proof of placement", "Evidence of the biomass", "Sampling regime", "Analyses in the year",
		"Made dry, kg", "Units", "Packed dry, kg", "Placed with proof, dry, kg", "In stock, dry, kg", "Lost, dry, kg", "Counted in the statement, dry, kg"}}
	for _, f := range c.lots {
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

func (c *composer) unitSheet() Sheet {
	s := Sheet{Name: "units", Head: []string{"Unit", "Lot", "Packed, UTC", "Wet mass, kg", "Moisture, %", "Dry mass, kg", "Scale", "Event", "At, UTC", "Record", "What", "Distance, km", "Latitude, deg", "Longitude, deg", "Proof or document", "Leaf"}}
	for _, f := range c.lots {
		for _, u := range c.units(f) {
			var moisture any
			if u.Unit.Moisture != nil {
				moisture = 100 * *u.Unit.Moisture
			}
			for _, i := range f.book.ChainOfCustody(c.Plant.ID, u.ID) {
				k := i.Record
				row := []any{u.ID, u.Unit.Lot, u.Unit.At, u.Unit.Wet.Kilograms(), moisture, u.Unit.Dry.Kilograms(), u.Unit.Scale, string(i.Kind), i.At, k.ID, nil, nil, nil, nil, nil, int(k.Leaf)}
				switch i.Kind {
				case custody.KindTransport:
					row[10], row[11] = k.Transport.Group, k.Transport.Distance
				case custody.KindSale:
					row[10], row[14] = k.Sale.To, k.Sale.Document
				case custody.KindUse:
					row[10], row[12], row[13], row[14] = sentence(k.Use.EndUse, k.Use.Matrix, k.Use.Place), k.Use.Latitude, k.Use.Longitude, k.Use.Proof
				case custody.KindLoss:
					row[10] = k.Loss.About
				case custody.KindSample:
					row[10] = sentence(k.Sample.Of, k.Sample.By)
				}
				s.Rows = append(s.Rows, row)
			}
		}
	}
	return s
}

func (c *composer) labSheet() Sheet {
	s := Sheet{Name: "laboratory", Head: []string{"Lot", "Name", "Value", "Standard uncertainty, in the same unit", "Unit", "Method", "Report", "Laboratory", "Accreditation"}}
	for _, f := range c.lots {
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

func (c *composer) emissionSheet() Sheet {
	s := Sheet{Name: "emissions", Head: []string{"Lot", "Group", "What", "Amount", "Unit of the amount", "Factor", "Unit of the factor", "CO2e, kg", "Source"}}
	for _, f := range c.lots {
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

func (c *composer) closureSheet() Sheet {
	s := Sheet{Name: "closures", Head: []string{"From, UTC", "To, UTC", "Mass, share", "Carbon, share", "Energy, share", "Coverage, share", "Quality", "First thing not known"}}
	for _, x := range c.Readings.Closures {
		s.row(at(x.From), at(x.To), x.Mass, x.Carbon, x.Energy, x.Coverage, x.Quality.String(), x.Why)
	}
	return s
}

func (c *composer) coverageSheet() Sheet {
	s := Sheet{Name: "coverage", Head: []string{"Tag", "Instrument", "What it measures", "Unit", "Usable readings", "Coverage, share"}}
	for _, x := range c.Readings.Coverage {
		plan, _ := c.Plant.Tag(x.Tag)
		s.row(string(x.Tag), plan.Instrument, plan.About, x.Unit, x.Usable, x.Share)
	}
	return s
}

func (c *composer) gapSheet() Sheet {
	s := Sheet{Name: "gaps", Head: []string{"Kind", "From, UTC", "To, UTC", "Length, s", "Gateway or tags", "Why"}}
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
