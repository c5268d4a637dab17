package report

import "testing"

func BenchmarkReport(b *testing.B) {
	in := world(b)
	for name, way := range ways {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				data := must(way(in))(b)
				b.SetBytes(int64(len(data)))
			}
		})
	}
}
