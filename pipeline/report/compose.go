package report

import (
	"fmt"

	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/process"
)

// Compose puts a report together.
func Compose(in Input) *Page {
	c := newComposer(&in)
	p := &Page{
		Title:    orElse(in.Plant.Name, in.Plant.ID),
		Subtitle: fmt.Sprintf("Report on plant %s, %s", in.Plant.ID, span(in.Interval)),
		Foot:     c.foot(),
		Made:     orElse(in.Made, "nielu"),
		Until:    in.Interval.To.UTC(),
	}
	if in.Lot != "" {
		p.Subtitle = fmt.Sprintf("Report on lot %s of plant %s, %s", in.Lot, in.Plant.ID, span(in.Interval))
	}
	p.Sections = append(p.Sections, c.removals(),
		c.otherLedger("avoided", "Avoided emissions", measure.AvoidedLedger, "What the air was spared is an account of its own. It is in no figure of a removal."),
		c.otherLedger("substitution", "Substitution", measure.SubstitutionLedger, "What a product stands in for is an account of its own. It is in no figure of a removal or of an avoided emission."))
	for _, f := range c.lots {
		p.Sections = append(p.Sections, c.lotSection(f))
	}
	p.Sections = append(p.Sections, c.flows(), c.closures(), c.temperatures(), c.instruments(), c.missing(), c.evidence())
	return p
}

type composer struct {
	*Input
	now  *custody.Book // all that is entered
	lab  *lots.Lab
	lots []lotReport
}

func newComposer(in *Input) *composer {
	c := &composer{Input: in, now: custody.Replay(in.Entries)}
	c.lab = c.now.Lab()
	for _, l := range in.lots(c.lab) {
		c.lots = append(c.lots, c.lotOf(l))
	}
	return c
}

func (c *composer) foot() string {
	made := orElse(c.Made, "nielu")
	if c.Log.Origin == "" {
		return "Made by " + made + "."
	}
	return fmt.Sprintf("Made by %s from the evidence log %s as it was at %d leaves. Every figure can be made again from those leaves; docs/report.md of nielu says how.", made, c.Log.Origin, c.Log.Size)
}

// otherLedger is the section of a ledger that is no removal.
func (c *composer) otherLedger(id, title string, ledger measure.Ledger, about string) Section {
	s := Section{ID: id, Title: title, Blocks: []Block{{Note: about}}}
	if c.Balance == nil {
		return s.with(Block{Empty: "Not computed for this report; nielu report computes it from the log."})
	}
	t := indicatorTable("Over the period, from readings")
	for _, i := range c.Balance.Indicators {
		if i.Claim.Ledger == ledger {
			t.Rows = append(t.Rows, indicatorRow(i, ledger))
		}
	}
	if len(t.Rows) == 0 {
		return s.with(Block{Empty: "None is claimed, and the plant file describes nothing that would give one."})
	}
	return s.with(Block{Table: t})
}

func indicatorTable(caption string) *Table {
	return &Table{Caption: caption, Columns: []Column{{Name: "Figure", Room: 24}, {Name: "Value", Number: true, Room: 12}, {Name: "± u", Number: true, Room: 9}, {Name: "Unit", Room: 10}, {Name: "Source and remarks", Room: 45}}}
}

func indicatorRow(i process.Indicator, ledger measure.Ledger) []string {
	row := []string{i.About + " (" + i.Name + ")", none, none, unit(i.Unit), sentence(i.Source, i.Flag, i.Why)}
	if v := i.In(ledger); v != nil {
		row[1] = number(*v, 5)
	}
	if i.U != nil {
		row[2] = number(*i.U, 2)
	}
	return row
}

func (s Section) with(more ...Block) Section {
	s.Blocks = append(s.Blocks, more...)
	return s
}
