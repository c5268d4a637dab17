package centre

import (
	"github.com/nielu/nielu/console"
	"github.com/nielu/nielu/evidence"
	"github.com/nielu/nielu/measure/strict"
)

// keysOf reads a list of verifier texts.
func keysOf(x strict.Node) (keys []string) {
	for _, item := range x.List() {
		if _, _, err := evidence.PublicKey(item.Text()); err != nil {
			item.Fault("%v", err)
		}
		keys = append(keys, item.Text())
	}
	return keys
}

// authors reads who may enter records: { name: shift lead 2, token_file: lead.token }.
func (c *Config) authors(x strict.Node) {
	for _, item := range x.List() {
		f := item.Fields("name", "token_file")
		item.Need(f, "name", "token_file")
		c.Authors = append(c.Authors, console.Author{Name: f["name"].Text(), TokenFile: c.beside(f["token_file"].Text())})
	}
}
