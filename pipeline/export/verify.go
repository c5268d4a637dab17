package export

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/nielu/nielu/evidence"
)

// Step says how far a long walk has come.
type Step struct {
	Stage       string // what is done, in words
	Done, Total int64
	Readings    int64 // decoded again so far
}

// Progress is told each step. It may be called from several goroutines.
type Progress func(Step)

// Options are what an auditor decides, and what the program brings along.
type Options struct {
	Policy   Policy
	Share    Share    // the zero Share: everything is computed again
	Progress Progress // nil: nobody listens

	// Of the program: how readings are decoded again, and the method file of an
	// id that was published with it; false: there is none.
	Replay    Replay
	Published func(id string) (text []byte, ok bool)
}

// Verify checks everything a bundle claims, with the keys of the policy, and
// reports all it finds. It changes nothing and reaches for nothing outside
// its arguments, reads one piece after another and keeps in memory some 150
// bytes a leaf. Only a cancelled context, or a bundle that cannot be read,
// makes it return an error.
func Verify(ctx context.Context, bundle io.ReaderAt, size int64, o Options) (*Report, error) {
	if o.Progress == nil {
		o.Progress = func(Step) {}
	}
	a := &audit{published: o.Published, policy: o.Policy, share: o.Share, progress: o.Progress, heads: heads{}, report: &Report{
		Headline: []string{}, Faults: []Fault{}, Gaps: []Gap{}, Coverage: []TagCoverage{}, Tonnes: []Tonnage{}, Statements: []StatementResult{}, Notes: []string{}, Keys: []KeyUsed{},
	}}
	a.leaves = &leaves{decode: o.Replay, bytes: a.entry, file: a.original, digests: map[uint64]string{}}
	if o.Share.Part > 0 {
		a.report.Share = &ShareSeen{Share: o.Share}
	}
	usable, err := a.container(bundle, size)
	if err == nil && usable {
		usable, err = a.readManifest()
	}
	if err != nil {
		return nil, fmt.Errorf("verify bundle: %w", err)
	}
	if !usable {
		a.report.Result = Unusable
		return a.report, nil
	}
	for _, step := range []func(context.Context) error{a.manifestSignature, a.checkCheckpoint, a.readSums, a.tiles, a.openLeaves, a.signatures, a.decisions, a.methods, a.continuity, a.recompute, a.compareGaps} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("verify bundle: %w", err)
		}
		if a.foreign {
			break
		}
	}
	a.headline()
	switch {
	case len(a.report.Faults) > 0:
		a.report.Result = Failed
	case len(a.report.Gaps) > 0:
		a.report.Result = Incomplete
	}
	return a.report, nil
}

// audit is one verification under way.
type audit struct {
	policy    Policy
	share     Share
	progress  Progress
	published func(id string) (text []byte, ok bool)
	report    *Report

	bundle     *archive
	manifest   Manifest
	note       []byte // the signed checkpoint
	checkpoint evidence.Checkpoint
	sums       [][sha256.Size]byte // by file: what SHA256SUMS says
	listed     []bool              // by file: whether it says anything
	read       atomic.Int64

	trusted        map[evidence.Tile][]byte // tiles above level 0 that lead to the root
	proven         map[int64]bool           // tiles of level 0 that do
	heads          heads
	leaves         *leaves   // by index; only those that could be opened and are in the log
	present        []leafRef // of them, whoever signed them
	logKey         KeyUsed   // that signed the checkpoint; the zero KeyUsed: none did
	enrolments     map[owner][]enrolment
	silence        *silence
	foreignMethods []string // headlines: method files that are not the published ones
	foreign        bool     // the policy names another log: nothing of this one is worth a check
}

// entry returns the bytes of the leaf at an index.
func (a *audit) entry(ctx context.Context, index uint64) ([]byte, error) {
	l, found := a.leaves.find(index)
	if !found {
		return nil, fmt.Errorf("leaf %d is not in the bundle", index)
	}
	return a.entryOf(ctx, l)
}

func (a *audit) entryOf(ctx context.Context, l leafRef) ([]byte, error) {
	data := make([]byte, l.size)
	if n, err := a.bundle.from.ReadAt(data, l.at); n < len(data) {
		return nil, fmt.Errorf("read leaf %d: %w", l.Index, err)
	}
	return data, ctx.Err()
}

// maxFaults is how many faults a report lists; the others are counted.
const maxFaults = 10_000

func (a *audit) fault(check, where, do, format string, args ...any) {
	a.faults([]Fault{{Check: check, Where: where, What: fmt.Sprintf(format, args...), Do: do}})
}

func (a *audit) faults(found []Fault) {
	n := min(len(found), maxFaults-len(a.report.Faults))
	a.report.Faults = append(a.report.Faults, found[:n]...)
	a.report.More += len(found) - n
}

const fetchAgain = "fetch the bundle again; if the fault stays, ask who made it"

// container finds the files of the archive and compares all that is not their
// contents with the one way of writing it.
func (a *audit) container(bundle io.ReaderAt, size int64) (usable bool, err error) {
	a.bundle, err = openArchive(bundle, size)
	if isContainer(err) {
		a.fault("container", "byte 0", fetchAgain, "%v", err)
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for i, e := range a.bundle.entries {
		if a.bundle.index[e.name] != i {
			a.fault("container", e.name, fetchAgain, "is in the archive twice")
		}
	}
	if at := a.bundle.odd; at >= 0 {
		a.fault("container", cmp.Or(a.bundle.oddFile, "end of the archive"), fetchAgain,
			"byte %d is not what writing these files again gives: the archive was changed, or made by another program", at)
	}
	return true, nil
}

// The greatest sizes of files that are read as a whole.
const (
	maxManifest = 64 << 20
	maxNote     = 1 << 20
)

// readManifest reads what the bundle claims to be.
func (a *audit) readManifest() (usable bool, err error) {
	data, found, err := a.bundle.file(ManifestName, maxManifest)
	if !found {
		a.fault("manifest", ManifestName, fetchAgain, "is missing")
		return false, nil
	}
	if err != nil {
		a.fault("manifest", ManifestName, fetchAgain, "%v", err)
		return false, nil
	}
	m, err := ParseManifest(data)
	if err != nil {
		a.fault("manifest", ManifestName, fetchAgain, "%v", err)
		return false, nil
	}
	a.manifest = m
	r := a.report
	r.Plant, r.From, r.To, r.Log, r.Size, r.Root = m.Plant, m.From, m.To, m.Log.Origin, m.Log.Size, m.Log.Root
	for _, e := range a.bundle.entries {
		if !isBundleFile(e.name) {
			a.fault("manifest", e.name, "do not rely on this file; nothing vouches for it", "is no part of a bundle")
		}
	}
	return true, nil
}

// isBundleFile tells whether a bundle has files of this name.
func isBundleFile(name string) bool {
	folder, _, inFolder := strings.Cut(name, "/")
	if inFolder {
		return folder == "tile" || folder == "files" || folder == "views"
	}
	return slices.Contains([]string{ReadmeName, CheckpointName, SumsName, ManifestName, SignatureName}, name)
}

// manifestSignature checks the maker's signature.
func (a *audit) manifestSignature(context.Context) error {
	const do = "check the export key in the policy; if it is right, somebody else made this bundle"
	note, found, err := a.bundle.file(SignatureName, maxNote)
	if !found || err != nil {
		a.fault("manifest", SignatureName, fetchAgain, "is missing or cannot be read: nobody vouches for the manifest")
		return nil
	}
	text, err := a.checkNote("export", note, a.policy.Exports)
	if err != nil {
		a.fault("manifest", SignatureName, do, "%v", err)
	} else if want := signedText(a.manifest); text != want {
		a.fault("manifest", SignatureName, do, "signs %q, but the manifest in the bundle is %q", text, want)
	}
	if bytes.Count(note, []byte("\n— ")) != 1 || !strictSignatures(note) {
		a.fault("manifest", SignatureName, do, "must carry exactly one signature in its canonical spelling")
	}
	return nil
}

// checkNote checks a note with the policy's keys or, if it has none of this
// role, with the key that the bundle's manifest names, and records which.
func (a *audit) checkNote(role string, note []byte, keys []string) (text string, err error) {
	from := "policy"
	if len(keys) == 0 {
		from, keys = "bundle", a.manifest.keys(role)
	}
	err = fmt.Errorf("no %s key to check it with", role)
	for _, key := range keys {
		if text, err = evidence.OpenNote(note, key); err == nil {
			a.report.Keys = append(a.report.Keys, KeyUsed{Role: role, Key: key, From: from})
			return text, nil
		}
	}
	return "", fmt.Errorf("not signed by the %s key (from the %s): %w", role, from, err)
}

// strictBase64 refuses base64 whose unused bits are not zero, so that one value
// has one spelling.
var strictBase64 = base64.StdEncoding.Strict()

// strictSignatures tells whether the signatures of a note are spelled in the
// only way this package accepts.
func strictSignatures(note []byte) bool {
	_, signatures, found := strings.Cut(string(note), "\n\n")
	for line := range strings.Lines(signatures) {
		name, value, both := strings.Cut(strings.TrimPrefix(strings.TrimSuffix(line, "\n"), "— "), " ")
		if _, err := strictBase64.DecodeString(value); err != nil || !both || name == "" || !strings.HasSuffix(line, "\n") {
			return false
		}
	}
	return found
}

// checkCheckpoint checks the log's signature on its size and root, and those
// of the witnesses.
func (a *audit) checkCheckpoint(context.Context) error {
	const do = "check the log key in the policy; if it is right, this is not the log it claims to be"
	note, found, err := a.bundle.file(CheckpointName, maxNote)
	if !found || err != nil {
		a.fault("checkpoint", CheckpointName, fetchAgain, "is missing or cannot be read: no entry can be proven")
		return nil
	}
	c, err := evidence.ReadCheckpoint(note)
	if err != nil {
		a.fault("checkpoint", CheckpointName, fetchAgain, "%v", err)
		return nil
	}
	a.note, a.checkpoint = note, c
	if l := a.manifest.Log; c.Origin != l.Origin || c.Size != l.Size || hexHash(c.Root) != l.Root {
		a.fault("checkpoint", CheckpointName, fetchAgain, "is of %s with %d entries and root %x, the manifest says %s, %d, %s", c.Origin, c.Size, c.Root[:], l.Origin, l.Size, l.Root)
	}
	a.witnesses()
	if _, err := a.checkNote("log", note, a.policy.Logs); err != nil {
		a.fault("checkpoint", CheckpointName, do, "%v", err)
		a.foreign = a.policy.trusts()
		return nil
	}
	a.logKey = a.report.Keys[len(a.report.Keys)-1]
	if name := keyName(a.logKey.Key); name != c.Origin {
		a.fault("checkpoint", CheckpointName, do, "is of the log %s, but the key is named %s", c.Origin, name)
	}
	a.report.Independent = len(a.policy.Logs) > 0 && len(a.policy.Exports) > 0
	return nil
}

// witnesses counts the witnesses of the policy that saw this state of the log.
func (a *audit) witnesses() {
	if len(a.policy.Witnesses) == 0 {
		return
	}
	seen := []string{}
	for _, key := range a.policy.Witnesses {
		when, err := evidence.OpenCosigned(a.note, key)
		if err != nil {
			a.report.Notes = append(a.report.Notes, fmt.Sprintf("witness %s: %v", keyName(key), err))
			continue
		}
		seen = append(seen, key)
		a.report.Keys = append(a.report.Keys, KeyUsed{Role: "witness", Key: key, From: "policy"})
		a.report.Notes = append(a.report.Notes, fmt.Sprintf("witness %s saw this state of the log at %s", keyName(key), stamp(when)))
	}
	a.report.Witnessed = len(seen)
	if len(seen) < a.policy.Quorum {
		a.fault("witness", CheckpointName, "ask for a bundle whose checkpoint enough witnesses have signed; without them the log may show others another history",
			"is signed by %d of the policy's %d witnesses, its quorum is %d", len(seen), len(a.policy.Witnesses), a.policy.Quorum)
	}
}

// continuity follows the agents' chains.
func (a *audit) continuity(ctx context.Context) error {
	plant, err := a.leaves.plant(ctx, a.manifest.Views.PlantFile, a.manifest.Plant)
	if err != nil {
		a.fault("continuity", leafName(a.manifest.Views.PlantFile), "ask who made the bundle for the plant file", "%v", err)
		return nil
	}
	if err := a.leaves.move(ctx, a.manifest.Plant); err != nil {
		return err
	}
	list, links := a.leaves.bearingLeaves(a.manifest.Plant, bearingOn(plant, a.manifest.Interval()))
	a.leaves.list = list
	gaps, faults := chains(links, a.leaves.missing(ctx), a.manifest.Interval(), plant.Stale())
	a.faults(faults)
	a.report.Gaps = append(a.report.Gaps, gaps...)
	return nil
}

// compareGaps compares the gaps that were found with those the manifest declares;
// where only a share was computed again, those that lie in it.
func (a *audit) compareGaps(context.Context) error {
	found, declares := map[Gap]bool{}, map[Gap]bool{}
	for _, g := range a.report.Gaps {
		found[g] = true
	}
	for _, g := range a.manifest.Gaps {
		declares[g] = true
	}
	undeclared := a.report.Gaps
	if a.silence != nil {
		undeclared = joinGaps(undeclared, a.silence.undeclared(a.manifest.Gaps))
	}
	for _, g := range undeclared {
		if !declares[g] {
			a.fault("continuity", g.Agent, "ask who made the bundle for the missing leaves", "a gap that the manifest does not declare: %s", g)
		}
	}
	for _, g := range a.manifest.Gaps {
		if found[g] {
			continue
		}
		if a.share.Part > 0 && a.silence != nil && g.Agent == anyAgent && !a.silence.looked(g) {
			a.report.Gaps = joinGaps(a.report.Gaps, []Gap{g}) // taken at its word
			continue
		}
		a.fault("continuity", g.Agent, "ask who made the bundle why", "the manifest declares a gap that the leaves do not show: %s", g)
	}
	return nil
}

// readSums reads the list of digests and checks that it names every file.
func (a *audit) readSums(ctx context.Context) error {
	a.sums, a.listed = make([][sha256.Size]byte, len(a.bundle.entries)), make([]bool, len(a.bundle.entries))
	i, found := a.bundle.index[SumsName]
	if !found {
		a.fault("manifest", SumsName, fetchAgain, "is missing: nobody vouches for the files")
		return nil
	}
	_, digest, sound, err := a.bundle.sum(i, false)
	if err != nil {
		return err
	}
	if hex.EncodeToString(digest[:]) != a.manifest.Sums || !sound {
		a.fault("manifest", SumsName, fetchAgain, "has SHA-256 %x, the manifest says %s", digest, a.manifest.Sums)
	}
	if err := a.parseSums(i); err != nil {
		return err
	}
	for i, e := range a.bundle.entries {
		switch {
		case e.name == ManifestName || e.name == SignatureName:
			if _, _, sound, err := a.bundle.sum(i, false); err != nil {
				return err
			} else if !sound {
				a.fault("container", e.name, fetchAgain, "does not have the checksum its header gives")
			}
		case !a.listed[i] && e.name != SumsName:
			a.fault("manifest", e.name, fetchAgain, "is in the bundle but not listed in %s", SumsName)
		}
	}
	return a.plainFiles(ctx)
}

// plainFiles compares the files that are neither tiles nor leaves, which are
// read by others, with their digests.
func (a *audit) plainFiles(ctx context.Context) error {
	var files []int
	for i, e := range a.bundle.entries {
		if !strings.HasPrefix(e.name, "tile/") && !slices.Contains([]string{SumsName, ManifestName, SignatureName}, e.name) {
			files = append(files, i)
		}
	}
	faults := make([][]Fault, len(files))
	err := parallel(ctx, len(files), func(k int) error {
		var err error
		_, faults[k], err = a.check(files[k], false)
		return err
	})
	for _, f := range faults {
		a.faults(f)
	}
	if i, found := a.bundle.index[ReadmeName]; found && !a.holds(i, readme(a.manifest)) {
		a.fault("views", ReadmeName, "do not rely on this page; read docs/bundle.md", "differs from the page this program writes")
	}
	return err
}
