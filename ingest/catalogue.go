package ingest

import (
	"context"
	"errors"
	"fmt"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/evidence/wire"
)

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
	body, err := wire.Marshal(&wire.CatalogueBody{Size: uint32(len(catalogue)), Zstd: packed})
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
	if err := wire.Unmarshal(l.Body, &body); err != nil {
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

// maxHeldCatalogues is how many bytes of catalogues a Reader keeps.
const maxHeldCatalogues = 8 * MaxCatalogue

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
		if r.held += len(c); r.held > maxHeldCatalogues {
			clear(r.catalogues)
			r.held = len(c)
		}
		r.catalogues[digest] = c
		return c, nil
	}
	return nil, fmt.Errorf("catalogue %s is not in the log: no leaf before its batches brought it", digest)
}
