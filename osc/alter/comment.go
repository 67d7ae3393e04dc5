package alter

import (
	"strconv"
	"strings"
)

// lineComment skips to the end of the line. The closing mark of an executable comment in that line is skipped too, as servers do.
func (l *lexer) lineComment() {
	end := strings.IndexByte(l.text[l.at:], '\n')
	if end < 0 {
		l.at = len(l.text)
		return
	}
	l.at += end + 1
}

// comment skips a comment or opens an executable one. Optimizer hints mean nothing in an ALTER and are skipped.
func (l *lexer) comment() error {
	mark, isCode := l.executable()
	if !isCode {
		end := strings.Index(l.text[l.at+2:], "*/")
		if end < 0 {
			return l.fault(l.at, "the comment that starts here is not closed")
		}
		l.at += 2 + end + 2
		return nil
	}
	if l.inside > 0 {
		return l.fault(l.at, "an executable comment stands inside another")
	}
	open, conditional := l.gate(mark)
	l.blocks = append(l.blocks, block{start: l.at, open: open, conditional: conditional, first: -1, last: -1})
	l.inside = len(l.blocks)
	l.at += len(open)
	return nil
}

// executable tells the mark of an executable comment. Those of MariaDB are plain comments to MySQL.
func (l *lexer) executable() (mark string, ok bool) {
	rest := l.text[l.at:]
	switch {
	case strings.HasPrefix(rest, "/*!"):
		return "/*!", true
	case strings.HasPrefix(rest, "/*M!"):
		return "/*M!", l.mode.Flavor != MySQL
	default:
		return "", false
	}
}

// oldest versions this package speaks of; a gate at or below them is open on every server.
const (
	oldestMySQL   = 50699  // MariaDB skips /*!50700 and some gates above it though its own version is higher
	oldestMariaDB = 100000 // /*M! comments only
)

// gate reads the version behind the mark: five digits, or six. Which servers run the comment is certain only for old versions, and for no
// version at all. A count of digits on which servers differ is never certain.
func (l *lexer) gate(mark string) (open string, conditional bool) {
	from := l.at + len(mark)
	digits := l.text[from:l.skip(from, isDigit)]
	unsure := mark == "/*M!" && l.mode.Flavor != MariaDB
	switch n := len(digits); {
	case n == 0:
		return mark, unsure
	case n < 5:
		return mark, true
	case n > 6:
		return mark + digits[:6], true
	default:
		version, err := strconv.Atoi(digits)
		oldest := oldestMySQL
		if mark == "/*M!" {
			oldest = oldestMariaDB
		}
		return mark + digits, unsure || err != nil || version > oldest
	}
}

func (l *lexer) closeBlock() error {
	if l.inside == 0 {
		return l.fault(l.at, "a comment is closed here that was not opened")
	}
	l.at += 2
	l.blocks[l.inside-1].end = l.at
	l.inside = 0
	return nil
}

// written is the source of consecutive tokens. When they begin or end in the middle of an executable comment the marks are added, so that
// the result says the same by itself.
func (s *source) written(tokens []token) string {
	if len(tokens) == 0 {
		return ""
	}
	first, last := tokens[0], tokens[len(tokens)-1]
	start, end, before, after := first.start, last.end, "", ""
	if first.block > 0 {
		b := s.blocks[first.block-1]
		if b.first == first.start {
			start = b.start
		} else {
			before = b.open + " "
		}
	}
	if last.block > 0 {
		b := s.blocks[last.block-1]
		if b.last == last.end {
			end = b.end
		} else {
			after = " */"
		}
	}
	return before + s.text[start:end] + after
}

// conditional reports whether some of the tokens are code only on some servers.
func (s *source) conditional(tokens []token) bool {
	for _, t := range tokens {
		if t.block > 0 && s.blocks[t.block-1].conditional {
			return true
		}
	}
	return false
}
