package alter

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// SyntaxError says where and why a text cannot be read.
type SyntaxError struct {
	At  int // character in the text, the first is 1
	Why string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("character %d: %s", e.At, e.Why) }

type tokenKind int

const (
	word    tokenKind = iota + 1 // unquoted: a keyword or a name
	name                         // quoted, or beside a dot: never a keyword
	literal                      // a string, also hex, bit and national ones
	number                       // also 0x1F and 0b11
	punct                        // one byte
)

// token is one piece of code. Comments and space make no tokens.
type token struct {
	kind       tokenKind
	raw        string // as written
	value      string // word: in upper case (ASCII letters only); name and literal: without quotes; else as written
	start, end int    // bytes of the source
	block      int    // the executable comment it stands in, counted from 1; 0 means none
}

// block is an executable comment whose content counts as code.
type block struct {
	start, end  int    // bytes of the source, with the comment's marks
	open        string // the opening mark with the version gate
	conditional bool   // whether it is code depends on the server's version
	first, last int    // start of its first token and end of its last; -1 when it has none
}

// source is the text with its tokens.
type source struct {
	text   string
	tokens []token
	blocks []block
}

// lexer follows sql_lex.cc of both servers where they matter here: what a name is, what ends a string, which comments are code.
type lexer struct {
	source
	mode   Mode
	at     int
	inside int // the open executable comment, counted from 1; 0 means none
}

func lex(sql string, mode Mode) (source, error) {
	l := lexer{source: source{text: sql}, mode: mode}
	for l.at < len(sql) {
		if err := l.next(); err != nil {
			return source{}, err
		}
	}
	if l.inside > 0 {
		return source{}, l.fault(l.blocks[l.inside-1].start, "the comment that starts here is not closed")
	}
	return l.source, nil
}

func (s *source) fault(at int, why string) error {
	return &SyntaxError{At: utf8.RuneCountInString(s.text[:at]) + 1, Why: why}
}

// peek is the byte n places ahead; 0 past the end, as in the servers' lexers.
func (l *lexer) peek(n int) byte {
	if l.at+n < len(l.text) {
		return l.text[l.at+n]
	}
	return 0
}

func (l *lexer) next() error {
	c := l.text[l.at]
	switch {
	case isSpace(c):
		l.at++
	case c == 0:
		return l.fault(l.at, "a NUL byte is not allowed outside strings")
	case c == '#', c == '-' && l.peek(1) == '-' && isGap(l.peek(2)):
		l.lineComment()
	case c == '/' && l.peek(1) == '*':
		return l.comment()
	case c == '*' && l.peek(1) == '/':
		return l.closeBlock()
	case c == '`', c == '"' && l.mode.AnsiQuotes:
		return l.quotedName(c)
	case c == '\'', c == '"':
		return l.stringLiteral(c)
	case strings.IndexByte("xXbBnN", c) >= 0 && l.peek(1) == '\'':
		return l.prefixed(c)
	case isDigit(c), c == '.' && isDigit(l.peek(1)) && !l.afterWord():
		l.number()
	case isName(c):
		return l.word()
	default:
		l.emit(punct, l.at+1, string(c))
	}
	return nil
}

func (l *lexer) emit(kind tokenKind, end int, value string) {
	l.tokens = append(l.tokens, token{
		kind: kind, raw: l.text[l.at:end], value: value, start: l.at, end: end, block: l.inside,
	})
	if l.inside > 0 {
		b := &l.blocks[l.inside-1]
		if b.first < 0 {
			b.first = l.at
		}
		b.last = end
	}
	l.at = end
}

// stringLiteral reads a string. Strings side by side stay separate tokens.
func (l *lexer) stringLiteral(quote byte) error {
	value, end, ok := l.quoted(l.at, quote, !l.mode.NoBackslashEscapes)
	if !ok {
		return l.fault(l.at, "the string that starts here is not closed")
	}
	l.emit(literal, end, value)
	return nil
}

func (l *lexer) quotedName(quote byte) error {
	value, end, ok := l.quoted(l.at, quote, false)
	switch {
	case !ok:
		return l.fault(l.at, "the quoted name that starts here is not closed")
	case value == "":
		return l.fault(l.at, "the name between the quotes is empty")
	}
	l.emit(name, end, value)
	return nil
}

// prefixed reads x'1F', b'01' and n'text'. Servers take no double quotes here, and no space before the quote.
func (l *lexer) prefixed(prefix byte) error {
	national := prefix|0x20 == 'n'
	value, end, ok := l.quoted(l.at+1, '\'', national && !l.mode.NoBackslashEscapes)
	if !ok {
		return l.fault(l.at, "the literal that starts here is not closed")
	}
	digits := "01"
	if prefix|0x20 == 'x' {
		digits += "23456789abcdefABCDEF"
	}
	if !national && strings.Trim(value, digits) != "" {
		return l.fault(l.at, "the hex or bit literal has a character that is no such digit")
	}
	l.emit(literal, end, value)
	return nil
}

// quoted reads from an opening quote to its end. Doubled quotes stand for one. The value of a backslash escape is kept as written but for
// the backslash: nobody needs more.
func (l *lexer) quoted(from int, quote byte, escapes bool) (value string, end int, ok bool) {
	var b strings.Builder
	for i := from + 1; i < len(l.text); i++ {
		c := l.text[i]
		switch {
		case c == '\\' && escapes && i+1 < len(l.text):
			i++
			b.WriteByte(l.text[i])
		case c == quote && i+1 < len(l.text) && l.text[i+1] == quote:
			i++
			b.WriteByte(quote)
		case c == quote:
			return b.String(), i + 1, true
		default:
			b.WriteByte(c)
		}
	}
	return "", 0, false
}

// word reads an unquoted name or keyword. Beside a dot without space it is never a keyword.
func (l *lexer) word() error {
	end := l.skip(l.at, isName)
	raw := l.text[l.at:end]
	// MySQL 8.0.34 and later take $tag$ for the start of a dollar-quoted string, older servers for a name.
	if l.mode.Flavor != MariaDB && raw[0] == '$' && strings.IndexByte(raw[1:], '$') >= 0 {
		return l.fault(l.at, "a name with a dollar sign at its start and another one must stand between backquotes")
	}
	l.emitWord(end)
	return nil
}

func (l *lexer) emitWord(end int) {
	raw := l.text[l.at:end]
	dotBefore := l.at > 0 && l.text[l.at-1] == '.'
	dotAfter := end+1 < len(l.text) && l.text[end] == '.' && isName(l.text[end+1])
	if dotBefore || dotAfter {
		l.emit(name, end, raw)
		return
	}
	l.emit(word, end, upper(raw))
}

// number reads a number, or a name that starts with digits such as 2fa.
func (l *lexer) number() {
	if l.at > 0 && l.text[l.at-1] == '.' && l.text[l.at] != '.' {
		l.emitWord(l.skip(l.at, isName))
		return
	}
	for _, radix := range []struct {
		mark  byte
		digit func(byte) bool
	}{{'x', isHex}, {'b', isBit}} {
		if l.peek(0) == '0' && l.peek(1) == radix.mark && radix.digit(l.peek(2)) {
			end := l.skip(l.at+2, radix.digit)
			if end == len(l.text) || !isName(l.text[end]) {
				l.emit(number, end, l.text[l.at:end])
				return
			}
		}
	}
	end := l.skip(l.at, isDigit)
	point := end < len(l.text) && l.text[end] == '.'
	if point {
		end = l.skip(end+1, isDigit)
	}
	if exp := l.exponent(end); exp > end {
		end = exp
	} else if !point && end < len(l.text) && isName(l.text[end]) {
		l.emitWord(l.skip(end, isName))
		return
	}
	l.emit(number, end, l.text[l.at:end])
}

// exponent is the end of e5, E+5 or e-5 at the place; the place itself when there is none.
func (l *lexer) exponent(at int) int {
	if at >= len(l.text) || l.text[at]|0x20 != 'e' {
		return at
	}
	i := at + 1
	if i < len(l.text) && (l.text[i] == '+' || l.text[i] == '-') {
		i++
	}
	if i < len(l.text) && isDigit(l.text[i]) {
		return l.skip(i, isDigit)
	}
	return at
}

// afterWord reports whether an unquoted name ends exactly here, so that a dot separates names.
func (l *lexer) afterWord() bool { return l.at > 0 && isName(l.text[l.at-1]) }

func (l *lexer) skip(from int, while func(byte) bool) int {
	for from < len(l.text) && while(l.text[from]) {
		from++
	}
	return from
}

// Both servers take only these six for space, and every byte from 0x80 on for part of a name (a no-break space too).
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func isGap(c byte) bool   { return c <= ' ' || c == 0x7f }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isBit(c byte) bool   { return c == '0' || c == '1' }
func isHex(c byte) bool   { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

func isName(c byte) bool {
	return isDigit(c) || c == '_' || c == '$' || c >= 0x80 || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// upper changes ASCII letters only: unicode folding would make keywords of other letters.
func upper(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c - 0x20
		}
	}
	return string(b)
}
