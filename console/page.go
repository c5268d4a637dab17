package console

import (
	"compress/gzip"
	"embed"
	"net/http"
	"path"
	"strings"
)

//go:embed page
var pageFiles embed.FS

// pageFile is one file of the page, ready to be sent.
type pageFile struct {
	kind         string
	body, zipped []byte
}

// pageHandler serves / and /page/NAME. The files are read and compressed once.
func pageHandler() http.Handler {
	files := map[string]pageFile{}
	entries, err := pageFiles.ReadDir("page")
	if err != nil {
		panic("console: " + err.Error()) // embedded, so present
	}
	for _, e := range entries {
		body, err := pageFiles.ReadFile(path.Join("page", e.Name()))
		if err != nil {
			panic("console: " + err.Error())
		}
		files[e.Name()] = pageFile{kind: contentType(e.Name()), body: body, zipped: zip(body, gzip.BestCompression)}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/page/")
		if r.URL.Path == "/" {
			name = "index.html"
		}
		file, ok := files[name]
		if !ok {
			refuse(w, http.StatusNotFound, problem{"the page has no file " + r.URL.Path, "load / again"})
			return
		}
		w.Header().Set("Content-Type", file.kind)
		serveBytes(w, r, file.body, file.zipped)
	})
}

func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return "application/octet-stream"
}
