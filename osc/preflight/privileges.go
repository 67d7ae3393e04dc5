package preflight

import (
	"slices"
	"strings"

	"oscar/osc/ident"
	"oscar/osc/schema"
)

// needed are the privileges that a run needs on the schema. Found by leaving out one after the other on MariaDB 10.11, MariaDB 11.8 and
// MySQL 9.7 (privileges_server_test.go does it again):
//
//	SELECT       LOCK TABLES, the copy, OLD and NEW in triggers, ANALYZE
//	INSERT       the copy, triggers, ANALYZE, RENAME (on the names that come into being)
//	DELETE       triggers; a REPLACE counts as one
//	CREATE       the new table, RENAME
//	DROP         RENAME, the old table
//	ALTER        the new table, RENAME
//	TRIGGER      the capture triggers
//	LOCK TABLES  the window in which the triggers are made; on MySQL also one of those that LOCK IN SHARE MODE asks for
//
// UPDATE and INDEX are not needed. A grant on single tables does not count: the new and the old table are not there yet.
var needed = []string{"SELECT", "INSERT", "DELETE", "CREATE", "DROP", "ALTER", "TRIGGER", "LOCK TABLES"}

// referencing are the privileges of which MariaDB wants one on a table that a foreign key references. MySQL wants the first.
var referencing = []string{"REFERENCES", "SELECT", "INSERT", "UPDATE", "DELETE"}

// Privileges are the refusals for what the account lacks on the table's schema, told from the grants alone. It is for the moment when the
// table cannot be read: to an account without privileges on it a server says that it does not exist. Before has this check too.
func Privileges(server schema.Server, table ident.Table, grants []string) Refusals {
	return privileges(Facts{Server: server, Table: schema.Table{Name: table}, Grants: grants})
}

// privileges looks for what the account lacks on the schema and on the tables that foreign keys reference.
func privileges(f Facts) Refusals {
	r, name, account := rightsOf(f.Server, f.Grants), f.Table.Name.Schema, sqlAccount(f.Server.Account)
	var lacks, grants []string
	var missing []string
	for _, p := range needed {
		if !r.database(name, p) {
			missing = append(missing, p)
		}
	}
	if len(missing) > 0 {
		lacks = append(lacks, strings.Join(missing, ", ")+" on "+name.SQL()+".*")
		pattern, whole := r.remedy(name)
		if whole {
			missing = r.carried(name)
		}
		grants = append(grants, sqlGrant(missing, ident.Name(pattern).SQL()+".*", account))
	}
	for _, parent := range parents(f.Table) {
		if !mayReference(f.Server, r, parent) {
			lacks = append(lacks, "REFERENCES on "+parent.SQL())
			grants = append(grants, sqlGrant(referencing[:1], parent.SQL(), account))
		}
	}
	if len(lacks) == 0 {
		return nil
	}
	return Refusals{{
		Check: "privileges",
		Why:   "the account " + account + " lacks privileges that the run needs: " + strings.Join(lacks, "; "),
		Try:   strings.Join(grants, "; "),
		Kind:  MinimumRequirements,
	}}
}

func parents(t schema.Table) []ident.Table {
	var out []ident.Table
	for _, fk := range t.ForeignKeys {
		if fk.References != t.Name && !slices.Contains(out, fk.References) {
			out = append(out, fk.References)
		}
	}
	return out
}

func mayReference(server schema.Server, r rights, parent ident.Table) bool {
	enough := referencing[:1]
	if server.Flavor == schema.MariaDB {
		enough = referencing
	}
	return slices.ContainsFunc(enough, func(p string) bool { return r.table(parent, p) })
}

// remedy is the pattern to grant on so that the schema, and no other, gains something. whole is true when the grant will take the place of
// a pattern that matched until now, and so must carry all that is needed.
func (r rights) remedy(name ident.Name) (pattern string, whole bool) {
	escaped := string(name)
	if !r.literals {
		escaped = strings.NewReplacer(`\`, `\\`, `_`, `\_`, `%`, `\%`).Replace(escaped)
	}
	matching := r.matching(name)
	if len(matching) == 0 || slices.ContainsFunc(matching, func(g grant) bool { return r.exact(g.database) }) {
		return escaped, false
	}
	if len(matching) == 1 && r.equal(matching[0].database, string(name)) {
		return matching[0].database, false // `my_db` was granted without the backslash: add to that row
	}
	return escaped, true
}

// carried is what is needed on the schema and not granted on all databases, and what the patterns allow until now.
func (r rights) carried(name ident.Name) []string {
	var list []string
	for _, p := range needed {
		if !r.global(p) || r.revoked(name, p) {
			list = append(list, p)
		}
	}
	for _, g := range r.matching(name) {
		for _, p := range g.privileges {
			if !slices.Contains(list, p) && !slices.Contains(needed, p) && p != "USAGE" && !strings.HasPrefix(p, "ALL") {
				list = append(list, p)
			}
		}
	}
	return list
}
