package report

import (
	"html/template"
	"testing"

	"pgregory.net/rapid"
)

// Text is escaped as package html/template does it between tags and in quotes.
func TestPageEscapesText(t *testing.T) {
	reference := template.Must(template.New("").Parse(`<a title="{{.}}">{{.}}</a>`))
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("\x00\"&'+<>%s/=` a")))).Draw(t, "text")
		var want, got pageWriter
		if err := reference.Execute(&want, text); err != nil {
			t.Fatal(err)
		}
		got.put(`<a title="%s">%s</a>`, text, text)
		if got.String() != want.String() {
			t.Fatalf("%q, html/template writes %q", got.String(), want.String())
		}
	})
}
