package print

import (
	"testing"

	"github.com/nielu/nielu/pipeline/report/reporttest"
)

// The laws of every way to show a report.
func TestSameBytes(t *testing.T)  { reporttest.SameBytes(t, PDF) }
func TestDigest(t *testing.T)     { reporttest.Digest(t, PDF) }
func TestInputStays(t *testing.T) { reporttest.InputStays(t, PDF) }

// TestHostileNames holds that no name breaks the paper.
func TestHostileNames(t *testing.T) {
	in, _ := reporttest.HostileNames(t)
	reporttest.Must(PDF(in))(t)
}

// TestEmpty holds that a plant of which nothing is known has a paper.
func TestEmpty(t *testing.T) { reporttest.Must(PDF(reporttest.Empty(t)))(t) }

func BenchmarkPDF(b *testing.B) { reporttest.Benchmark(b, PDF) }
