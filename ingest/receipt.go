package ingest

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure"
)

// Receipt is the centre's word that all of an agent's chain up to and
// including one leaf is in the evidence log and on disk.
type Receipt struct {
	Site, Agent string
	Epoch, Seq  uint64        // last sequence number of that leaf
	Digest      evidence.Hash // hash of that leaf
	Index       uint64        // of that leaf in the log
}

const receiptHeader = "nielu receipt v1"

// maxReceipt bounds what ParseReceipt reads, in bytes.
const maxReceipt = 4096

// Sign returns the receipt as a note signed by the log's key.
func (r Receipt) Sign(key *evidence.SigningKey) ([]byte, error) {
	return key.SignNote(fmt.Sprintf("%s\nsite %s\nagent %s\nepoch %d\nseq %d\ndigest %x\nindex %d\n",
		receiptHeader, r.Site, r.Agent, r.Epoch, r.Seq, r.Digest[:], r.Index))
}

// ParseReceipt checks a signed receipt against the centre's verifier text.
func ParseReceipt(data []byte, centre string) (Receipt, error) {
	if len(data) > maxReceipt {
		return Receipt{}, fmt.Errorf("receipt: %d bytes, at most %d are allowed", len(data), maxReceipt)
	}
	text, err := evidence.OpenNote(data, centre)
	if err != nil {
		return Receipt{}, fmt.Errorf("receipt: %w", err)
	}
	r, err := parseReceiptText(text)
	if err != nil {
		return Receipt{}, fmt.Errorf("receipt: %w", err)
	}
	return r, nil
}

func parseReceiptText(text string) (r Receipt, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 8 || lines[0] != receiptHeader || lines[7] != "" {
		return r, fmt.Errorf("want 7 lines beginning with %q", receiptHeader)
	}
	var values [6]string
	for i, name := range [...]string{"site", "agent", "epoch", "seq", "digest", "index"} {
		value, ok := strings.CutPrefix(lines[i+1], name+" ")
		if !ok {
			return r, fmt.Errorf("line %d: want %q and a value", i+2, name)
		}
		values[i] = value
	}
	digest, hexErr := hex.DecodeString(values[4])
	if hexErr == nil && len(digest) != len(r.Digest) {
		hexErr = fmt.Errorf("digest of %d bytes", len(digest))
	}
	copy(r.Digest[:], digest)
	var errs [6]error
	r.Site, errs[0] = measure.ParseName("site", values[0])
	r.Agent, errs[1] = measure.ParseName("agent", values[1])
	r.Epoch, errs[2] = strconv.ParseUint(values[2], 10, 64)
	r.Seq, errs[3] = strconv.ParseUint(values[3], 10, 64)
	r.Index, errs[4] = strconv.ParseUint(values[5], 10, 64)
	errs[5] = hexErr
	return r, errors.Join(errs[:]...)
}
