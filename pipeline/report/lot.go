package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/claim"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/statement"
)

// lotReport is all that is known of a lot: what its newest statement says, and
// what people had written when it was made.
type lotReport struct {
	lot        lots.Lot // as the statement saw it; of a lot that is not stated, as it is now
	now        lots.Lot
	statements []statement.Status // its statements
	newest     *statement.Status  // that stands: the one to read; nil: not stated
	book       *custody.Book      // up to what the statement names
	method     carbon.Method
	hasMethod  bool     // the method's file is at hand
	later      []uint64 // leaves that people entered after the statement
}

func (c *composer) lotOf(l lots.Lot) lotReport {
	f := lotReport{lot: l, now: l, statements: c.statementsOf(l.ID), book: c.now}
	for i := range f.statements {
		if s := &f.statements[i]; f.newest == nil || s.State != statement.Superseded && s.State != statement.Withdrawn || f.newest.State == statement.Superseded {
			f.newest = s
		}
	}
	if f.newest == nil {
		return f
	}
	if f.newest.Entered.Leaves > 0 {
		f.book = c.book(f.newest.Entered.Last)
		for _, e := range c.Entries {
			if e.Leaf > f.newest.Entered.Last {
				f.later = append(f.later, e.Leaf)
			}
		}
	}
	if then, ok := f.book.Lab().Lot(l.ID); ok {
		f.lot = then
	}
	f.lot.Made = statement.Before(c.Statements, f.newest.Leaf).Made(c.Plant.ID)
	f.lot.Sampling.AnalysesInYear = statement.AnalysesInYear(f.lot, f.newest.Product)
	f.method, f.hasMethod = c.method(f.newest.Account.FactorsDigest)
	return f
}

// removals says of each lot in one sentence what is claimed.
func (c *composer) removals() Section {
	s := Section{ID: "removals", Title: "Removals"}
	if len(c.lots) == 0 {
		text := "No lot of this plant touches the interval: nothing is claimed."
		if c.Lot != "" {
			text = fmt.Sprintf("Nobody entered a lot %s of this plant: nothing is claimed.", c.Lot)
		}
		return s.with(Block{Empty: text})
	}
	for _, f := range c.lots {
		s.Blocks = append(s.Blocks, Block{Claim: f.claim()})
	}
	if len(c.lots) > 1 {
		s.Blocks = append(s.Blocks, Block{Note: "Each lot is a claim of its own. Lots of one method may be added by who issues units; this report adds none."})
	}
	return s
}

func (f *lotReport) claim() *Claim {
	if f.newest == nil {
		why := "It is not stated yet: a lot is stated once it is over, its readings have arrived and some of its product was placed."
		if f.lot.Open {
			why = "It is still being made."
		}
		return &Claim{Kind: "not-claimed", Big: "nothing", Text: fmt.Sprintf("Lot %s: nothing is claimed.", f.lot.ID), Sure: []string{why}}
	}
	s := f.newest
	a := &s.Account
	by := f.methodName()
	if a.Net == nil || !a.Eligible {
		text := fmt.Sprintf("Lot %s: no removal is claimed by %s: it is not eligible while requirements are not met (%d remarks, listed below).", s.Lot, by, len(a.Unmet))
		if a.Indicative != nil {
			text += fmt.Sprintf(" The formulas would give %s t CO2e, which is indicative and no claim.", tonnes(*a.Indicative))
		}
		return &Claim{Kind: "not-claimed", Big: "nothing", Text: text, Sure: []string{stateWords(s)}}
	}
	text := fmt.Sprintf("Lot %s: %s t CO2e removed, net, by %s", s.Lot, tonnes(a.Net.CO2e()), by)
	if f.hasMethod {
		text += ", counted over " + years(f.method.Horizon.Value)
	}
	kind := "claimed"
	if s.State == statement.Superseded || s.State == statement.Withdrawn {
		kind, text = "not-claimed", text+fmt.Sprintf(". This statement is %s and claims nothing any more", s.State)
	}
	return &Claim{Kind: kind, Big: tonnes(a.Net.CO2e()), Unit: "t CO2e net", Text: text + ".", Sure: []string{f.conservative(), f.confidence(), stateWords(s)}}
}

func (f *lotReport) methodName() string {
	a := f.newest.Account
	if !f.hasMethod {
		return fmt.Sprintf("%s, %s", a.Method, a.Edition)
	}
	return fmt.Sprintf("%s, %s", f.method.Name, a.Edition)
}

// conservative says the careful figure and how it was made.
func (f *lotReport) conservative() string {
	a := f.newest.Account
	switch {
	case a.Conservative == nil:
		return "No conservative figure is stated: " + f.whyNotConservative()
	case a.StandardUncertainty == nil:
		return fmt.Sprintf("Conservative figure: %s t.", tonnes(a.Conservative.CO2e()))
	}
	how := "the net less its margin"
	for _, v := range strings.Split(a.Variant, "; ") {
		if name, ok := strings.CutPrefix(v, "conservative: "); ok {
			how = name
		}
	}
	return fmt.Sprintf("Conservative figure: %s t, made as %s; the standard uncertainty is %s t.", tonnes(a.Conservative.CO2e()), how, number(a.StandardUncertainty.Tonnes(), 2))
}

func (f *lotReport) whyNotConservative() string {
	for _, u := range f.newest.Account.Unmet {
		if strings.HasPrefix(u, "uncertainty") {
			return u + "."
		}
	}
	return "the uncertainty of the net is not known."
}

// confidence is the weakest label of the rules behind the figure.
func (f *lotReport) confidence() string {
	return fmt.Sprintf("Confidence in the rules behind it: %s.", f.label())
}

func (f *lotReport) label() string {
	var labels []string
	for _, l := range f.newest.Account.Lines {
		if l.Label != "given" {
			labels = append(labels, l.Label)
		}
	}
	if len(labels) == 0 {
		return "not stated"
	}
	weakest := carbon.Weakest(labels...)
	return weakest + " (" + labelMeaning[weakest] + ")"
}

var labelMeaning = map[string]string{
	"primary":    "read in the standard itself",
	"secondary":  "from a source that quotes the standard",
	"reproduced": "from a source that quotes the standard, and a published value or a second source agrees",
	"computed":   "worked out, not printed in the standard",
	"unverified": "not checked against the standard",
	"given":      "came with the request: measured, analysed or entered",
}

// stateWords says how far a statement has come and who answers for it.
func stateWords(s *statement.Status) string {
	switch s.State {
	case statement.Sealed:
		return "State: sealed. It is in the log and stays as it is; nobody has signed or certified it."
	case statement.Signed:
		return fmt.Sprintf("State: signed by %s, who answers for it as its maker; nobody has certified it.", signedBy(s, statement.Sign))
	case statement.Certified:
		return fmt.Sprintf("State: signed by %s and certified by %s.", signedBy(s, statement.Sign), signedBy(s, statement.Certify))
	case statement.Superseded:
		return "State: superseded by a later revision."
	case statement.Withdrawn:
		for _, a := range slices.Backward(s.Events) {
			if a.Kind == statement.Withdraw {
				return fmt.Sprintf("State: withdrawn by %s: %s.", orElse(a.By, "a key without a name"), strings.TrimSuffix(a.Reason, "."))
			}
		}
	}
	return "State: " + string(s.State) + "."
}

// signedBy returns whose key did something to a statement, "" if nobody's.
func signedBy(s *statement.Status, e statement.EventKind) string {
	for _, a := range slices.Backward(s.Events) {
		if a.Kind == e {
			return orElse(a.By, "a key without a name")
		}
	}
	return ""
}

// lotSection tells a lot in full.
func (c *composer) lotSection(f lotReport) Section {
	s := Section{ID: "lot-" + f.lot.ID, Title: "Lot " + f.lot.ID}
	facts := []Fact{{"Made", span(f.lot.Interval)}}
	if f.lot.Open {
		facts[0].Text = "from " + minute(f.lot.Interval.From) + " UTC, and still being made"
	}
	if f.lot.Process != "" {
		facts = append(facts, Fact{"Process", f.lot.Process})
	}
	facts = append(facts, Fact{"Feedstock", orElse(f.lot.Use.Feedstock, "not entered")},
		Fact{"Production temperature", orElse(optional(f.lot.Use.ProductionTemperature, "°C"), "not entered")},
		Fact{"End use", orElse(f.lot.Use.EndUse, "not entered")},
		Fact{"Soil temperature", orElse(optional(f.lot.Use.SoilTemperature, "°C"), "not entered")},
		Fact{"Proof of placement", orElse(f.lot.Use.Proof, "not entered")},
		Fact{"Evidence of the biomass", orElse(f.lot.Use.BiomassProof, "not entered")},
		Fact{"Sampling", samplingWords(f.lot.Sampling)})
	s.Blocks = append(s.Blocks, Block{Facts: facts}, c.masses(f))
	if f.newest != nil {
		s.Blocks = append(s.Blocks, f.states(), f.lines(), f.amounts(), c.envelope(f), f.unmet())
	} else {
		s.Blocks = append(s.Blocks, Block{Heading: "Account", Empty: "There is no statement of this lot, so there is no account."})
	}
	s.Blocks = append(s.Blocks, c.emissions(f), c.laboratory(f), c.reports(f), c.custody(f))
	if t := c.changes(f); t != nil {
		s.Blocks = append(s.Blocks, Block{Heading: "What was corrected and withdrawn", Table: t})
	}
	if f.newest != nil {
		s.Blocks = append(s.Blocks, f.restsOn())
	}
	return s
}

func optional(x *float64, unit string) string {
	if x == nil {
		return ""
	}
	return minus(measure.FormatNumber(*x)) + " " + unit
}

func samplingWords(s carbon.Sampling) string {
	if s.Regime == "" {
		return "no regime entered"
	}
	text := fmt.Sprintf("regime %s, %s in the year", s.Regime, count(s.AnalysesInYear, "analysis", "analyses"))
	if s.Proof != "" {
		text += ", " + s.Proof
	}
	return text
}

// masses is the mass ledger of the lot.
func (c *composer) masses(f lotReport) Block {
	t := &Table{Columns: []Column{{Name: "", Room: 30}, {Name: "Dry mass, kg", Number: true, Room: 20}, {Name: "From", Room: 50}}}
	row := func(what string, m *measure.DryMass, from string) {
		text := none
		if m != nil {
			text = kilograms(*m)
		}
		t.Rows = append(t.Rows, []string{what, text, from})
	}
	b := Block{Heading: "Mass ledger", Table: t}
	if s := f.newest; s != nil {
		row("Made", &s.Dry, fmt.Sprintf("counted by instruments; known for %s of the time; quality %s", percent(float64(s.Covered)/float64(max(1, s.Interval.Length()))), s.Quality))
	} else {
		row("Made", nil, "not counted: the lot is not stated")
	}
	if !f.lot.Recorded {
		row("Packed", nil, "no units are on record; the lot is of a laboratory file, whose product is taken as placed")
	} else {
		m := f.book.Masses(c.Plant.ID, f.lot.ID)
		row("Packed", &m.Packed, count(m.Units, "unit", "units")+" on record")
		row("Placed, with proof and the way there", &m.Placed, "units in a use that is shown")
		row("In stock", &m.Stock, "the rest, also what was used without a proof")
		row("Lost", &m.Lost, "units on record as lost")
		if f.newest != nil && m.Packed > f.newest.Dry {
			t.Rows = append(t.Rows, []string{"", "", "more is packed than instruments counted: look at the scale, at the moisture of the units and at the gaps below"})
		}
		for _, why := range m.NotPlaced {
			t.Rows = append(t.Rows, []string{"", "", why})
		}
	}
	if s := f.newest; s != nil {
		row("Counted in the statement", &s.Placed, "what the account is of")
	}
	if len(f.later) > 0 {
		t.Caption = fmt.Sprintf("As of the statement. Records were entered since in %s; they are not in it.", leafWords(f.later))
	}
	return b
}

func leafWords(all []uint64) string {
	var words []string
	for _, n := range all[:min(5, len(all))] {
		words = append(words, fmt.Sprint(n))
	}
	text := "leaf " + strings.Join(words, ", ")
	if len(all) > 1 {
		text = "leaves " + strings.Join(words, ", ")
	}
	if len(all) > 5 {
		text += fmt.Sprintf(" and %d more", len(all)-5)
	}
	return text
}

// states lists the statements of the lot and what happened to them.
func (f *lotReport) states() Block {
	t := &Table{Columns: []Column{{Name: "Leaf", Number: true, Room: 8}, {Name: "Method", Room: 16}, {Name: "Revision", Number: true, Room: 10}, {Name: "State", Room: 14}, {Name: "What happened", Room: 30}, {Name: "Digest, SHA-256", Code: true, Room: 22}}}
	for _, s := range f.statements {
		var acts []string
		for _, a := range s.Events {
			acts = append(acts, statementEventWords(a))
		}
		t.Rows = append(t.Rows, []string{fmt.Sprint(s.Leaf), s.Account.Method, fmt.Sprint(s.Revision), string(s.State), strings.Join(acts, "; "), short(s.Digest)})
	}
	return Block{Heading: "Statements and their states", Table: t}
}

func statementEventWords(a statement.Event) string {
	words := map[statement.EventKind]string{statement.Seal: "sealed", statement.Sign: "signed", statement.Certify: "certified", statement.Supersede: "superseded", statement.Withdraw: "withdrawn"}
	text := cmp.Or(words[a.Kind], string(a.Kind))
	if a.By != "" {
		text += " by " + a.By
	}
	text += fmt.Sprintf(" (leaf %d)", a.Leaf)
	if a.Reason != "" {
		text += ": " + a.Reason
	}
	return text
}

// lines is the account by the method's own symbols.
func (f *lotReport) lines() Block {
	a := f.newest.Account
	b := Block{Heading: "Account, line by line"}
	if len(a.Lines) == 0 {
		b.Empty = "The method gave no line."
		return b
	}
	b.Table = &Table{
		Caption: fmt.Sprintf("%s. Each line by the method's own symbol, as it stands in the statement; the label says how sure the rule behind it is.", f.methodName()),
		Columns: []Column{{Name: "Symbol", Room: 26}, {Name: "Value", Number: true, Room: 32}, {Name: "Unit", Room: 18}, {Name: "Label", Room: 24}},
	}
	for _, l := range a.Lines {
		b.Table.Rows = append(b.Table.Rows, []string{l.Name, value(l), unitOf(l), l.Label})
	}
	return b
}

// amounts is what the account comes to, digit by digit.
func (f *lotReport) amounts() Block {
	a := f.newest.Account
	eligible := "no"
	if a.Eligible {
		eligible = "yes"
	}
	facts := []Fact{
		{"Gross", exact(carbon.Shown(a.Gross))}, {"Net", exact(carbon.Shown(a.Net))}, {"Standard uncertainty", exact(a.StandardUncertainty)},
		{"Conservative", exact(carbon.Shown(a.Conservative))}, {"Indicative, eligible or not", exact(a.Indicative)}, {"Eligible", eligible},
		{"Readings of the method", orElse(a.Variant, "none to choose")},
	}
	return Block{Heading: "What it comes to, in CO2e", Facts: facts}
}

// envelope is what other methods say of the same lot.
func (c *composer) envelope(f lotReport) Block {
	b := Block{Heading: "What other methods say"}
	product := claim.Product{Stream: f.newest.Product, Wet: f.newest.Wet, Dry: f.newest.Dry, Covered: f.newest.Covered, Of: f.newest.Interval.Length(), Quality: f.newest.Quality}
	request := statement.Request(c.Plant, c.lab, f.lot, statement.LotCount{Product: product}, f.newest.Placed)
	var found []*carbon.Account
	names := map[string]carbon.Method{}
	for _, m := range c.Methods {
		if m.Blocked || m.ID == f.newest.Account.Method && m.Digest != f.newest.Account.FactorsDigest {
			continue
		}
		if a, err := carbon.Quantify(m, request); err == nil {
			found, names[m.ID] = append(found, &a), m
		}
	}
	slices.SortFunc(found, func(a, b *carbon.Account) int { return cmp.Compare(a.Method, b.Method) })
	accounts := make([]carbon.Account, len(found))
	for i, a := range found {
		accounts[i] = *a
	}
	b.Table = &Table{
		Caption: "The share of the carbon that is still there after so many years. Shares of different horizons are not the same thing, and nothing here is a claim.",
		Columns: []Column{{Name: "Horizon, years", Number: true, Room: 12}, {Name: "Share left", Number: true, Room: 12}, {Name: "Method", Room: 34}, {Name: "Remarks", Room: 42}},
	}
	for _, r := range carbon.Envelope(accounts...) {
		m := names[r.Method]
		about := r.About
		switch {
		case r.Method == f.newest.Account.Method:
			about = sentence("the statement's own", about)
		case m.CrossCheck:
			about = sentence("a cross-check, which issues no units", about)
		}
		b.Table.Rows = append(b.Table.Rows, []string{measure.FormatNumber(r.Horizon), percent(r.Share), orElse(m.Name, r.Method) + ", " + m.Edition, about})
	}
	if len(b.Table.Rows) == 0 {
		return Block{Heading: b.Heading, Empty: "No method at hand says anything of this lot: its analyses or the soil temperature are missing."}
	}
	return b
}

// unmet is what the method asks for and nothing shows.
func (f *lotReport) unmet() Block {
	b := Block{Heading: "Requirements not met, and remarks"}
	a := f.newest.Account
	if len(a.Unmet) == 0 {
		b.Empty = "None: everything that the method asks for is shown."
		return b
	}
	b.Table = &Table{Columns: []Column{{Name: "What is not shown, or must be said", Room: 64}, {Name: "Where to mend it", Room: 36}}}
	for _, u := range a.Unmet {
		b.Table.Rows = append(b.Table.Rows, []string{u, Remedy(u, f.lot.Recorded)})
	}
	return b
}

// restsOn names what the statement rests on.
func (f *lotReport) restsOn() Block {
	s := f.newest
	batches := "none"
	if s.Evidence.Leaves > 0 {
		batches = fmt.Sprintf("%d leaves, %d to %d, sha256:%s", s.Evidence.Leaves, s.Evidence.First, s.Evidence.Last, s.Evidence.Digest)
	}
	entered := "none"
	if s.Entered.Leaves > 0 {
		entered = fmt.Sprintf("%d leaves, %d to %d, sha256:%s", s.Entered.Leaves, s.Entered.First, s.Entered.Last, s.Entered.Digest)
	}
	return Block{Heading: "What the statement rests on", Facts: []Fact{
		{"Statement", fmt.Sprintf("leaf %d, sha256:%s", s.Leaf, s.Digest)},
		{"Batches of readings", batches},
		{"What people entered", entered},
		{"Plant file", "sha256:" + s.PlantFile},
		{"Method file", "sha256:" + s.Account.FactorsDigest},
	}}
}

func sentence(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "; ")
}
