package report_test

import (
	"testing"

	"github.com/nielu/nielu/pipeline/report"
	"github.com/nielu/nielu/pipeline/report/reporttest"
)

func BenchmarkHTML(b *testing.B) { reporttest.Benchmark(b, report.HTML) }
