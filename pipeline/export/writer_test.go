//go:build !windows

package export_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/nielu/nielu/devices"
	"github.com/nielu/nielu/evidence/writer"
	"github.com/nielu/nielu/ingest"
	"github.com/nielu/nielu/pipeline/export"
)

// A log on a disk gives the statement and the bundle that the log in memory of
// these tests gives of the same leaves, to the byte.
func TestALogOnADiskGivesTheSame(t *testing.T) {
	w, bundle := ordinary(t)
	log, err := writer.Open(t.Context(), t.TempDir()+"/log", writer.Options{Key: w.logKey, BatchAge: time.Millisecond, CheckpointEvery: 100 * time.Millisecond})
	w.must(err)
	defer log.Close()
	for i, leaf := range w.leaves {
		if index, err := log.Append(t.Context(), leaf); err != nil || index != uint64(i) {
			t.Fatalf("leaf %d: %d, %v", i, index, err)
		}
	}
	_, err = log.Published(t.Context(), uint64(len(w.leaves)))
	w.must(err)
	m := w.maker()
	m.Log = log.Reader
	onDisk := w.export(m, export.Query{Plant: plant, Interval: hour})
	if !bytes.Equal(onDisk, bundle) {
		t.Error("the bundle is another")
	}
	if report := w.verify(onDisk); report.Result != export.Verified {
		t.Errorf("%s %v %v", report.Result, report.Faults, report.Gaps)
	}
	if text := w.statementFrom(&ingest.Reader{Log: log, Decode: devices.Decode}).Text(); !bytes.Equal(text, w.statement().Text()) {
		t.Errorf("the statement is another:\n%s", text)
	}
}
