package entry

import (
	"context"
	"fmt"
	"time"

	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/statement"
)

// conflicts returns what of an entry for a plant cannot stand: what the book
// does not keep, and lots that share time or a unit with a certified statement
// of a lot of another name. Each fault begins with line and column.
func (s *Service) conflicts(ctx context.Context, plant string, e custody.Entry) (faults []string, err error) {
	book, _, err := s.Archive.Book(ctx, plant)
	if err != nil {
		return nil, err
	}
	statements, err := s.Archive.Statements(ctx, plant)
	if err != nil {
		return nil, err
	}
	e.At = time.Now()
	then, problems := book.Try(e)
	for _, p := range problems {
		faults = append(faults, p.Error())
	}
	for _, lot := range then.Lab().Lots {
		if lot.Plant != plant {
			continue
		}
		if certified, why := statements.CertifiedAgainst(statement.Claim{Plant: plant, Lot: lot.ID, Interval: lot.Interval, Units: lot.Units}); certified != nil {
			faults = append(faults, fmt.Sprintf("1:1: %s, and the statement of lot %s in leaf %d is certified: withdraw that with a reason first", why, certified.Lot, certified.Leaf))
		}
	}
	return faults, nil
}
