package export

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/flowsheet"
)

// views are the tables for people of one day.
type views struct {
	plant  *flowsheet.Plant
	result pipeline.Result
}

// The tables of a day, in the order of a bundle.
var tables = []string{"balances", "closures", "rollups"}

func tableName(day, table string) string { return "views/" + day + "/" + table + ".csv.zst" }
func statementName(index uint64) string  { return fmt.Sprintf("views/statements/%010d.txt", index) }

// text returns a table.
func (v *views) text(table string) []byte {
	switch table {
	case "balances":
		return v.balances()
	case "closures":
		return v.closures()
	}
	return v.rollups()
}

// pack makes the files of a day and lets go of what they were made from.
func (d *dayResult) pack() error {
	for _, table := range tables {
		data, err := pack(d.views.text(table))
		if err != nil {
			return err
		}
		d.packed = append(d.packed, File{tableName(d.name, table), data})
	}
	d.views = views{}
	return nil
}

// rollups is the table of all rollups, by tag, then time.
func (v *views) rollups() []byte {
	rows := 0
	for _, rollups := range v.result.Rollups {
		rows += len(rollups)
	}
	out := make([]byte, 0, 160*(rows+1))
	out = append(out, "tag,unit,from,count,mean,average,min,max,last,total,coverage,quality\n"...)
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

// balances is the table of all reconciled windows, in the same form: the test
// of the window, each balance's raw residual, each stream and each reading.
func (v *views) balances() []byte {
	t := table{out: []byte("from,to,kind,name,figure,value,unit\n")}
	for _, r := range v.result.Balances {
		t.window = at(r.From).Format(time.RFC3339) + "," + at(r.To).Format(time.RFC3339) + ","
		df := float64(r.DF)
		t.row("window", "", "degrees of freedom", &df, "1")
		t.row("window", "", "gamma", &r.Gamma, "1")
		t.row("window", "", "critical", r.Critical, "1")
		if r.Refused != "" {
			t.text("window", "", "not reconciled", r.Refused)
		}
		for _, b := range r.Balances {
			t.row("balance", b.Node, string(b.Kind)+" residual", b.Residual, b.Unit)
			t.row("balance", b.Node, string(b.Kind)+" z", b.Z, "1")
		}
		for _, s := range r.Sums {
			t.row("stream", s.Stream, string(s.Kind), s.Reconciled, s.Unit)
			t.row("stream", s.Stream, string(s.Kind)+" sd", s.SD, s.Unit)
			t.text("stream", s.Stream, string(s.Kind)+" status", string(s.Status))
		}
		for _, x := range r.Readings {
			u := x.Uncertainty()
			t.row("reading", x.Name, "read", x.Value, x.Unit)
			t.row("reading", x.Name, "u", &u, x.Unit)
			t.row("reading", x.Name, "reconciled", x.Reconciled, x.Unit)
			t.row("reading", x.Name, "sd", x.SD, x.Unit)
			t.row("reading", x.Name, "z", x.Z, "1")
			t.text("reading", x.Name, "status", string(x.Status))
		}
		for _, name := range r.Suspects {
			t.text("window", "", "suspect", r.DisplayName(name))
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
