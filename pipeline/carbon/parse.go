package carbon

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/measure/strict"
)

// ParseMethod reads a method file, as under configs/methods; file is its
// name, for errors. All faults come at once, each as "file:line:col: message".
func ParseMethod(file string, data []byte) (*Method, error) {
	d, root := strict.Open(file, data)
	sum := sha256.Sum256(data)
	s, known := shapeOf(root.Peek("method"))
	keys := []string{"method", "name", "edition", "role", "label_status", "horizon", "temperature", "rounding", "gwp", "equations"}
	factors, tables := slices.Sorted(maps.Keys(s.factors)), slices.Sorted(maps.Keys(s.tables))
	keys = append(append(keys, factors...), tables...)
	if len(s.parts) > 0 {
		keys = append(keys, "conservative", "groups", "end_uses", "excluded_feedstocks")
	}
	if id := root.Peek("method"); id != "" && !known {
		for _, e := range root.Entries() {
			if e.Text == "method" {
				e.Value.Fault("%q is none that is computed here; known are %s", id, strings.Join(Methods(), ", "))
			}
		}
		return nil, d.Err()
	}
	f := root.Fields(keys...)
	root.Need(f, keys...)
	if !known {
		f["method"].Text() // says so if it is no single word
		return nil, d.Err()
	}
	m := &Method{
		ID: f["method"].Text(), Name: f["name"].Text(), Edition: f["edition"].Text(), Digest: hex.EncodeToString(sum[:]),
		CrossCheck:  f["role"].Choice("units", "cross-check") == "cross-check",
		Blocked:     f["label_status"].Choice("open", "blocked") == "blocked",
		Horizon:     factor(f["horizon"], year),
		Temperature: f["temperature"].Text(), Rounding: f["rounding"].Text(),
		GWP:     gwp(f["gwp"]),
		Factors: map[string]Factor{}, Tables: map[string]Table{}, EndUseAs: map[string]string{}, ExcludedFeed: map[string]string{},
	}
	equations := f["equations"].Fields("label", "source")
	f["equations"].Need(equations, "label", "source")
	m.EquationsBy, m.EquationsFrom = label(equations["label"]), equations["source"].Text()
	for _, key := range factors {
		m.Factors[key] = factor(f[key], s.factors[key])
	}
	for _, key := range tables {
		m.Tables[key] = table(f[key], s.tables[key])
	}
	if len(s.parts) > 0 {
		m.readUses(f, s)
	}
	if m.ID == "crcf-art4" && !m.Blocked && (m.EquationsBy != "primary" || m.Tables["persistence"].Label != "primary") {
		f["label_status"].Fault("open, but equations and persistence are not both read in the annex itself (label: primary): leave it blocked")
	}
	for _, key := range []string{"name", "edition"} {
		if m.Blocked && claims(f[key].Text()) {
			f[key].Fault("claims compliance, and label_status is blocked: take the claim out")
		}
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	return m, nil
}

// readUses reads what only a method that issues units says.
func (m *Method) readUses(f map[string]strict.Node, s shape) {
	m.ConservativeZ = factor(f["conservative"], one, "name")
	for _, e := range f["conservative"].Entries() {
		if e.Text == "name" {
			m.ConservativeName = e.Value.Text()
		}
	}
	for _, item := range f["groups"].List() {
		g := item.Fields("symbol", "part", "required", "about")
		item.Need(g, "symbol", "part", "required", "about")
		group := Group{Symbol: g["symbol"].Text(), Part: g["part"].Choice(s.parts...), Required: g["required"].Flag(), About: g["about"].Text()}
		if !slices.Contains(symbols, group.Symbol) && group.Symbol != "" {
			g["symbol"].Fault("%q is no symbol of a known method", group.Symbol)
		}
		m.Groups = append(m.Groups, group)
	}
	if f["end_uses"].IsMapping() {
		for _, e := range f["end_uses"].Entries() {
			m.EndUses = append(m.EndUses, e.Text)
			m.EndUseAs[e.Text] = e.Value.Text()
		}
	} else {
		for _, item := range f["end_uses"].List() {
			m.EndUses = append(m.EndUses, item.Text())
		}
	}
	for _, e := range f["excluded_feedstocks"].Entries() {
		m.ExcludedFeed[e.Text] = e.Value.Text()
	}
}

func gwp(x strict.Node) GWP {
	f := x.Fields("set", "ch4", "ch4_fossil", "n2o", "label", "source")
	x.Need(f, "set", "ch4", "n2o", "label", "source")
	g := GWP{Set: f["set"].Text(), Label: label(f["label"]), Source: f["source"].Text()}
	g.Methane, _ = f["ch4"].In(one)
	g.MethaneFossil, _ = f["ch4_fossil"].In(one)
	g.NitrousOxide, _ = f["n2o"].In(one)
	return g
}

func table(x strict.Node, l layout) Table {
	f := x.Fields("label", "source", "rows")
	x.Need(f, "label", "source", "rows")
	t := Table{Label: label(f["label"]), Source: f["source"].Text()}
	columns := len(l.units)
	if l.named {
		columns++
	}
	for _, item := range f["rows"].List() {
		cells := item.List()
		if len(cells) != columns {
			item.Fault("has %d values, %d are needed", len(cells), columns)
			continue
		}
		row := Row{Values: make([]float64, len(l.units))}
		if l.named {
			row.Name, cells = cells[0].Text(), cells[1:]
			if _, twice := t.Named(row.Name); twice {
				item.Fault("%q is given twice", row.Name)
			}
		}
		for i, u := range l.units {
			row.Values[i], _ = cells[i].In(u)
		}
		if n := len(t.Rows); n > 0 {
			before := t.Rows[n-1].Values
			if l.keys > 0 && slices.Compare(before[:l.keys], row.Values[:l.keys]) >= 0 {
				item.Fault("rows must be in rising order")
			} else if l.fault != nil {
				if fault := l.fault(before, row.Values); fault != "" {
					item.Fault("%s", fault)
				}
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// factor reads { value, label, source }; a pure number may be a ratio, 44/12.
func factor(x strict.Node, u measure.Unit, more ...string) Factor {
	f := x.Fields(append([]string{"value", "label", "source"}, more...)...)
	x.Need(f, "value", "label", "source")
	factor := Factor{Label: label(f["label"]), Source: f["source"].Text()}
	if s := f["value"].Text(); u == one && strings.Contains(s, "/") && !strings.Contains(s, " ") {
		ratio, ok := new(big.Rat).SetString(quotient(s))
		if !ok {
			f["value"].Fault("%q is no ratio, as in 44/12", s)
			return factor
		}
		factor.Value, _ = ratio.Float64()
		return factor
	}
	factor.Value, _ = f["value"].In(u)
	return factor
}

// quotient writes a ratio of decimals, 44.01/12.01, as one of whole numbers.
func quotient(s string) string {
	above, below, _ := strings.Cut(s, "/")
	for strings.Contains(above, ".") || strings.Contains(below, ".") {
		above, below = tenfold(above), tenfold(below)
	}
	return above + "/" + below
}

func tenfold(s string) string {
	whole, part, _ := strings.Cut(s, ".")
	if part == "" {
		return whole + "0"
	}
	if len(part) == 1 {
		return whole + part
	}
	return whole + part[:1] + "." + part[1:]
}

func label(x strict.Node) string {
	return x.Choice("primary", "secondary", "reproduced", "computed", "unverified")
}
