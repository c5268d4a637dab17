package export

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
	"github.com/nielu/nielu/pipeline"
	"github.com/nielu/nielu/pipeline/custody"
	"github.com/nielu/nielu/pipeline/flowsheet"
	"github.com/nielu/nielu/pipeline/lots"
	"github.com/nielu/nielu/pipeline/rollup"
	"github.com/nielu/nielu/pipeline/statement"
)

// leafRef is an entry of the log without its bytes: a bundle may hold millions.
type leafRef struct {
	Index uint64
	*head
	From, To int64 // Unix nanoseconds, half-open
	link
	hash evidence.Hash

	shift *shift // by corrections of its clock; nil: by none

	at   int64  // where its bytes begin in the bundle
	size uint16 // and how many they are
}

// leaves are the entries of a bundle, by index, and where their bytes are.
type leaves struct {
	decode Replay
	list   []leafRef
	bytes  func(ctx context.Context, index uint64) ([]byte, error)
	file   func(digest string) ([]byte, error) // a file that a leaf stands for, "sha256:" and hexadecimal

	digests map[uint64]string // SHA-256 of the bodies of configuration files, hex
}

// head is what the many leaves of one signer have in common.
type head struct {
	Kind   evidence.Kind
	Site   string
	Signer string // name of the key that signed it
	Plants []string
	Name   string
}

// link is a leaf's place in its signer's chain. A leaf with Epoch 0 stands
// outside any chain.
type link struct {
	Epoch       uint64
	First, Last uint64        // sequence numbers of scans within the epoch; 0: a leaf without scans
	Prev        evidence.Hash // leaf hash of the signer's previous leaf; zero: there is none
}

// heads keeps one head of those that are equal.
type heads map[string]*head

func (h heads) of(one head) *head {
	key := strings.Join(append([]string{string(rune(one.Kind)), one.Site, one.Signer, one.Name}, one.Plants...), "\x00")
	kept := h[key]
	if kept == nil {
		kept = &one
		h[key] = kept
	}
	return kept
}

// open opens an entry. The body is returned beside it.
func (h heads) open(index uint64, entry []byte) (l leafRef, leaf evidence.Leaf, err error) {
	leaf, err = evidence.DecodeLeaf(entry)
	if err != nil {
		return leafRef{}, leaf, err
	}
	return leafRef{
		Index: index, From: leaf.From, To: leaf.To, hash: evidence.LeafHash(entry),
		head: h.of(head{Kind: leaf.Kind, Site: leaf.Site, Signer: leaf.Signer, Plants: leaf.Plants, Name: leaf.Name}),
		link: link{Epoch: leaf.Epoch, First: leaf.First, Last: leaf.Last, Prev: hashOf(leaf.Prev)},
	}, leaf, nil
}

// hashOf returns the hash in a field of a leaf that may be empty.
func hashOf(field []byte) (h evidence.Hash) {
	copy(h[:], field)
	return h
}

// find returns the leaf at the index.
func (s *leaves) find(index uint64) (leafRef, bool) {
	i, found := slices.BinarySearchFunc(s.list, index, func(l leafRef, index uint64) int { return cmp.Compare(l.Index, index) })
	if !found {
		return leafRef{}, false
	}
	return s.list[i], true
}

// leaf reads a leaf again, with its body.
func (s *leaves) leaf(ctx context.Context, l leafRef) (evidence.Leaf, error) {
	entry, err := s.bytes(ctx, l.Index)
	if err != nil {
		return evidence.Leaf{}, err
	}
	return evidence.DecodeLeaf(entry)
}

// missing reads a loss record.
func (s *leaves) missing(ctx context.Context) func(l leafRef) (evidence.LossRecord, error) {
	return func(l leafRef) (evidence.LossRecord, error) {
		leaf, err := s.leaf(ctx, l)
		if err != nil {
			return evidence.LossRecord{}, err
		}
		return evidence.DecodeLoss(leaf)
	}
}

// plant reads the plant file in the leaf of that index.
func (s *leaves) plant(ctx context.Context, index uint64, id string) (*flowsheet.Plant, error) {
	l, found := s.find(index)
	if !found || l.Kind != evidence.Config {
		return nil, fmt.Errorf("%s holds no plant file", leafName(index))
	}
	leaf, err := s.leaf(ctx, l)
	if err != nil {
		return nil, err
	}
	text, err := custody.Content(leaf.Body, s.file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", leafName(index), err)
	}
	plant, err := flowsheet.Parse(l.Name, text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", leafName(index), err)
	}
	if plant.ID != id {
		return nil, fmt.Errorf("%s is the plant file of %s, not of %s", leafName(index), plant.ID, id)
	}
	return plant, nil
}

// isEntry tells whether people wrote the leaf.
func (l leafRef) isEntry() bool { return l.Kind == evidence.Lab || l.Kind == evidence.Records }

// lab reads the laboratory files and the records and brings what they say
// together: of two lots of one name, and two entries of one control reading,
// the one in the later leaf counts.
func (s *leaves) lab(ctx context.Context, indexes []uint64) (*lots.Lab, error) {
	var entries []custody.Entry
	for _, index := range indexes {
		l, found := s.find(index)
		if !found || !l.isEntry() {
			return nil, fmt.Errorf("%s is nothing that people entered", leafName(index))
		}
		e, err := s.entry(ctx, l)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", leafName(index), err)
		}
		entries = append(entries, e)
	}
	return custody.Replay(entries).Lab(), nil
}

// entry reads what people wrote in a leaf.
func (s *leaves) entry(ctx context.Context, l leafRef) (custody.Entry, error) {
	leaf, err := s.leaf(ctx, l)
	if err != nil {
		return custody.Entry{}, err
	}
	return custody.Open(l.Index, l.From, l.Kind, l.Name, leaf.Body)
}

// ofKind returns the plant's leaves of a kind.
func (s *leaves) ofKind(kind evidence.Kind, plant string) (found []leafRef) {
	for _, l := range s.list {
		if l.Kind == kind && slices.Contains(l.Plants, plant) {
			found = append(found, l)
		}
	}
	return found
}

// labFiles returns the indexes of the plant's laboratory and record leaves, rising.
func (s *leaves) labFiles(plant string) []uint64 {
	indexes := []uint64{}
	for _, l := range s.list {
		if l.isEntry() && slices.Contains(l.Plants, plant) {
			indexes = append(indexes, l.Index)
		}
	}
	return indexes
}

// byDigest returns the configuration file that has the digest, from a leaf
// before the one of that index.
func (s *leaves) byDigest(ctx context.Context, digest string, before uint64) (leafRef, []byte, error) {
	for _, l := range s.list {
		if l.Kind == evidence.Config && l.Index < before && s.digests[l.Index] == digest {
			leaf, err := s.leaf(ctx, l)
			if err != nil {
				return l, nil, err
			}
			text, err := custody.Content(leaf.Body, s.file)
			return l, text, err
		}
	}
	return leafRef{}, nil, fmt.Errorf("no config leaf before leaf %d has the digest sha256:%s", before, digest)
}

// filesOf returns the plant files of a plant in the leaves up to an index, as
// far as they can be read.
func (s *leaves) filesOf(ctx context.Context, plant string, last uint64) (files []statement.PlantFile, err error) {
	for _, l := range s.ofKind(evidence.Config, plant) {
		if l.Index > last {
			break
		}
		p, err := s.plant(ctx, l.Index, plant)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == nil { // else it is no plant file by today's rules
			files = append(files, statement.PlantFile{Index: l.Index, Entered: at(l.From), Plant: p})
		}
	}
	return files, nil
}

// digest notes the digest of a body by which statements name files.
func (s *leaves) digest(l leafRef, body []byte) {
	if l.Kind != evidence.Config {
		return
	}
	if digest, large := custody.Referred(body); large {
		s.digests[l.Index] = strings.TrimPrefix(digest, "sha256:")
		return
	}
	sum := sha256.Sum256(body)
	s.digests[l.Index] = hex.EncodeToString(sum[:])
}

// replay gives the readings of some leaves, of the tags that are wanted; nil:
// of all.
func (s *leaves) replay(some []leafRef, wanted map[measure.Tag]bool) pipeline.Source {
	return s.decode(part{some, s.bytes}, wanted)
}

// byStretch returns, for each of some stretches of time, what is needed to
// decode its readings: the batches that touch it, and the catalogues, losses
// and clock corrections of any time. The stretches rise and none is empty.
func (s *leaves) byStretch(stretches []measure.Interval) [][]int32 {
	out := make([][]int32, len(stretches))
	for i, l := range s.list {
		switch l.Kind {
		case evidence.Catalogue, evidence.Loss, evidence.Clock:
			for k := range out {
				out[k] = append(out[k], int32(i))
			}
		case evidence.Batch:
			if l.shift != nil {
				for k, w := range stretches {
					if l.touches(w) {
						out[k] = append(out[k], int32(i))
					}
				}
				continue
			}
			k, _ := slices.BinarySearchFunc(stretches, l.From, func(w measure.Interval, from int64) int {
				return cmp.Compare(w.To.UnixNano(), from+1) // the first that ends behind the batch's start
			})
			for ; k < len(stretches) && stretches[k].From.UnixNano() < l.To; k++ {
				out[k] = append(out[k], int32(i))
			}
		}
	}
	return out
}

// at returns the leaves at these places of the list.
func (s *leaves) at(places []int32) []leafRef {
	out := make([]leafRef, len(places))
	for i, place := range places {
		out[i] = s.list[place]
	}
	return out
}

// statementsIn returns the plant's statements of lots that touch the interval.
func (s *leaves) statementsIn(plant string, w measure.Interval) (found []leafRef) {
	for _, l := range s.ofKind(evidence.Statement, plant) {
		if l.From < w.To.UnixNano() && w.From.UnixNano() < l.To {
			found = append(found, l)
		}
	}
	return found
}

// speakers returns the links of each agent that speaks for the plant in a
// stretch: from the first that touches it to the last, and the one after.
func (s *leaves) speakers(plant string, w measure.Interval) map[string][]leafRef {
	agents := map[string][]leafRef{}
	for _, l := range s.list {
		if (l.Kind == evidence.Batch || l.Kind == evidence.Loss) && l.Epoch != 0 && slices.Contains(l.Plants, plant) && l.touches(w) {
			agents[l.Signer] = nil
		}
	}
	for _, l := range s.list {
		if links, speaks := agents[l.Signer]; speaks {
			agents[l.Signer] = append(links, l)
		}
	}
	for agent, links := range agents {
		agents[agent], _ = between(links, w)
	}
	return agents
}

// bearingLeaves returns the leaves without what the bundle has of other agents, or of
// other times, only because it came behind the last roll of decisions, and,
// by agent, the links whose chains are followed.
func (s *leaves) bearingLeaves(plant string, w measure.Interval) (list, links []leafRef) {
	speakers := s.speakers(plant, w)
	linked, newest := map[uint64]bool{}, map[string]uint64{}
	for agent, part := range speakers {
		links = append(links, part...)
		for _, l := range part {
			linked[l.Index] = true
			newest[agent] = max(newest[agent], l.Epoch)
		}
	}
	for _, l := range s.list {
		_, speaks := speakers[l.Signer]
		switch {
		case l.decides() && len(l.Plants) > 0 && !slices.Contains(l.Plants, plant):
		case l.decides(), l.Kind == evidence.Roll, linked[l.Index],
			l.Kind == evidence.Catalogue && speaks && l.Epoch <= newest[l.Signer],
			(l.Kind == evidence.Clock || l.Kind == evidence.Loss) && (speaks || slices.Contains(l.Plants, plant)):
			list = append(list, l)
		}
	}
	return list, links
}

// bearingOn is a stretch widened to whole balance windows, and what bears on it.
func bearingOn(p *flowsheet.Plant, w measure.Interval) measure.Interval {
	return withLookback(w.Align(p.BalanceEvery), p)
}

// withLookback is a stretch, the minute before it, and what bears on both.
func withLookback(w measure.Interval, plant *flowsheet.Plant) measure.Interval {
	return rollup.Around(plant, measure.Interval{From: w.From.Add(-rollup.Step), To: w.To})
}
