package reconcile

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/nielu/nielu/measure/elementary"
)

// operation is one step of an expression in reverse Polish order.
type operation byte

const (
	opNumber operation = iota
	opQuantity
	opAdd
	opSubtract
	opMultiply
	opDivide
	opPower
	opNegate
	opSqrt
	opExp
	opLn
)

type instruction struct {
	do     operation
	local  int     // opQuantity: index into expression.of
	number float64 // opNumber
}

// expression is `left - right` of one equation. It is evaluated with forward-
// mode dual numbers: each value carries its derivatives, which are exact.
type expression struct {
	code  []instruction
	of    []int // quantities, in order of first appearance
	depth int   // of the stack
}

// deepest bounds the nesting of an expression.
const deepest = 200

// compile brings an expression into the form in which it is solved.
func compile(e Expr, find func(id string) (int, error)) (*expression, error) {
	if e.form == textForm || !e.Known() {
		return parseExpression(e.text, find)
	}
	w := codeWriter{out: &expression{}}
	err := e.code(&w, find)
	return w.out, err
}

// parseExpression reads an equation over the quantities that find knows.
//
//	equation = sum [ "=" sum ]
//	sum      = product { ("+" | "-") product }
//	product  = factor { ("*" | "/") factor }
//	factor   = "-" factor | power
//	power    = primary [ "^" factor ]
//	primary  = number | id | ("sqrt" | "exp" | "ln") "(" sum ")" | "(" sum ")"
func parseExpression(text string, find func(id string) (int, error)) (*expression, error) {
	p := expressionParser{codeWriter: codeWriter{out: &expression{}}, text: text, find: find}
	p.sum()
	if p.take('=') {
		p.sum()
		p.emit(instruction{do: opSubtract})
	}
	if p.blank(); p.err == nil && p.at < len(p.text) {
		p.fail("unexpected %q", p.text[p.at:min(len(p.text), p.at+10)])
	}
	if p.err != nil {
		return nil, p.err
	}
	return p.out, nil
}

// codeWriter writes an expression step by step.
type codeWriter struct {
	out     *expression
	stacked int
}

type expressionParser struct {
	codeWriter
	text   string
	at     int
	nested int
	find   func(string) (int, error)
	err    error
}

func (p *expressionParser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("at character %d: %s", utf8.RuneCountInString(p.text[:min(p.at, len(p.text))])+1, fmt.Sprintf(format, args...))
	}
}

func (p *expressionParser) blank() {
	for p.at < len(p.text) && (p.text[p.at] == ' ' || p.text[p.at] == '\t' || p.text[p.at] == '\n' || p.text[p.at] == '\r') {
		p.at++
	}
}

func (p *expressionParser) peek() byte {
	if p.blank(); p.at < len(p.text) && p.err == nil {
		return p.text[p.at]
	}
	return 0
}

func (p *expressionParser) take(c byte) bool {
	if p.peek() != c {
		return false
	}
	p.at++
	return true
}

func (w *codeWriter) emit(i instruction) {
	switch i.do {
	case opNumber, opQuantity:
		w.stacked++
		w.out.depth = max(w.out.depth, w.stacked)
	case opAdd, opSubtract, opMultiply, opDivide, opPower:
		w.stacked--
	}
	w.out.code = append(w.out.code, i)
}

// quantity writes the value of a quantity.
func (w *codeWriter) quantity(at int) {
	local := slices.Index(w.out.of, at)
	if local < 0 {
		local, w.out.of = len(w.out.of), append(w.out.of, at)
	}
	w.emit(instruction{do: opQuantity, local: local})
}

// join writes how a part, the i-th, is joined to those before it.
func (w *codeWriter) join(i int, inverse bool, do, undo operation) {
	switch {
	case i == 0:
	case inverse:
		w.emit(instruction{do: undo})
	default:
		w.emit(instruction{do: do})
	}
}

func (p *expressionParser) sum() {
	p.product()
	for {
		switch {
		case p.take('+'):
			p.product()
			p.emit(instruction{do: opAdd})
		case p.take('-'):
			p.product()
			p.emit(instruction{do: opSubtract})
		default:
			return
		}
	}
}

func (p *expressionParser) product() {
	p.factor()
	for {
		switch {
		case p.take('*'):
			p.factor()
			p.emit(instruction{do: opMultiply})
		case p.take('/'):
			p.factor()
			p.emit(instruction{do: opDivide})
		default:
			return
		}
	}
}

func (p *expressionParser) factor() {
	if p.nested++; p.nested > deepest {
		p.fail("nested deeper than %d", deepest)
	}
	defer func() { p.nested-- }()
	if p.take('-') {
		p.factor()
		p.emit(instruction{do: opNegate})
		return
	}
	p.primary()
	if p.take('^') {
		from := len(p.out.code)
		p.factor()
		p.fold(from)
		p.emit(instruction{do: opPower})
	}
}

// fold turns an exponent without quantities into one number, so that its
// logarithm is never asked for.
func (p *expressionParser) fold(from int) {
	for _, i := range p.out.code[from:] {
		if i.do == opQuantity {
			return
		}
	}
	if p.err != nil {
		return
	}
	constant := expression{code: p.out.code[from:], depth: p.out.depth}
	number, _, ok := constant.at(nil, nil)
	if !ok {
		p.fail("the exponent is not a number")
	}
	p.out.code = append(p.out.code[:from], instruction{do: opNumber, number: number})
}

func (p *expressionParser) primary() {
	c := p.peek()
	first, _ := utf8.DecodeRuneInString(p.text[min(p.at, len(p.text)):])
	switch {
	case p.err != nil:
	case c == 0:
		p.fail("something is missing at the end")
	case c == '(':
		p.at++
		p.sum()
		if !p.take(')') {
			p.fail("a closing parenthesis is missing")
		}
	case c >= '0' && c <= '9' || c == '.':
		p.number()
	case first == '_' || unicode.IsLetter(first):
		p.name()
	default:
		p.fail("unexpected %q", first)
	}
}

func (p *expressionParser) number() {
	from := p.at
	digits := func() {
		for p.at < len(p.text) && p.text[p.at] >= '0' && p.text[p.at] <= '9' {
			p.at++
		}
	}
	digits()
	if p.at < len(p.text) && p.text[p.at] == '.' {
		p.at++
		digits()
	}
	if p.at < len(p.text) && (p.text[p.at] == 'e' || p.text[p.at] == 'E') {
		p.at++
		if p.at < len(p.text) && (p.text[p.at] == '+' || p.text[p.at] == '-') {
			p.at++
		}
		digits()
	}
	x, err := strconv.ParseFloat(p.text[from:p.at], 64)
	if err != nil {
		p.fail("%q is not a number that fits", p.text[from:p.at])
	}
	p.emit(instruction{do: opNumber, number: x})
}

func (p *expressionParser) name() {
	from := p.at
	for p.at < len(p.text) {
		r, size := utf8.DecodeRuneInString(p.text[p.at:])
		if r != '.' && !isWord(r) {
			break
		}
		p.at += size
	}
	id := p.text[from:p.at]
	if p.peek() == '(' {
		do, known := map[string]operation{"sqrt": opSqrt, "exp": opExp, "ln": opLn}[id]
		if !known {
			p.fail("unknown function %q; known are sqrt, exp, ln", id)
			return
		}
		p.primary()
		p.emit(instruction{do: do})
		return
	}
	at, err := p.find(id)
	if err != nil {
		p.fail("%v", err)
		return
	}
	p.quantity(at)
}

func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// isID reports letters, digits and underscores that do not start with a digit.
func isID(id string) bool {
	for i, r := range id {
		if !isWord(r) || i == 0 && unicode.IsDigit(r) {
			return false
		}
	}
	return id != ""
}

// at returns the value at z, adds its derivatives to slope, and the largest
// value met on the way, against which zero is judged. It is not ok where the
// expression or a derivative is not finite.
func (e *expression) at(z, slope []float64) (result, size float64, ok bool) {
	n := len(e.of)
	values, slopes := make([]float64, e.depth), make([]float64, e.depth*n)
	top := -1
	for _, i := range e.code {
		switch i.do {
		case opNumber, opQuantity:
			top++
			d := slopes[top*n : top*n+n]
			clear(d)
			if values[top] = i.number; i.do == opQuantity {
				values[top] = z[e.of[i.local]]
				d[i.local] = 1
			}
		case opAdd, opSubtract, opMultiply, opDivide, opPower:
			top--
			values[top] = combine(i.do, values[top], values[top+1], slopes[top*n:top*n+n], slopes[top*n+n:top*n+2*n])
		default:
			values[top] = apply(i.do, values[top], slopes[top*n:top*n+n])
		}
		size = math.Max(size, math.Abs(values[top]))
	}
	if !finite(values[0]) {
		return 0, 0, false
	}
	for k, at := range e.of {
		if slope[at] += slopes[k]; !finite(slopes[k]) {
			return 0, 0, false
		}
	}
	return values[0], size, true
}

// finite asks by comparison: x-x of a product could be fused to its rounding.
func finite(x float64) bool { return math.Abs(x) <= math.MaxFloat64 }

// combine returns x op y and turns the slopes dx of x into those of the result.
func combine(do operation, x, y float64, dx, dy []float64) float64 {
	byX, byY, result := 1.0, 1.0, x+y
	switch do {
	case opSubtract:
		byY, result = -1, x-y
	case opMultiply:
		byX, byY, result = y, x, float64(x*y)
	case opDivide:
		result = x / y
		byX, byY = 1/y, -result/y
	case opPower:
		result = elementary.Power(x, y)
		byX, byY = 0, 0
		if y != 0 {
			byX = float64(y * elementary.Power(x, y-1))
		}
		for _, d := range dy {
			if d != 0 {
				byY = float64(result * elementary.Log(x))
			}
		}
	}
	for k := range dx {
		a, b := 0.0, 0.0
		if dx[k] != 0 {
			a = float64(byX * dx[k])
		}
		if dy[k] != 0 {
			b = float64(byY * dy[k])
		}
		dx[k] = a + b
	}
	return result
}

// apply returns f(x) and turns the slopes of x into those of the result.
func apply(do operation, x float64, dx []float64) float64 {
	by, result := -1.0, -x
	switch do {
	case opSqrt:
		result = math.Sqrt(x)
		by = 0.5 / result
	case opExp:
		result = elementary.Exp(x)
		by = result
	case opLn:
		result = elementary.Log(x)
		by = 1 / x
	}
	for k := range dx {
		if dx[k] != 0 {
			dx[k] = float64(by * dx[k])
		}
	}
	return result
}
