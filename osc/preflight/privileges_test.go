package preflight

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"oscar/osc/ident"
	"oscar/osc/schema"
)

const everything = "SELECT, INSERT, DELETE, CREATE, DROP, ALTER, TRIGGER, LOCK TABLES"

// grantCases are SHOW GRANTS of accounts and what they lack for `my_db`.`t`.
var grantCases = map[string]struct {
	grants  []string
	vars    map[string]string
	flavor  schema.Flavor
	parents []ident.Table
	why     string // end of the reason; empty when nothing lacks
	try     string
}{
	"ALL on all is enough": {grants: []string{"GRANT ALL PRIVILEGES ON *.* TO `app`@`%` WITH GRANT OPTION"}},
	"ALL on the schema is enough": {grants: []string{
		"GRANT USAGE ON *.* TO `app`@`%` IDENTIFIED BY PASSWORD '*B69027D44F6E5EDC07F1AEAD1477967B16F28227'",
		"GRANT ALL PRIVILEGES ON `my\\_db`.* TO `app`@`%`"}},
	"privileges one by one are enough": {grants: []string{
		"GRANT SELECT, INSERT, DELETE, CREATE ON *.* TO `app`@`%`", "GRANT DROP, ALTER, TRIGGER, LOCK TABLES ON `my\\_db`.* TO `app`@`%`"}},
	"the list of MySQL's root is enough": {grants: []string{
		"GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, SHUTDOWN, PROCESS, FILE, REFERENCES, INDEX, ALTER, SHOW DATABASES, SUPER, " +
			"CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, TRIGGER ON *.* TO `root`@`%` WITH GRANT OPTION",
		"GRANT BACKUP_ADMIN,BINLOG_ADMIN ON *.* TO `root`@`%`", "GRANT PROXY ON ``@`` TO `root`@`%` WITH GRANT OPTION"}},
	"no grants lack everything": {grants: []string{"GRANT USAGE ON *.* TO `app`@`%`"},
		why: everything + " on `my_db`.*", try: "GRANT " + everything + " ON `my\\_db`.* TO 'app'@'%'"},
	"the missing ones are named and no others": {grants: []string{"GRANT SELECT, INSERT, CREATE, DROP, ALTER, TRIGGER ON `my\\_db`.* TO `app`@`%`"},
		why: "DELETE, LOCK TABLES on `my_db`.*", try: "GRANT DELETE, LOCK TABLES ON `my\\_db`.* TO 'app'@'%'"},
	"UPDATE and INDEX are not asked for": {grants: []string{"GRANT UPDATE, INDEX, " + everything + " ON `my\\_db`.* TO `app`@`%`"}},
	"a pattern is enough":                {grants: []string{"GRANT " + everything + " ON `my%`.* TO `app`@`%`"}},
	"a pattern of another schema is not": {grants: []string{"GRANT " + everything + " ON `my\\_d`.* TO `app`@`%`", "GRANT " + everything + " ON `_my%`.* TO `app`@`%`"},
		why: everything + " on `my_db`.*", try: "GRANT " + everything + " ON `my\\_db`.* TO 'app'@'%'"},
	"an escaped character stands for itself": {grants: []string{"GRANT " + everything + " ON `my\\%db`.* TO `app`@`%`"},
		why: everything + " on `my_db`.*", try: "GRANT " + everything + " ON `my\\_db`.* TO 'app'@'%'"},
	"a grant that takes a pattern's place carries what the pattern gave": {grants: []string{"GRANT SELECT, INSERT, UPDATE ON `my%`.* TO `app`@`%`"},
		why: "DELETE, CREATE, DROP, ALTER, TRIGGER, LOCK TABLES on `my_db`.*", try: "GRANT " + everything + ", UPDATE ON `my\\_db`.* TO 'app'@'%'"},
	"a name without its backslash is added to as it is": {grants: []string{"GRANT SELECT, INSERT ON `my_db`.* TO `app`@`%`"},
		why: "DELETE, CREATE, DROP, ALTER, TRIGGER, LOCK TABLES on `my_db`.*",
		try: "GRANT DELETE, CREATE, DROP, ALTER, TRIGGER, LOCK TABLES ON `my_db`.* TO 'app'@'%'"},
	"the exact name hides patterns": {grants: []string{"GRANT ALL PRIVILEGES ON `my%`.* TO `app`@`%`", "GRANT SELECT ON `my\\_db`.* TO `app`@`%`"},
		why: "INSERT, DELETE, CREATE, DROP, ALTER, TRIGGER, LOCK TABLES on `my_db`.*",
		try: "GRANT INSERT, DELETE, CREATE, DROP, ALTER, TRIGGER, LOCK TABLES ON `my\\_db`.* TO 'app'@'%'"},
	"of several patterns all must have it": {grants: []string{"GRANT " + everything + " ON `my%`.* TO `app`@`%`", "GRANT SELECT ON `my_db`.* TO `app`@`%`"},
		why: "INSERT, DELETE, CREATE, DROP, ALTER, TRIGGER, LOCK TABLES on `my_db`.*", try: "GRANT " + everything + " ON `my\\_db`.* TO 'app'@'%'"},
	"what a role's pattern gives is added": {grants: []string{
		"GRANT `r` TO `app`@`%`", "GRANT SELECT, INSERT ON `my\\_db`.* TO `app`@`%`", "GRANT DELETE, CREATE, DROP, ALTER, TRIGGER, LOCK TABLES ON `my%`.* TO `r`"}},
	"roles by themselves give nothing": {grants: []string{"GRANT `r`@`%` TO `app`@`%`", "GRANT ALL TO `app`@`%`", "SET DEFAULT ROLE `r` FOR `app`@`%`"},
		why: everything + " on `my_db`.*", try: "GRANT " + everything + " ON `my\\_db`.* TO 'app'@'%'"},
	"grants on tables, columns and routines do not count": {grants: []string{
		"GRANT ALL PRIVILEGES ON `my_db`.`t` TO `app`@`%`", "GRANT SELECT (`a`, `b)`), INSERT (`a`), UPDATE ON `my\\_db`.* TO `app`@`%`",
		"GRANT ALL PRIVILEGES ON PROCEDURE `my_db`.`p` TO `app`@`%`"},
		why: everything + " on `my_db`.*", try: "GRANT " + everything + " ON `my\\_db`.* TO 'app'@'%'"},
	"double quotes are quotes": {grants: []string{`GRANT ` + everything + ` ON "my\_db".* TO "app"@"%"`}},
	"no quotes are none":       {grants: []string{`grant ` + everything + ` on my_db.* to app@%`}},
	"a partial revoke takes away": {vars: map[string]string{"partial_revokes": "ON"}, grants: []string{
		"GRANT " + everything + ", UPDATE ON *.* TO `app`@`%`", "REVOKE DELETE, UPDATE ON `my_db`.* FROM `app`@`%`"},
		why: "DELETE on `my_db`.*", try: "GRANT DELETE ON `my_db`.* TO 'app'@'%'"},
	"a partial revoke of another schema does not": {vars: map[string]string{"partial_revokes": "ON"}, grants: []string{
		"GRANT " + everything + " ON *.* TO `app`@`%`", "REVOKE DELETE ON `my%`.* FROM `app`@`%`"}},
	"names differ by case where the server says so": {grants: []string{"GRANT " + everything + " ON `My\\_DB`.* TO `app`@`%`"},
		why: everything + " on `my_db`.*", try: "GRANT " + everything + " ON `my\\_db`.* TO 'app'@'%'"},
	"names do not differ by case elsewhere": {vars: map[string]string{"lower_case_table_names": "1"},
		grants: []string{"GRANT " + everything + " ON `My\\_DB`.* TO `app`@`%`"}},
	"MySQL wants REFERENCES on a parent": {flavor: schema.MySQL, parents: []ident.Table{{Schema: "p", Name: "a"}},
		grants: []string{"GRANT " + everything + " ON *.* TO `app`@`%`"}, why: "REFERENCES on `p`.`a`", try: "GRANT REFERENCES ON `p`.`a` TO 'app'@'%'"},
	"MariaDB wants anything on a parent": {flavor: schema.MariaDB, parents: []ident.Table{{Schema: "p", Name: "a"}},
		grants: []string{"GRANT " + everything + " ON `my\\_db`.* TO `app`@`%`", "GRANT UPDATE ON `p`.`a` TO `app`@`%`"}},
	"MariaDB wants something on a parent": {flavor: schema.MariaDB, parents: []ident.Table{{Schema: "p", Name: "a"}, {Schema: "p", Name: "a"}, {Schema: "my_db", Name: "x"}},
		grants: []string{"GRANT " + everything + " ON `my\\_db`.* TO `app`@`%`"}, why: "REFERENCES on `p`.`a`", try: "GRANT REFERENCES ON `p`.`a` TO 'app'@'%'"},
	"a privilege on the parent's table is enough": {flavor: schema.MySQL, parents: []ident.Table{{Schema: "p", Name: "a"}},
		grants: []string{"GRANT " + everything + " ON `my\\_db`.* TO `app`@`%`", "GRANT REFERENCES ON `p`.`a` TO `app`@`%`"}},
	"all that lacks is in one refusal": {flavor: schema.MySQL, parents: []ident.Table{{Schema: "my_db", Name: "x"}},
		grants: []string{"GRANT SELECT, INSERT, DELETE, CREATE, DROP, ALTER, TRIGGER ON `my\\_db`.* TO `app`@`%`"},
		why:    "LOCK TABLES on `my_db`.*; REFERENCES on `my_db`.`x`",
		try:    "GRANT LOCK TABLES ON `my\\_db`.* TO 'app'@'%'; GRANT REFERENCES ON `my_db`.`x` TO 'app'@'%'"},
}

func TestPrivileges(t *testing.T) {
	for name, c := range grantCases {
		t.Run(name, func(t *testing.T) {
			f := Facts{Server: schema.Server{Flavor: c.flavor, Account: "app@%", Vars: c.vars}, Grants: c.grants}
			f.Table.Name = ident.Table{Schema: "my_db", Name: "t"}
			for _, p := range c.parents {
				f.Table.ForeignKeys = append(f.Table.ForeignKeys, schema.ForeignKey{References: p})
			}
			got := privileges(f)
			if c.why == "" {
				want(t, got)
				return
			}
			want(t, got, "privileges")
			wanted := "the account 'app'@'%' lacks privileges that the run needs: " + c.why
			if diff := cmp.Diff([]string{wanted, c.try}, []string{got[0].Why, got[0].Try}); diff != "" {
				t.Errorf("refusal differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAccountIsQuotedForGRANT(t *testing.T) {
	for in, want := range map[string]string{
		"app@10.0.0.%": "'app'@'10.0.0.%'", "a@b@localhost": "'a@b'@'localhost'", "@localhost": "''@'localhost'", `o'b\c@h`: `'o''b\\c'@'h'`, "r": "'r'",
	} {
		if got := sqlAccount(in); got != want {
			t.Errorf("account %s\n got %s\nwant %s", in, got, want)
		}
	}
}

func TestTriggersWithABinaryLog(t *testing.T) {
	cases := map[string]struct {
		vars   map[string]string
		grants string
		want   []string
	}{
		"need SUPER":                           {map[string]string{"log_bin": "ON"}, "GRANT TRIGGER ON *.* TO `app`@`%`", []string{"triggers with a binary log"}},
		"need nothing where all are trusted":   {map[string]string{"log_bin": "1", "log_bin_trust_function_creators": "1"}, "", nil},
		"need nothing without the log":         {map[string]string{"log_bin": "OFF"}, "", nil},
		"are fine with SUPER":                  {map[string]string{"log_bin": "ON"}, "GRANT SUPER ON *.* TO `app`@`%`", nil},
		"do not take a smaller privilege":      {map[string]string{"log_bin": "ON"}, "GRANT SYSTEM_VARIABLES_ADMIN,SET_ANY_DEFINER ON *.* TO `app`@`%`", []string{"triggers with a binary log"}},
		"do not take ALL on a schema for that": {map[string]string{"log_bin": "ON"}, "GRANT ALL PRIVILEGES ON `db`.* TO `app`@`%`", []string{"triggers with a binary log"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := triggerTrust(Facts{Server: schema.Server{Account: "app@%", Vars: c.vars}, Grants: []string{c.grants}})
			want(t, got, c.want...)
			if len(got) > 0 {
				says(t, got, "GRANT SUPER ON *.* TO 'app'@'%'", "SET GLOBAL log_bin_trust_function_creators = 1")
			}
		})
	}
}

// FuzzParseGrant: no line makes the parser fail or read a privilege that is not in it.
func FuzzParseGrant(f *testing.F) {
	for _, c := range grantCases {
		for _, line := range c.grants {
			f.Add(line)
		}
	}
	f.Add("GRANT SELECT (` ")
	f.Add("GRANT SELECT ON ``.* TO a")
	f.Fuzz(func(t *testing.T, line string) {
		g, ok := parseGrant(line)
		if !ok {
			return
		}
		for _, p := range g.privileges {
			for word := range strings.FieldsSeq(p) {
				if !strings.Contains(strings.ToUpper(line), word) {
					t.Errorf("privilege %q read from %q", p, line)
				}
			}
		}
		if g.database == "" || g.table == "" {
			t.Errorf("a grant on nothing read from %q: %+v", line, g)
		}
	})
}
