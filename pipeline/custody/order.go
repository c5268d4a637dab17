package custody

import (
	"fmt"
	"time"
)

// clockTolerance is how far the clock of whoever writes a record may be before the centre's.
const clockTolerance = 10 * time.Minute

// The order of things: what people say happened is over when it is entered,
// by the centre's clock, and
//
//	lot begins ≤ unit packed ≤ sampled, moved, sold, placed or lost
//	lot begins - 1 a ≤ sample ≤ report      a sample of feed may be older than its lot
//	delivery < end of the lot it is counted to, and of its category
//
// checkOrder says what of a record does not follow what it rests on, or lies in the future.
func (b *Book) checkOrder(k *Posting) error {
	packed := func(at time.Time, units ...string) error {
		for _, id := range units {
			if u := b.posting(k.Plant, KindUnit, id); u != nil && at.Before(u.Unit.At) {
				return fmt.Errorf("unit %s was packed later, at %s", id, stamp(u.Unit.At))
			}
		}
		return nil
	}
	at := k.ended()
	if at.After(k.Entered.Add(clockTolerance)) && !k.Entered.IsZero() {
		return fmt.Errorf("%s lies in the future: by the centre's clock it is %s; enter what has happened", stamp(at), stamp(k.Entered))
	}
	switch k.Kind {
	case KindUnit:
		if w, err := b.lot(k.Plant, k.Unit.Lot); err == nil && at.Before(w.From) {
			return fmt.Errorf("lot %s begins later, at %s", k.Unit.Lot, stamp(w.From))
		}
	case KindSample:
		if w, err := b.lot(k.Plant, k.Sample.Lot); err == nil && at.Before(w.From.AddDate(-1, 0, 0)) {
			return fmt.Errorf("lot %s begins more than a year later, at %s", k.Sample.Lot, stamp(w.From))
		} else if err == nil && k.Sample.Unit != "" && at.Before(w.From) {
			return fmt.Errorf("lot %s, of which unit %s is, begins later, at %s", k.Sample.Lot, k.Sample.Unit, stamp(w.From))
		}
	case KindReport:
		for _, id := range sorted(k.Report.Results) {
			if s := b.posting(k.Plant, KindSample, id); s != nil && at.Before(s.Sample.At) {
				return faultAt{k.Report.places[id], fmt.Errorf("sample %s was taken later, at %s", id, stamp(s.Sample.At))}
			}
		}
	case KindTransport:
		if w, err := b.lot(k.Plant, k.Transport.Lot); err == nil {
			for _, id := range k.Transport.Deliveries {
				d := b.posting(k.Plant, KindDelivery, id)
				if d == nil {
					continue
				}
				if !d.Delivery.At.Before(w.To) {
					return fmt.Errorf("delivery %s came in at %s, when lot %s was over", id, stamp(d.Delivery.At), k.Transport.Lot)
				}
				if of, is := b.conditions(k.Plant, k.Transport.Lot).Category, d.Delivery.Category; of != "" && is != "" && of != is {
					return fmt.Errorf("delivery %s is of category %s, lot %s of category %s: a lot is made of what it says", id, is, k.Transport.Lot, of)
				}
			}
		}
		return packed(at, k.Transport.Units...)
	case KindSale:
		return packed(at, k.Sale.Units...)
	case KindUse:
		return packed(at, k.Use.Units...)
	case KindLoss:
		return packed(at, k.Loss.Units...)
	}
	return nil
}

// checkDependants says what rests on a record in its new form and does not follow it in time.
func (b *Book) checkDependants(k *Posting) error {
	b.index(k)
	defer b.unindex(k)
	for _, on := range b.postings {
		if !on.InForce() || on.Plant != k.Plant {
			continue
		}
		if err := b.checkOrder(on); err != nil {
			return fmt.Errorf("%s %s: %w", on.Kind, on.ID, err)
		}
	}
	return nil
}

// ended is when what a record tells of was over; zero if it tells of nothing that happened.
func (p *Posting) ended() time.Time {
	switch p.Kind {
	case KindDelivery:
		return p.Delivery.At
	case KindUnit:
		return p.Unit.At
	case KindSample:
		return p.Sample.At
	case KindReport:
		return p.Report.At
	case KindTransport:
		return p.Transport.At
	case KindSale:
		return p.Sale.At
	case KindUse:
		return p.Use.At
	case KindLoss:
		return p.Loss.At
	case KindCalibration:
		return p.Calibration.At
	case KindDowntime:
		return p.Downtime.Interval.To
	}
	return time.Time{}
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
