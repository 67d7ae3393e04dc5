package preflight

import (
	"strings"

	"oscar/osc/ident"
	"oscar/osc/schema"
)

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
