package preflight

import "strings"

// grant is one line of SHOW GRANTS. Lines about roles, proxies and routines are not kept.
type grant struct {
	privileges []string // upper case; those for single columns are left out
	database   string   // pattern as the server keeps it; "*" for all
	table      string   // "*" for all
	grantee    string
	revoked    bool // a partial revoke: takes from what is granted on all databases
}

// lists reports whether the line names the privilege, or all of them.
func (g grant) lists(privilege string) bool {
	for _, p := range g.privileges {
		if p == privilege || p == "ALL PRIVILEGES" || p == "ALL" {
			return true
		}
	}
	return false
}

// parseGrant reads one line; ok is false when it says nothing about privileges on tables.
func parseGrant(line string) (g grant, ok bool) {
	s := scanner{text: line}
	switch {
	case s.word("GRANT"):
	case s.word("REVOKE"):
		g.revoked = true
	default:
		return grant{}, false
	}
	for {
		name, columns := s.privilege()
		if name == "" {
			return grant{}, false
		}
		if !columns {
			g.privileges = append(g.privileges, name)
		}
		if !s.mark(",") {
			break
		}
	}
	if !s.word("ON") {
		return grant{}, false // a role
	}
	s.word("TABLE")
	var okDatabase, okTable bool
	g.database, okDatabase = s.name()
	dot := s.mark(".")
	g.table, okTable = s.name()
	if !okDatabase || !dot || !okTable || g.database == "" || g.table == "" || !s.word("TO") && !s.word("FROM") {
		return grant{}, false // a routine, a proxy
	}
	user, ok := s.name()
	if s.mark("@") {
		host, _ := s.name()
		user += "@" + host
	}
	g.grantee = user
	return g, ok
}

// scanner reads the words and names of a grant from left to right.
type scanner struct {
	text string
	at   int
}

func (s *scanner) space() {
	for s.at < len(s.text) && s.text[s.at] <= ' ' {
		s.at++
	}
}

func (s *scanner) mark(m string) bool {
	s.space()
	if !strings.HasPrefix(s.text[s.at:], m) {
		return false
	}
	s.at += len(m)
	return true
}

// wordBytes are what words of a grant consist of, in lower case. 0x7f is the underscore with the bit that makes letters lower case.
const wordBytes = "abcdefghijklmnopqrstuvwxyz0123456789\x7f"

// peekWord is the next word of letters, digits and underscores.
func (s *scanner) peekWord() string {
	s.space()
	end := s.at
	for end < len(s.text) && strings.IndexByte(wordBytes, s.text[end]|0x20) >= 0 {
		end++
	}
	return s.text[s.at:end]
}

func (s *scanner) word(w string) bool {
	next := s.peekWord()
	if !strings.EqualFold(next, w) {
		return false
	}
	s.at += len(next)
	return true
}

// privilege reads words up to a comma or ON, such as LOCK TABLES; columns is true when a column list follows.
func (s *scanner) privilege() (name string, columns bool) {
	var words []string
	for {
		next := s.peekWord()
		if next == "" || len(words) > 0 && strings.EqualFold(next, "ON") {
			break
		}
		words = append(words, strings.ToUpper(next))
		s.at += len(next)
	}
	if len(words) > 0 && s.mark("(") {
		columns = true
		for s.at < len(s.text) && !s.mark(")") {
			if _, ok := s.name(); !ok {
				s.at = min(s.at+1, len(s.text))
			}
		}
	}
	return strings.Join(words, " "), columns
}

// name reads a quoted or plain name, or *.
func (s *scanner) name() (string, bool) {
	s.space()
	if s.at >= len(s.text) {
		return "", false
	}
	quote := s.text[s.at]
	if quote != '`' && quote != '"' && quote != '\'' {
		if s.mark("*") {
			return "*", true
		}
		end := s.at
		for end < len(s.text) && !strings.ContainsRune(" ,.@()`'\"", rune(s.text[end])) {
			end++
		}
		plain := s.text[s.at:end]
		s.at = end
		return plain, plain != ""
	}
	var b strings.Builder
	for i := s.at + 1; i < len(s.text); i++ {
		if s.text[i] == quote {
			if i+1 >= len(s.text) || s.text[i+1] != quote {
				s.at = i + 1
				return b.String(), true
			}
			i++
		}
		b.WriteByte(s.text[i])
	}
	return "", false
}
