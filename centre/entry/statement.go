package entry

import (
	"context"
	"fmt"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline/carbon"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/statement"
)

// Due is a lot that is over and whose readings up to a size of the log are known.
type Due struct {
	Plant    *flowsheet.Plant
	Lot      string
	Interval measure.Interval
	Through  uint64 // the size
}

// State states a lot that is over, from the log as it was when the lot was
// found complete, and enters the statement in the log.
func (s *Service) State(ctx context.Context, due Due) error {
	if due.Plant.Product == "" {
		return nil // a plant without a product for a sink has nothing to state
	}
	then := s.Archive.At(due.Through)
	book, entered, err := then.Book(ctx, due.Plant.ID)
	if err != nil {
		return err
	}
	lab := book.Lab()
	files, err := then.PlantFiles(ctx, due.Plant.ID)
	if err != nil {
		return err
	}
	bearing, rests, err := then.Bearing(ctx, files, due.Interval)
	if err != nil {
		return err
	}
	statements, err := s.Archive.Statements(ctx, due.Plant.ID)
	if err != nil {
		return err
	}
	last := statements.Newest(due.Plant.ID, due.Lot, s.Method.ID)
	if last == nil {
		if lot, ok := lab.Lot(due.Lot); ok && lot.Placed != nil && *lot.Placed == 0 {
			return nil // a removal exists where the product was placed, and none was yet
		}
		last = &statement.Status{}
	}
	stated, err := statement.StateLot(ctx, statement.Input{
		Lab: lab, Lot: due.Lot, Revision: last.Revision + 1, Made: statements.Made(due.Plant.ID), Method: *s.Method, Evidence: rests, Entered: entered,
	}, bearing, then.Reader)
	if err != nil {
		return err
	}
	if stated.Covered == 0 {
		return nil // nothing of it was measured, or nothing has arrived yet: there is nothing to state
	}
	if last.Revision > 0 && sameAccount(stated, last.Statement) {
		return nil // it was stated before, from the same evidence
	}
	if last.State == statement.Certified {
		s.Logger.Warn("the evidence of a certified lot has changed; withdraw its statement with a reason to state it anew", "lot", stated.Lot,
			"certified_dry_mass", last.Dry, "dry_mass", stated.Dry, "certified", carbon.Shown(last.Account.Net), "net", carbon.Shown(stated.Account.Net))
		return nil
	}
	if other, why := statements.CertifiedAgainst(stated.Claim()); other != nil {
		s.Logger.Warn("a lot is not stated; withdraw the certified statement with a reason to state it", "lot", stated.Lot, "cause", why, "certified_leaf", other.Leaf)
		return nil
	}
	index, err := s.append(ctx, evidence.Leaf{
		Kind: evidence.Statement, Plants: []string{stated.Plant}, Name: stated.Lot, Body: stated.Text(),
		From: stated.Interval.From.UnixNano(), To: stated.Interval.To.UnixNano(),
	})
	if err != nil {
		return fmt.Errorf("enter the statement of %s: %w", stated.Lot, err)
	}
	s.Logger.Info("stated", "lot", stated.Lot, "revision", stated.Revision, "dry_mass", stated.Dry, "eligible", stated.Account.Eligible, "leaf", index)
	return nil
}

// sameAccount tells whether two statements say the same but for their revision.
// A record that changes nothing of a lot does not state it anew.
func sameAccount(a, b statement.Statement) bool {
	a.Revision, a.Entered = b.Revision, b.Entered
	return string(a.Text()) == string(b.Text())
}
