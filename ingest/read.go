package ingest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sort"
	"sync"

	"google.golang.org/protobuf/proto"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/evidence/wire"
	"github.com/nielu/nielu/measure"
)

// Leaves is what a Reader reads: an evidence log, or the leaves of a bundle.
type Leaves interface {
	Size() uint64
	Entry(ctx context.Context, index uint64) ([]byte, error)
	// Find returns the leaves that match, in rising order of index.
	Find(ctx context.Context, q evidence.Query) ([]evidence.Entry, error)
}

// Decode turns scans into series by a catalogue. It is the Decode of package devices.
type Decode func(catalogue []byte, scans []measure.Scan) ([]measure.Series, error)

// Reader gives the pipeline what the log holds. It is safe for concurrent use.
type Reader struct {
	Log    Leaves
	Decode Decode
	Cache  int // decoded batches to keep; default 256
	Most   int // scans that one answer may rest on; 0: no limit

	mu          sync.Mutex
	weights     map[string][]weight // of the blocks of catalogues, by digest
	batches     map[uint64]*cached
	oldest      *cached // ring of batches in order of use
	catalogues  map[string][]byte
	held        int // bytes of them
	losses      map[uint64]declared
	corrections map[uint64]correction
	heads       map[uint64]head
}

// Touch says which stretch of which plants a leaf changes.
type Touch struct {
	Index    uint64
	Kind     evidence.Kind
	Plants   []string
	Interval measure.Interval
	Leaf     evidence.Leaf
}

// Since yields the leaves from the index on, until none is left: call it
// again with the index after the last. It ends after the first error.
func (r *Reader) Since(ctx context.Context, index uint64) iter.Seq2[Touch, error] {
	return func(yield func(Touch, error) bool) {
		for ; index < r.Log.Size(); index++ {
			l, err := r.Leaf(ctx, index)
			if !yield(Touch{index, l.Kind, l.Plants, l.Interval(), l}, err) || err != nil {
				return
			}
		}
	}
}

// Leaf reads and decodes one leaf.
func (r *Reader) Leaf(ctx context.Context, index uint64) (evidence.Leaf, error) {
	if err := ctx.Err(); err != nil {
		return evidence.Leaf{}, err
	}
	data, err := r.Log.Entry(ctx, index)
	if err != nil {
		return evidence.Leaf{}, err
	}
	l, err := evidence.DecodeLeaf(data)
	if err != nil {
		return l, fmt.Errorf("leaf %d: %w", index, err)
	}
	return l, nil
}

// Readings returns the series of a plant in the interval: decoded from all
// batches that touch it, one series a tag and agent, sorted by tag and time,
// each instant once. The same leaves give the same series, in whatever order
// they were logged and in whatever pieces one asks for them.
//
// What an agent lost is known, since its sequence has no holes: a leaf of kind
// Loss stands there. A loss is a bad sample of each of the agent's tags, with
// no reason but that it is unknown, so that nothing is drawn from the reading
// before it to the one after. So is the start of an agent.
//
// Scans stand where corrections of their agent's clock put them. Those that two
// settings of the clock have brought among each other are bad, and so is what a
// clock stamped that was never set, until it is corrected.
func (r *Reader) Readings(ctx context.Context, plant string, w measure.Interval) ([]measure.Series, error) {
	fail := func(err error) ([]measure.Series, error) {
		return nil, fmt.Errorf("readings of %s in %v: %w", plant, w, err)
	}
	corrected, err := r.shifts(ctx, plant)
	if err != nil {
		return fail(err)
	}
	agents, err := r.pieces(ctx, plant, w, corrected)
	if err != nil {
		return fail(err)
	}
	holes, err := r.holes(ctx, plant, w, corrected)
	if err != nil {
		return fail(err)
	}
	type part struct{ agent, catalogue string }
	type scans struct{ sure, doubtful []measure.Scan }
	parts := map[part]*scans{}
	for agent, of := range agents {
		astray := astray(of)
		for i, p := range of {
			if p.from >= w.To.UnixNano() || p.to <= w.From.UnixNano() {
				continue
			}
			if n, err := r.weigh(ctx, p.batch); err != nil {
				return fail(err)
			} else if n > MaxReadings {
				holes.lost[agent] = append(holes.lost[agent], stretch{p.from, p.to - 1})
				continue
			}
			if first := p.batch.Scans[0].Seq; first == 1 || holes.ends[link{agent, p.batch.Epoch, first - 1}] {
				holes.lost[agent] = append(holes.lost[agent], stretch{p.begins - 1, p.begins - 1})
			}
			to := parts[part{agent, p.batch.Catalogue}]
			if to == nil {
				to = &scans{}
				parts[part{agent, p.batch.Catalogue}] = to
			}
			if astray == nil && p.unset == nil {
				to.sure = append(to.sure, p.scans...)
				continue
			}
			for k, scan := range p.scans {
				if astray != nil && astray[i][k] || p.unset != nil && p.unset[k] {
					to.doubtful = append(to.doubtful, scan)
				} else {
					to.sure = append(to.sure, scan)
				}
			}
		}
	}
	type key struct{ tag, unit, agent string }
	merged := map[key]*measure.Series{}
	for p, scans := range parts {
		catalogue, err := r.Catalogue(ctx, p.catalogue)
		if err != nil {
			return fail(err)
		}
		series, err := r.Decode(catalogue, scans.sure)
		if err == nil && len(scans.doubtful) > 0 {
			var doubtful []measure.Series
			if doubtful, err = r.Decode(catalogue, scans.doubtful); err == nil {
				doubt(doubtful, scans.doubtful)
				series = append(series, doubtful...)
			}
		}
		if err != nil {
			return fail(fmt.Errorf("catalogue %.12s: %w", p.catalogue, err))
		}
		for _, s := range series {
			if s.Tag.Plant() != plant {
				continue
			}
			k := key{string(s.Tag), s.Unit.String(), p.agent}
			if merged[k] == nil {
				merged[k] = &measure.Series{Tag: s.Tag, Agent: p.agent, Unit: s.Unit}
			}
			samples := s.Samples
			if lost := marks(holes.lost[p.agent], samples); len(lost) > 0 {
				samples = append(slices.Clip(samples), lost...)
			}
			samples = within(samples, w)
			if m := merged[k]; len(m.Samples) == 0 {
				m.Samples = samples
			} else {
				m.Samples = append(slices.Clip(m.Samples), samples...)
			}
		}
	}
	out := make([]measure.Series, 0, len(merged))
	for _, s := range merged {
		s.Sort()
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b measure.Series) int {
		return cmp.Or(cmp.Compare(a.Tag, b.Tag), cmp.Compare(a.Unit.String(), b.Unit.String()), cmp.Compare(a.Agent, b.Agent))
	})
	return out, nil
}

// doubt makes bad what the scans' own clock stamped. A time that an instrument
// brought is not that clock's.
func doubt(series []measure.Series, scans []measure.Scan) {
	stamped := map[int64]bool{}
	for _, scan := range scans {
		stamped[scan.At] = true
	}
	for _, s := range series {
		for i, sample := range s.Samples {
			if stamped[sample.At] && sample.Quality.Usable() {
				s.Samples[i] = measure.Sample{At: sample.At, Quality: measure.BadBecause(measure.ClockUnsure)}
			}
		}
	}
}

// within returns the samples that lie in the interval. Samples in order of
// time, as nearly all are, are cut and not copied.
func within(samples []measure.Sample, w measure.Interval) []measure.Sample {
	from, to := w.From.UnixNano(), w.To.UnixNano()
	if !measure.Ascending(samples) {
		return slices.DeleteFunc(samples, func(s measure.Sample) bool { return s.At < from || s.At >= to })
	}
	first := sort.Search(len(samples), func(i int) bool { return samples[i].At >= from })
	last := sort.Search(len(samples), func(i int) bool { return samples[i].At >= to })
	return samples[first:last]
}

// cached is a decoded batch in the ring of those used of late.
type cached struct {
	index      uint64
	batch      *Batch
	prev, next *cached
}

// Batch returns the decoded batch in leaf index. It is shared: do not change it.
func (r *Reader) Batch(ctx context.Context, index uint64) (*Batch, error) {
	r.mu.Lock()
	if c := r.batches[index]; c != nil {
		r.use(c)
		r.mu.Unlock()
		return c.batch, nil
	}
	r.mu.Unlock()
	l, err := r.Leaf(ctx, index)
	if err != nil {
		return nil, err
	}
	b, err := DecodeBatch(l)
	if err != nil {
		return nil, fmt.Errorf("leaf %d: %w", index, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.batches[index] == nil {
		r.keep(&cached{index: index, batch: &b})
	}
	return &b, nil
}

func (r *Reader) keep(c *cached) {
	most := r.Cache
	if most <= 0 {
		most = 256
	}
	if r.batches == nil {
		r.batches = map[uint64]*cached{}
	}
	r.batches[c.index] = c
	if r.oldest == nil {
		c.prev, c.next, r.oldest = c, c, c
	} else {
		r.insert(c)
	}
	if len(r.batches) > most {
		old := r.oldest
		r.remove(old)
		delete(r.batches, old.index)
	}
}

func (r *Reader) use(c *cached) {
	if c.next == c {
		return
	}
	r.remove(c)
	r.insert(c)
}

// insert puts c before the oldest, as the newest.
func (r *Reader) insert(c *cached) {
	c.next, c.prev = r.oldest, r.oldest.prev
	c.prev.next, c.next.prev = c, c
}

func (r *Reader) remove(c *cached) {
	if r.oldest == c {
		r.oldest = c.next
	}
	c.prev.next, c.next.prev = c.next, c.prev
}

// Catalogue returns the catalogue of the given digest, from the leaf that
// holds it.
func (r *Reader) Catalogue(ctx context.Context, digest string) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c, ok := r.catalogues[digest]; ok {
		return c, nil
	}
	if r.catalogues == nil {
		r.catalogues = map[string][]byte{}
	}
	found, err := r.Log.Find(ctx, evidence.Query{Kinds: []evidence.Kind{evidence.Catalogue}})
	if err != nil {
		return nil, err
	}
	for _, e := range found {
		l, err := r.Leaf(ctx, e.Index)
		if err != nil {
			return nil, err
		}
		if l.Name != digest {
			continue
		}
		c, err := DecodeCatalogue(l)
		if err != nil {
			return nil, fmt.Errorf("leaf %d: %w", e.Index, err)
		}
		if r.held += len(c); r.held > keptCatalogues {
			clear(r.catalogues)
			r.held = len(c)
		}
		r.catalogues[digest] = c
		return c, nil
	}
	return nil, fmt.Errorf("catalogue %s is not in the log: no leaf before its batches brought it", digest)
}

// MaxReadings is how many readings one batch may give, so that no small leaf
// makes a reader use more than 100 MB. One that would give more counts as
// lost: no gateway that is right comes near it.
const MaxReadings = 1 << 22

// weight is how many readings a scan of a block gives at most: its points, and
// with each as many of them as a message has elements, no more than commas can part.
type weight struct {
	points int
	each   bool
}

func (w weight) of(raw []byte) int {
	if w.each {
		return w.points * (1 + bytes.Count(raw, []byte{','}))
	}
	return w.points
}

// weigh returns how many readings a batch gives at most, without making them.
func (r *Reader) weigh(ctx context.Context, b *Batch) (readings int, err error) {
	r.mu.Lock()
	weights, known := r.weights[b.Catalogue]
	r.mu.Unlock()
	if !known {
		text, err := r.Catalogue(ctx, b.Catalogue)
		if err != nil {
			return 0, err
		}
		var c struct {
			Blocks []struct {
				Points []json.RawMessage `json:"points"`
				Each   string            `json:"each"`
			} `json:"blocks"`
		}
		_ = json.Unmarshal(text, &c) // what cannot be read gives nothing here; Decode says why
		weights = make([]weight, len(c.Blocks))
		for i, block := range c.Blocks {
			weights[i] = weight{len(block.Points), block.Each != ""}
		}
		r.mu.Lock()
		if r.weights == nil || len(r.weights) > 256 {
			r.weights = map[string][]weight{}
		}
		r.weights[b.Catalogue] = weights
		r.mu.Unlock()
	}
	for _, scan := range b.Scans {
		if int64(scan.Block) < int64(len(weights)) {
			readings += weights[scan.Block].of(scan.Raw)
		}
	}
	return readings, nil
}

// keptCatalogues is how many bytes of catalogues a Reader keeps.
const keptCatalogues = 8 * MaxCatalogue

// MaxCatalogue is the greatest size of a catalogue in bytes.
const MaxCatalogue = 8 << 20

// EncodeCatalogue returns a catalogue as an unsigned leaf of an agent, named
// by its digest.
func EncodeCatalogue(site, agent string, plants []string, catalogue []byte) (evidence.Leaf, error) {
	if len(catalogue) > MaxCatalogue {
		return evidence.Leaf{}, fmt.Errorf("encode catalogue: %d bytes, at most %d fit", len(catalogue), MaxCatalogue)
	}
	packed, err := compress(catalogue)
	if err != nil {
		return evidence.Leaf{}, fmt.Errorf("encode catalogue: %w", err)
	}
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(&wire.CatalogueBody{Size: uint32(len(catalogue)), Zstd: packed})
	if err != nil {
		return evidence.Leaf{}, fmt.Errorf("encode catalogue: %w", err)
	}
	return evidence.Leaf{
		Kind: evidence.Catalogue, Site: site, Signer: agent, Plants: plants,
		Name: evidence.CatalogueDigest(catalogue), Body: body,
	}, nil
}

// DecodeCatalogue returns the catalogue in a leaf, checked against its name.
func DecodeCatalogue(l evidence.Leaf) ([]byte, error) {
	if l.Kind != evidence.Catalogue {
		return nil, fmt.Errorf("decode catalogue: it is a %v", l.Kind)
	}
	var body wire.CatalogueBody
	if err := proto.Unmarshal(l.Body, &body); err != nil {
		return nil, fmt.Errorf("decode catalogue: %w", err)
	}
	if body.Size > MaxCatalogue {
		return nil, fmt.Errorf("decode catalogue: %d bytes, at most %d are allowed", body.Size, MaxCatalogue)
	}
	c, err := decompress(body.Zstd, int(body.Size))
	if err != nil {
		return nil, fmt.Errorf("decode catalogue: %w", err)
	}
	if evidence.CatalogueDigest(c) != l.Name {
		return nil, errors.New("decode catalogue: its digest is not its name")
	}
	return c, nil
}
