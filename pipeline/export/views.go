package export

import (
	"strconv"
	"strings"
	"time"
)

// files returns the views as files.
func (v *views) files() []File {
	return append([]File{{RollupsName, v.rollups()}, {ClosuresName, v.closures()}}, v.texts...)
}

// rollups is the table of all rollups, by tag, then time.
func (v *views) rollups() []byte {
	out := []byte("tag,unit,from,count,mean,average,min,max,last,total,coverage,quality\n")
	number := func(f float64) { out = strconv.AppendFloat(append(out, ','), f, 'g', -1, 64) }
	for _, t := range v.plant.Tags {
		head := string(t.Tag) + "," + t.Unit.String() + ","
		for _, r := range v.result.Rollups[t.Tag] {
			out = append(out, head...)
			out = at(r.From).AppendFormat(out, time.RFC3339)
			out = strconv.AppendInt(append(out, ','), int64(r.Count), 10)
			for _, f := range [...]float64{r.Mean, r.Average, r.Min, r.Max, r.Last, r.Total, r.Coverage} {
				number(f)
			}
			out = append(append(append(out, ','), r.Quality.String()...), '\n')
		}
	}
	return out
}

// closures is the table of all balances: one row for each figure, named by
// what it belongs to. A figure that is not known has an empty value.
func (v *views) closures() []byte {
	t := table{out: []byte("from,to,kind,name,figure,value,unit\n")}
	for _, c := range v.result.Closures {
		t.window = at(c.From).Format(time.RFC3339) + "," + at(c.To).Format(time.RFC3339) + ","
		for _, b := range c.Budgets() {
			t.row("balance", b.Name, "in", &b.In, b.Unit)
			t.row("balance", b.Name, "out", &b.Out, b.Unit)
			t.row("balance", b.Name, "accumulation", &b.Accumulation, b.Unit)
			t.row("balance", b.Name, "closure", b.Closure, "1")
		}
		t.row("window", "", "coverage", &c.Coverage, "1")
		t.text("window", "", "quality", c.Quality.String())
		for _, s := range c.Streams {
			t.row("stream", s.Stream, "mass", s.Mass, "kg")
			t.row("stream", s.Stream, "dry_mass", s.DryMass, "kg")
			t.row("stream", s.Stream, "carbon", s.Carbon, "kg")
			t.row("stream", s.Stream, "ash", s.Ash, "kg")
			t.row("stream", s.Stream, "water", s.Water, "kg")
			t.row("stream", s.Stream, "energy", s.Energy, "MJ")
			t.row("stream", s.Stream, "volume", s.Volume, "m3{N}")
			t.row("stream", s.Stream, "coverage", &s.Coverage, "1")
			t.text("stream", s.Stream, "quality", s.Quality.String())
		}
		for _, f := range c.Flows {
			t.row("flow", f.Flow, "energy", f.Energy, "MJ")
			t.row("flow", f.Flow, "coverage", &f.Coverage, "1")
			t.text("flow", f.Flow, "quality", f.Quality.String())
		}
		for _, s := range c.Stocks {
			t.row("stock", s.Stock, "mass", s.Mass, "kg")
			t.row("stock", s.Stock, "carbon", s.Carbon, "kg")
			t.row("stock", s.Stock, "ash", s.Ash, "kg")
			t.row("stock", s.Stock, "water", s.Water, "kg")
			t.row("stock", s.Stock, "energy", s.Energy, "MJ")
			t.text("stock", s.Stock, "quality", s.Quality.String())
		}
		for _, m := range c.Missing {
			t.text("window", "", "not known", m)
		}
	}
	return t.out
}

// table writes the rows of one window after another.
type table struct {
	out    []byte
	window string // "from,to,"
}

func (t *table) row(kind, name, figure string, value *float64, unit string) {
	t.out = append(append(append(append(t.out, t.window...), kind+","+name+","...), figure...), ',')
	if value != nil {
		t.out = strconv.AppendFloat(t.out, *value, 'g', -1, 64)
	}
	t.out = append(append(append(t.out, ','), unit...), '\n')
}

// text writes words in the place of a value, quoted as RFC 4180 has it.
func (t *table) text(kind, name, figure, words string) {
	if strings.ContainsAny(words, ",\"\n") {
		words = `"` + strings.ReplaceAll(words, `"`, `""`) + `"`
	}
	t.out = append(append(append(t.out, t.window...), kind+","+name+","+figure+","...), words+",\n"...)
}
