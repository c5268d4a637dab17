package reconcile

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func find(id string) (int, error) { return strings.Index("abcd", id), nil }

// A value is solved as its text is: both become the same steps, bit for bit.
func TestAValueIsItsText(t *testing.T) {
	ids := []string{"a", "b", "c", "d"}
	var draw func(t *rapid.T, deep int) Expr
	draw = func(t *rapid.T, deep int) Expr {
		kind := rapid.IntRange(0, 4).Draw(t, "kind")
		if deep == 0 {
			kind %= 2
		}
		var e Expr
		switch kind {
		case 0:
			return ID(rapid.SampledFrom(ids).Draw(t, "id"))
		case 1:
			return Number(rapid.Float64Range(0, 1e9).Draw(t, "number"))
		case 2:
			return Exp(draw(t, deep-1))
		case 3:
			for range rapid.IntRange(1, 4).Draw(t, "terms") {
				if next := draw(t, deep-1); rapid.Bool().Draw(t, "off") {
					e = e.Minus(next)
				} else {
					e = e.Plus(next)
				}
			}
		default:
			for range rapid.IntRange(1, 4).Draw(t, "factors") {
				if next := draw(t, deep-1); rapid.Bool().Draw(t, "over") {
					e = e.Over(next)
				} else {
					e = e.Times(next)
				}
			}
		}
		return e
	}
	rapid.Check(t, func(t *rapid.T) {
		e := draw(t, 4)
		if rapid.Bool().Draw(t, "equation") {
			e = e.Equals(draw(t, 3))
		}
		built, err := compile(e, find)
		if err != nil {
			t.Fatal(err)
		}
		read, err := parseExpression(e.String(), find)
		if err != nil {
			t.Fatalf("%s: %v", e, err)
		}
		if !reflect.DeepEqual(built, read) {
			t.Fatalf("%s\nbuilt %+v\nread  %+v", e, built, read)
		}
	})
}

func TestAValueReadsAsPeopleWriteIt(t *testing.T) {
	dry := ID("m").Times(Number(1).Minus(ID("w")))
	for want, e := range map[string]Expr{
		"m * (1 - w) * c":              dry.Times(ID("c")),
		"- m * (1 - w) + 3.6 * p":      Expr{}.Minus(dry).Plus(Number(3.6).Times(ID("p"))),
		"(e - s) / h":                  ID("e").Minus(ID("s")).Over(ID("h")),
		"v * (p / 101325) / 22.4":      ID("v").Times(ID("p").Over(Number(101325))).Over(Number(22.4)),
		"a - (b + c) = d":              ID("a").Minus(ID("b").Plus(ID("c"))).Equals(ID("d")),
		"exp(17.62 * (t - 273) / 1.5)": Exp(Number(17.62).Times(ID("t").Minus(Number(273))).Over(Number(1.5))),
		"1 / a":                        Expr{}.Over(ID("a")),
	} {
		if e.String() != want {
			t.Errorf("%s, want %s", e, want)
		}
	}
	if rest, ok := dry.Times(ID("c")).Factor(dry); !ok || !rest.Same(ID("c")) {
		t.Errorf("what dry char is multiplied by: %s, %v", rest, ok)
	}
	if _, ok := ID("m").Times(ID("c")).Factor(dry); ok {
		t.Error("wet char begins with dry char")
	}
	if _, err := compile(ID("a").Plus(Text("a + b")), find); err == nil {
		t.Error("a text within a value was taken")
	}
}
