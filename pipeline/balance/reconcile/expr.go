package reconcile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Expr is what an equation sets to zero: a text, or a value that a program
// builds. A value is solved as its text would be, read back; String writes that
// text. The zero Expr says nothing.
type Expr struct {
	form   form
	text   string // of a text; the id of a quantity
	number float64
	parts  []part
}

// form says what an expression is.
type form byte

const (
	noForm form = iota
	textForm
	numberForm
	idForm
	sumForm
	productForm
	expForm
	equationForm // left less right
)

// part is a term of a sum or a factor of a product.
type part struct {
	Expr
	inverse bool // taken off the sum, or a divisor
}

// Text is an expression in the format of `nielu reconcile`.
func Text(text string) Expr { return Expr{form: textForm, text: text} }

// Number is a number of 0 or more.
func Number(x float64) Expr { return Expr{form: numberForm, number: x} }

// ID is a quantity of the problem.
func ID(id string) Expr { return Expr{form: idForm, text: id} }

// Exp is e to the power of an exponent.
func Exp(exponent Expr) Expr { return Expr{form: expForm, parts: []part{{Expr: exponent}}} }

// Equals is the equation that both sides are the same.
func (e Expr) Equals(right Expr) Expr {
	return Expr{form: equationForm, parts: []part{{Expr: e}, {Expr: right, inverse: true}}}
}

// Plus adds a term; the zero Expr and a term are the term.
func (e Expr) Plus(term Expr) Expr { return e.with(sumForm, term, false) }

// Minus takes a term off.
func (e Expr) Minus(term Expr) Expr { return e.with(sumForm, term, true) }

// Times multiplies by a factor.
func (e Expr) Times(factor Expr) Expr { return e.with(productForm, factor, false) }

// Over divides by a divisor; the zero Expr stands for 1.
func (e Expr) Over(divisor Expr) Expr {
	if !e.Known() {
		e = Number(1)
	}
	return e.with(productForm, divisor, true)
}

// with adds a part to a sum or product, or begins one.
func (e Expr) with(f form, next Expr, inverse bool) Expr {
	var parts []part
	switch {
	case e.form == f:
		parts = slices.Clip(e.parts)
	case e.Known():
		parts = []part{{Expr: e}}
	case !inverse:
		return next
	}
	return Expr{form: f, parts: append(parts, part{Expr: next, inverse: inverse})}
}

// Known tells whether the expression says anything.
func (e Expr) Known() bool { return e.form != noForm }

// Zero tells whether it is the number 0.
func (e Expr) Zero() bool { return e.form == numberForm && e.number == 0 }

// Same tells whether two expressions are built alike.
func (e Expr) Same(o Expr) bool {
	return e.form == o.form && e.text == o.text && e.number == o.number &&
		slices.EqualFunc(e.parts, o.parts, func(a, b part) bool { return a.inverse == b.inverse && a.Same(b.Expr) })
}

// Factor returns what a product multiplies a first factor by, that factor being
// a product too or a single quantity; false if it does not begin with it.
func (e Expr) Factor(first Expr) (rest Expr, ok bool) {
	factors := func(x Expr) []part {
		if x.form == productForm {
			return x.parts
		}
		return []part{{Expr: x}}
	}
	all, head := factors(e), factors(first)
	if !e.Known() || len(head) > len(all) || !(Expr{parts: all[:len(head)]}).Same(Expr{parts: head}) {
		return Expr{}, false
	}
	for _, p := range all[len(head):] {
		rest = rest.with(productForm, p.Expr, p.inverse)
	}
	return rest, true
}

// IDs returns the quantities of the expression in the order of its text, each
// as often as it stands there.
func (e Expr) IDs() (all []string) {
	if e.form == idForm {
		all = append(all, e.text)
	}
	for _, p := range e.parts {
		all = append(all, p.IDs()...)
	}
	return all
}

// String writes the expression in the format of `nielu reconcile`.
func (e Expr) String() string {
	switch e.form {
	case textForm, idForm:
		return e.text
	case numberForm:
		return strconv.FormatFloat(e.number, 'g', -1, 64)
	case expForm:
		return "exp(" + e.parts[0].String() + ")"
	case equationForm:
		return e.parts[0].String() + " = " + e.parts[1].String()
	}
	var b strings.Builder
	signs := [2]string{" + ", " - "}
	if e.form == productForm {
		signs = [2]string{" * ", " / "}
	}
	for i, p := range e.parts {
		sign := signs[0]
		if p.inverse {
			sign = signs[1]
		}
		switch {
		case i > 0:
			b.WriteString(sign)
		case p.inverse: // a sum that begins with what is taken off
			b.WriteString(strings.TrimLeft(sign, " "))
		}
		text := p.String()
		if p.form == sumForm || p.form == productForm && e.form == productForm {
			text = "(" + text + ")"
		}
		b.WriteString(text)
	}
	return b.String()
}

// code writes the expression as the parser writes its text.
func (e Expr) code(w *codeWriter, find func(id string) (int, error)) error {
	return e.negated(w, find, false)
}

// negated writes the expression; of what a sum begins by taking off, the first
// factor is negated.
func (e Expr) negated(w *codeWriter, find func(id string) (int, error), negate bool) error {
	switch e.form {
	case noForm, textForm:
		return fmt.Errorf("%q is no part of an expression that is built", e.text)
	case numberForm:
		w.emit(instruction{do: opNumber, number: e.number})
	case idForm:
		at, err := find(e.text)
		if err != nil {
			return err
		}
		w.quantity(at)
	case expForm:
		if err := e.parts[0].code(w, find); err != nil {
			return err
		}
		w.emit(instruction{do: opExp})
	case productForm:
		for i, p := range e.parts {
			if err := p.negated(w, find, negate && i == 0); err != nil {
				return err
			}
			w.join(i, p.inverse, opMultiply, opDivide)
		}
		return nil
	default:
		for i, p := range e.parts {
			if err := p.negated(w, find, i == 0 && p.inverse); err != nil {
				return err
			}
			w.join(i, p.inverse, opAdd, opSubtract)
		}
	}
	if negate {
		w.emit(instruction{do: opNegate})
	}
	return nil
}
