package export_test
import ("testing";"time";"strings";"github.com/nielu/nielu/pipeline/export")
func BenchmarkSize(b *testing.B){
 for _, l := range []time.Duration{time.Minute, 10*time.Second} {
 w,q:=day(b,l)
 bundle,_:=export.Build(b.Context(), w.maker(), q)
 files,_:=export.Read(bundle)
 m:=map[string]int{}
 for _,f:=range files { d,_,_:=strings.Cut(f.Name,"/"); if strings.HasPrefix(f.Name,"views/r"){d=f.Name}; m[d]+=len(f.Data) }
 b.Log(l, len(bundle), len(files), m)
 }
}
