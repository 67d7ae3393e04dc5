package preflight

import (
	"strings"

	"oscar/osc/ident"
	"oscar/osc/schema"
)

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
	if !okDatabase || !dot || !okTable || !s.word("TO") && !s.word("FROM") {
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
				s.at++
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

// rights answer what an account may do.
type rights struct {
	grants   []grant
	fold     bool // names of databases and tables are compared without regard to case
	literals bool // partial_revokes is on: % and _ in a database's name are plain characters (MySQL manual, "Privilege Restriction Using Partial Revokes")
}

func rightsOf(server schema.Server, lines []string) rights {
	r := rights{literals: server.On("partial_revokes")}
	if v, ok := server.Var("lower_case_table_names"); ok && v != "0" {
		r.fold = true
	}
	for _, line := range lines {
		if g, ok := parseGrant(line); ok {
			r.grants = append(r.grants, g)
		}
	}
	return r
}

// global reports whether the privilege is granted on all databases.
func (r rights) global(privilege string) bool {
	for _, g := range r.grants {
		if !g.revoked && g.database == "*" && g.table == "*" && g.lists(privilege) {
			return true
		}
	}
	return false
}

// database reports whether the privilege is held on the whole database, be it by a grant on all of them.
//
// When several patterns of one grantee match, a server takes a single one: always the one without wildcards if there is such, else MySQL
// and MariaDB choose differently (tried with `my\_%` and `my_db`). Then the privilege counts only when each of the patterns has it.
func (r rights) database(name ident.Name, privilege string) bool {
	if r.global(privilege) && !r.revoked(name, privilege) {
		return true
	}
	all := map[string]bool{}
	for _, g := range r.matching(name) {
		held, seen := all[g.grantee]
		all[g.grantee] = g.lists(privilege) && (held || !seen)
	}
	for _, held := range all {
		if held {
			return true
		}
	}
	return false
}

// matching are the grants on the database by name or pattern; of each grantee only the exact one if there is one.
func (r rights) matching(name ident.Name) []grant {
	exact := map[string]bool{}
	var found []grant
	for _, g := range r.grants {
		if !g.revoked && g.database != "*" && g.table == "*" && r.same(g.database, string(name)) {
			found = append(found, g)
			exact[g.grantee] = exact[g.grantee] || r.exact(g.database)
		}
	}
	var out []grant
	for _, g := range found {
		if r.exact(g.database) || !exact[g.grantee] {
			out = append(out, g)
		}
	}
	return out
}

// table reports whether the privilege is held on the table, by whatever grant.
func (r rights) table(t ident.Table, privilege string) bool {
	if r.database(t.Schema, privilege) {
		return true
	}
	for _, g := range r.grants {
		if !g.revoked && g.table != "*" && r.equal(g.database, string(t.Schema)) && r.equal(g.table, string(t.Name)) && g.lists(privilege) {
			return true
		}
	}
	return false
}

func (r rights) revoked(name ident.Name, privilege string) bool {
	for _, g := range r.grants {
		if g.revoked && r.equal(g.database, string(name)) && g.lists(privilege) {
			return true
		}
	}
	return false
}

func (r rights) equal(a, b string) bool { return a == b || r.fold && strings.EqualFold(a, b) }

// same reports whether a database's name fits the pattern of a grant.
func (r rights) same(pattern, name string) bool {
	if r.literals {
		return r.equal(pattern, name)
	}
	if r.fold {
		pattern, name = strings.ToLower(pattern), strings.ToLower(name)
	}
	return like([]rune(pattern), []rune(name))
}

// exact reports whether the pattern stands for one name only.
func (r rights) exact(pattern string) bool {
	for i := 0; i < len(pattern) && !r.literals; i++ {
		switch pattern[i] {
		case '\\':
			i++
		case '%', '_':
			return false
		}
	}
	return true
}

// like is SQL's LIKE with the backslash as escape character.
func like(pattern, text []rune) bool {
	for len(pattern) > 0 {
		switch {
		case pattern[0] == '%':
			for i := 0; i <= len(text); i++ {
				if like(pattern[1:], text[i:]) {
					return true
				}
			}
			return false
		case len(text) == 0:
			return false
		case pattern[0] == '\\' && len(pattern) > 1:
			pattern = pattern[1:]
			if pattern[0] != text[0] {
				return false
			}
		case pattern[0] != '_' && pattern[0] != text[0]:
			return false
		}
		pattern, text = pattern[1:], text[1:]
	}
	return len(text) == 0
}
