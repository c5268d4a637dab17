package export

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

// Progress is told how far a long walk has come; nil: nobody listens. It may
// be called from several goroutines.
type Progress func(what string, done, total int)

// Verify checks everything a bundle claims, with the keys of the policy, and
// reports all it finds. It changes nothing and reaches for nothing outside
// its arguments. Only a cancelled context makes it return an error.
func Verify(ctx context.Context, bundle []byte, policy Policy, forms Forms, progress Progress) (*Report, error) {
	if progress == nil {
		progress = func(string, int, int) {}
	}
	a := &audit{forms: forms, policy: policy, progress: progress, report: &Report{
		Faults: []Fault{}, Gaps: []Gap{}, Coverage: []TagCoverage{}, Statements: []StatementResult{}, Notes: []string{}, Keys: []KeyUsed{},
	}}
	if a.container(bundle) && a.readManifest() {
		a.manifestSignature()
		a.checkCheckpoint()
		for _, step := range []func(context.Context) error{a.openLeaves, a.signatures, a.continuity, a.recompute} {
			if err := step(ctx); err != nil {
				return nil, fmt.Errorf("verify bundle: %w", err)
			}
		}
		a.declared()
		a.readme()
	} else {
		a.report.Result = Unusable
		return a.report, nil
	}
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
	forms    Forms
	policy   Policy
	progress Progress
	report   *Report

	files      []File
	byName     map[string][]byte
	manifest   Manifest
	checkpoint Checkpoint
	trusted    bool     // the checkpoint's signature holds
	leaves     []opened // by index; only those that could be opened and are included
	enrolled   []enrolled
}

func (a *audit) fault(check, where, do, format string, args ...any) {
	a.report.Faults = append(a.report.Faults, Fault{check, where, fmt.Sprintf(format, args...), do})
}

const fetchAgain = "fetch the bundle again; if the fault stays, ask who made it"

// container reads the archive and compares it with the one way of writing it.
func (a *audit) container(bundle []byte) bool {
	files, err := Read(bundle)
	if err != nil {
		a.fault("container", "byte 0", fetchAgain, "%v", err)
		return false
	}
	a.byName = make(map[string][]byte, len(files))
	for _, f := range files {
		if _, twice := a.byName[f.Name]; twice {
			a.fault("container", f.Name, fetchAgain, "is in the archive twice")
			continue
		}
		a.byName[f.Name] = f.Data
		a.files = append(a.files, f)
	}
	if at, name := Compare(bundle, files); at >= 0 {
		a.fault("container", cmp.Or(name, "end of the archive"), fetchAgain,
			"byte %d is not what writing these files again gives: the archive was changed, or made by another program", at)
	}
	return true
}

// readManifest reads the manifest and compares every file with it.
func (a *audit) readManifest() bool {
	data, found := a.byName[ManifestName]
	if !found {
		a.fault("manifest", ManifestName, fetchAgain, "is missing")
		return false
	}
	m, err := ParseManifest(data)
	if err != nil {
		a.fault("manifest", ManifestName, fetchAgain, "%v", err)
		return false
	}
	a.manifest = m
	r := a.report
	r.Plant, r.From, r.To, r.Log, r.Size, r.Root = m.Plant, m.From, m.To, m.Log.Origin, m.Log.Size, m.Log.Root

	listed := make(map[string]bool, len(m.Files))
	for i, f := range m.Files {
		if listed[f.Name] || i > 0 && byPlace(File{Name: m.Files[i-1].Name}, File{Name: f.Name}) >= 0 {
			a.fault("manifest", ManifestName, fetchAgain, "%s is listed twice or out of order", f.Name)
		}
		listed[f.Name] = true
		got, found := a.byName[f.Name]
		sum := sha256.Sum256(got)
		switch {
		case !found:
			a.fault("manifest", f.Name, fetchAgain, "is listed in the manifest but not in the bundle")
		case len(got) != f.Size || hex.EncodeToString(sum[:]) != f.SHA256:
			a.fault("manifest", f.Name, fetchAgain, "has SHA-256 %x and %d bytes, the manifest says %s and %d", sum, len(got), f.SHA256, f.Size)
		}
	}
	for _, f := range a.files {
		if !known(f.Name) {
			a.fault("manifest", f.Name, "do not rely on this file; nothing vouches for it", "is no part of a bundle")
		}
		if !listed[f.Name] && f.Name != ManifestName && f.Name != SignatureName {
			a.fault("manifest", f.Name, fetchAgain, "is in the bundle but not listed in the manifest")
		}
	}
	return true
}

// known tells whether a bundle has files of this name.
func known(name string) bool {
	folder, _, inFolder := strings.Cut(name, "/")
	if inFolder {
		return folder == "leaves" || folder == "proofs" || folder == "views"
	}
	return name == ReadmeName || name == ManifestName || name == SignatureName || name == CheckpointName
}

// manifestSignature checks the maker's signature.
func (a *audit) manifestSignature() {
	const do = "check the export key in the policy; if it is right, somebody else made this bundle"
	note, found := a.byName[SignatureName]
	if !found {
		a.fault("manifest", SignatureName, fetchAgain, "is missing: nobody vouches for the manifest")
		return
	}
	text, err := a.checkNote("export", note, a.policy.Exports)
	if err != nil {
		a.fault("manifest", SignatureName, do, "%v", err)
	} else if want := signedText(a.byName[ManifestName]); string(text) != want {
		a.fault("manifest", SignatureName, do, "signs %q, but the manifest in the bundle is %q", text, want)
	}
	if bytes.Count(note, []byte("\n— ")) != 1 || !strictSignatures(note) {
		a.fault("manifest", SignatureName, do, "must carry exactly one signature in its canonical spelling")
	}
}

// checkNote checks a note with the policy's keys or, if it has none of this
// role, with the key that the bundle's manifest names, and records which.
func (a *audit) checkNote(role string, note []byte, keys []string) (text []byte, err error) {
	from := "policy"
	if len(keys) == 0 {
		from, keys = "bundle", a.manifest.keys(role)
	}
	err = fmt.Errorf("no %s key to check it with", role)
	for _, key := range keys {
		if text, err = a.forms.Note(note, key); err == nil {
			a.report.Keys = append(a.report.Keys, KeyUsed{role, key, from})
			return text, nil
		}
	}
	return nil, fmt.Errorf("not signed by the %s key (from the %s): %w", role, from, err)
}

// strictSignatures tells whether the signatures of a note are spelled in the
// only way this package accepts.
func strictSignatures(note []byte) bool {
	_, signatures, found := strings.Cut(string(note), "\n\n")
	for line := range strings.Lines(signatures) {
		name, value, both := strings.Cut(strings.TrimPrefix(strings.TrimSuffix(line, "\n"), "— "), " ")
		if _, err := strict.DecodeString(value); err != nil || !both || name == "" || !strings.HasSuffix(line, "\n") {
			return false
		}
	}
	return found
}

// checkCheckpoint checks the log's signature on its size and root.
func (a *audit) checkCheckpoint() {
	const do = "check the log key in the policy; if it is right, this is not the log it claims to be"
	note, found := a.byName[CheckpointName]
	if !found {
		a.fault("checkpoint", CheckpointName, fetchAgain, "is missing: no entry can be proven")
		return
	}
	c, err := ParseCheckpoint(note)
	if err != nil {
		a.fault("checkpoint", CheckpointName, fetchAgain, "%v", err)
		return
	}
	a.checkpoint = c
	if l := a.manifest.Log; c.Origin != l.Origin || c.Size != l.Size || hexHash(c.Root) != l.Root {
		a.fault("checkpoint", CheckpointName, fetchAgain, "is of %s with %d entries and root %x, the manifest says %s, %d, %s", c.Origin, c.Size, c.Root, l.Origin, l.Size, l.Root)
	}
	if _, err := a.checkNote("log", note, a.policy.Logs); err != nil {
		a.fault("checkpoint", CheckpointName, do, "%v", err)
		return
	}
	if name := keyName(a.report.Keys[len(a.report.Keys)-1].Key); name != c.Origin {
		a.fault("checkpoint", CheckpointName, do, "is of the log %s, but the key is named %s", c.Origin, name)
	}
	a.trusted = true
	a.report.Independent = len(a.policy.Logs) > 0 && len(a.policy.Exports) > 0
}

// openLeaves checks each entry's place in the log and opens it.
func (a *audit) openLeaves(ctx context.Context) error {
	type outcome struct {
		leaf   opened
		faults []Fault
	}
	var entries []Entry
	for _, f := range a.files {
		if !strings.HasPrefix(f.Name, "leaves/") {
			continue
		}
		var index uint64
		if n, err := fmt.Sscanf(f.Name, "leaves/%d.bin", &index); n != 1 || err != nil || f.Name != leafName(index) {
			a.fault("inclusion", f.Name, fetchAgain, "is not named after an index of the log")
			continue
		}
		entries = append(entries, Entry{index, f.Data})
	}
	for _, f := range a.files {
		if number, isProof := strings.CutPrefix(f.Name, "proofs/"); isProof {
			if _, found := a.byName["leaves/"+strings.TrimSuffix(number, ".tlog-proof")+".bin"]; !found {
				a.fault("inclusion", f.Name, fetchAgain, "proves an entry that is not in the bundle")
			}
		}
	}
	outcomes := make([]outcome, len(entries))
	err := parallel(ctx, len(entries), func(i int) {
		outcomes[i].leaf, outcomes[i].faults = a.openLeaf(entries[i])
		a.progress("proofs", i, len(entries))
	})
	for _, o := range outcomes {
		a.report.Faults = append(a.report.Faults, o.faults...)
		if len(o.faults) == 0 {
			a.leaves = append(a.leaves, o.leaf)
		}
	}
	a.report.Leaves = len(entries)
	return err
}

// openLeaf checks one entry's inclusion proof and opens it.
func (a *audit) openLeaf(e Entry) (l opened, faults []Fault) {
	fault := func(where, do string, err error) {
		faults = append(faults, Fault{"inclusion", where, err.Error(), do})
	}
	const do = "this entry is not the one the log holds at this place; do not use it, and ask the centre for it again"
	name := proofName(e.Index)
	if text, found := a.byName[name]; !found {
		fault(name, fetchAgain, fmt.Errorf("is missing: nothing proves %s", leafName(e.Index)))
	} else if p, err := ParseProof(text); err != nil {
		fault(name, fetchAgain, err)
	} else if p.Index != e.Index {
		fault(name, do, fmt.Errorf("is for entry %d", p.Index))
	} else if !bytes.Equal(p.Checkpoint, a.byName[CheckpointName]) {
		fault(name, do, fmt.Errorf("is for another checkpoint than the bundle's"))
	} else if err := a.forms.Included(e.Bytes, e.Index, p.Path, a.checkpoint.Size, a.checkpoint.Root); err != nil {
		fault(leafName(e.Index), do, err)
	}
	leaf, err := a.forms.Open(e.Bytes)
	if err != nil {
		fault(leafName(e.Index), "use the release that made the bundle, or ask the centre about this entry", err)
	}
	return opened{e, leaf, a.forms.Hash(e.Bytes)}, faults
}

// continuity follows the agents' chains.
func (a *audit) continuity(context.Context) error {
	plant, err := plantOf(a.leaves, a.manifest.Views.PlantFile, a.manifest.Plant)
	if err != nil {
		a.fault("continuity", leafName(a.manifest.Views.PlantFile), "ask who made the bundle for the plant file", "%v", err)
		return nil
	}
	gaps, faults := chains(a.leaves, a.forms.Missing, a.manifest.Interval(), plant.Lookback())
	a.report.Faults = append(a.report.Faults, faults...)
	a.report.Gaps = append(a.report.Gaps, gaps...)
	return nil
}

// declared compares the gaps that were found with those the manifest declares.
func (a *audit) declared() {
	for _, g := range a.report.Gaps {
		if !slices.Contains(a.manifest.Gaps, g) {
			a.fault("continuity", g.Agent, "ask who made the bundle for the missing leaves", "a gap that the manifest does not declare: %s", g)
		}
	}
	for _, g := range a.manifest.Gaps {
		if !slices.Contains(a.report.Gaps, g) {
			a.fault("continuity", g.Agent, "ask who made the bundle why", "the manifest declares a gap that the leaves do not show: %s", g)
		}
	}
}

// readme compares the page for people with what the manifest makes of it.
func (a *audit) readme() {
	if got, found := a.byName[ReadmeName]; found && !bytes.Equal(got, readme(a.manifest)) {
		a.fault("views", ReadmeName, "do not rely on this page; read docs/bundle.md", "differs from the page this program writes")
	}
}

// parallel calls do(0) to do(n-1) on all processors.
func parallel(ctx context.Context, n int, do func(i int)) error {
	group, ctx := errgroup.WithContext(ctx)
	workers := min(n, runtime.GOMAXPROCS(0))
	for w := range workers {
		group.Go(func() error {
			for i := w; i < n; i += workers {
				if err := ctx.Err(); err != nil {
					return err
				}
				do(i)
			}
			return nil
		})
	}
	return group.Wait()
}
