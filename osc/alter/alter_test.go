package alter

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for _, cases := range []map[string]alterCase{columnCases, keyCases, tableCases} {
		for rule, c := range cases {
			t.Run(rule, func(t *testing.T) {
				text, err := Parse(c.sql, c.mode)
				if err != nil {
					t.Fatal(err)
				}
				if got := describe(text); got != c.want {
					t.Errorf("%s\ngot  %s\nwant %s", c.sql, got, c.want)
				}
				if text.String() != c.sql {
					t.Errorf("String() = %q, want %q", text, c.sql)
				}
			})
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for rule, c := range map[string]struct {
		sql  string
		mode Mode
		want string
	}{
		"nothing":                          {sql: "", want: "character 1: the text has no clause"},
		"only comments":                    {sql: " /* x */ -- y", want: "character 1: the text has no clause"},
		"only a semicolon":                 {sql: ";", want: "character 1: the text has no clause"},
		"an open string":                   {sql: "COMMENT 'x", want: "character 9: the string that starts here is not closed"},
		"an open string after umlauts":     {sql: "ADD größe INT COMMENT \"x", want: "character 23: the string that starts here is not closed"},
		"a string ended by backslash":      {sql: `COMMENT 'x\'`, want: "character 9: the string that starts here is not closed"},
		"an open backquote":                {sql: "ADD `a INT", want: "character 5: the quoted name that starts here is not closed"},
		"an open name under ansi":          {sql: `ADD "a\" INT, ADD "b INT`, mode: ansi, want: "character 19: the quoted name that starts here is not closed"},
		"an empty name":                    {sql: "ADD `` INT", want: "character 5: the name between the quotes is empty"},
		"an open comment":                  {sql: "DROP a /* x", want: "character 8: the comment that starts here is not closed"},
		"an open executable comment":       {sql: "DROP a /*!50000 , DROP b", want: "character 8: the comment that starts here is not closed"},
		"a line comment hides the end":     {sql: "/*! DROP a -- */", want: "character 1: the comment that starts here is not closed"},
		"executable in executable":         {sql: "/*! DROP a /*! , DROP b */ */", want: "character 12: an executable comment stands inside another"},
		"a comment that was not opened":    {sql: "DROP a */", want: "character 8: a comment is closed here that was not opened"},
		"mariadb's comment nests not":      {sql: "DROP a /*M! /* x */ */", mode: mysql, want: "character 21: a comment is closed here that was not opened"},
		"an open parenthesis":              {sql: "ADD a INT DEFAULT (1, DROP b", want: "character 19: the parenthesis that opens here is not closed"},
		"a parenthesis too many":           {sql: "ADD a INT), DROP b", want: "character 10: a parenthesis is closed here that was not opened"},
		"a comma at the end":               {sql: "DROP a, ", want: "character 9: a clause is empty: nothing stands beside a comma"},
		"a comma at the start":             {sql: ", DROP a", want: "character 1: a clause is empty: nothing stands beside a comma"},
		"two commas":                       {sql: "DROP a, /* */ , DROP b", want: "character 15: a clause is empty: nothing stands beside a comma"},
		"a second statement":               {sql: "DROP a; DROP TABLE t", want: "character 7: a semicolon ends the statement here but more follows"},
		"alter table":                      {sql: "alter table t ADD a INT", want: "character 1: the text starts with ALTER TABLE; give only what comes after the table's name"},
		"alter ignore table":               {sql: " ALTER ONLINE IGNORE TABLE t FORCE", want: "character 2: the text starts with ALTER TABLE; give only what comes after the table's name"},
		"a minus sign at the end":          {sql: "ADD (a INT DEFAULT --), DROP b --#", want: "character 21: nothing follows the minus sign"},
		"a minus sign before partitioning": {sql: "DROP a -REMOVE PARTITIONING", want: "character 8: nothing follows the minus sign"},
		"a NUL byte":                       {sql: "DROP a\x00", want: "character 7: a NUL byte is not allowed outside strings"},
		"a bad hex literal":                {sql: "ADD a INT DEFAULT x'4\\'", want: "character 19: the hex or bit literal has a character that is no such digit"},
		"an open hex literal":              {sql: "ADD a INT DEFAULT x'4", want: "character 19: the literal that starts here is not closed"},
		"a name that is a dollar quote":    {sql: "ADD $a$ INT", mode: mysql, want: "character 5: a name with a dollar sign at its start and another one must stand between backquotes"},
		"unquoted and under no escapes":    {sql: `COMMENT 'it\'s'`, mode: noSlash, want: "character 15: the string that starts here is not closed"},
	} {
		t.Run(rule, func(t *testing.T) {
			_, err := Parse(c.sql, c.mode)
			if err == nil || err.Error() != c.want {
				t.Fatalf("%q\ngot  %v\nwant %s", c.sql, err, c.want)
			}
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.At < 1 {
				t.Errorf("got %T, want a SyntaxError with a place", err)
			}
		})
	}
}

func TestRenames(t *testing.T) {
	for rule, c := range map[string]struct {
		sql  string
		want []Rename
	}{
		"none":                        {sql: "ADD a INT, MODIFY b INT, RENAME KEY c TO d, RENAME TO e"},
		"change to the same name":     {sql: "CHANGE a `a` BIGINT"},
		"change":                      {sql: "CHANGE a b INT", want: []Rename{{From: "a", To: "b"}}},
		"only the case changes":       {sql: "CHANGE a A INT, RENAME COLUMN Ö TO ö", want: []Rename{{From: "a", To: "A", CaseOnly: true}, {From: "Ö", To: "ö", CaseOnly: true}}},
		"swapped names":               {sql: "CHANGE a b INT, CHANGE b a INT", want: []Rename{{From: "a", To: "b"}, {From: "b", To: "a"}}},
		"a chain":                     {sql: "RENAME COLUMN a TO b, RENAME COLUMN b TO c", want: []Rename{{From: "a", To: "b"}, {From: "b", To: "c"}}},
		"change and rename column":    {sql: "CHANGE a b INT, RENAME COLUMN c TO a", want: []Rename{{From: "a", To: "b"}, {From: "c", To: "a"}}},
		"into a dropped column":       {sql: "DROP b, CHANGE a b INT", want: []Rename{{From: "a", To: "b"}}},
		"if exists":                   {sql: "CHANGE IF EXISTS a b INT", want: []Rename{{From: "a", To: "b", IfExists: true}}},
		"conditional":                 {sql: "CHANGE a /*!80000 b INT, CHANGE c */ d INT", want: []Rename{{From: "a", To: "b", Conditional: true}, {From: "c", To: "d", Conditional: true}}},
		"a rename inside a comment":   {sql: "DROP x COMMENT 'CHANGE a b', ADD y INT /* CHANGE c d INT */"},
		"rename behind quoted commas": {sql: "MODIFY x INT COMMENT 'foo', CHANGE a b INT DEFAULT 'z'", want: []Rename{{From: "a", To: "b"}}},
	} {
		t.Run(rule, func(t *testing.T) {
			text, err := Parse(c.sql, Mode{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, text.Renames()); diff != "" {
				t.Errorf("renames of %s (-want +got):\n%s", c.sql, diff)
			}
		})
	}
}

func TestClauseText(t *testing.T) {
	for rule, c := range map[string]struct {
		sql  string
		want []string
	}{
		"as written":                     {sql: " ADD  a INT /* x */ NULL /* y */ ,\n-- z\nDROP b;", want: []string{"ADD  a INT /* x */ NULL", "DROP b"}},
		"order by with its commas":       {sql: "ORDER BY a, b DESC, FORCE", want: []string{"ORDER BY a, b DESC", "FORCE"}},
		"a group's elements":             {sql: "ADD (a INT, UNIQUE (a,b))", want: []string{"ADD a INT", "ADD UNIQUE (a,b)"}},
		"a group's elements if any":      {sql: "ADD IF NOT EXISTS (a INT, KEY (b))", want: []string{"ADD COLUMN IF NOT EXISTS a INT", "ADD KEY (b)"}},
		"options without commas":         {sql: "ENGINE=InnoDB COMMENT = 'x'", want: []string{"ENGINE=InnoDB", "COMMENT = 'x'"}},
		"partition by without a comma":   {sql: "DROP a PARTITION BY HASH (b)", want: []string{"DROP a", "PARTITION BY HASH (b)"}},
		"a whole executable comment":     {sql: "/*!50000 DROP a*/, DROP b", want: []string{"/*!50000 DROP a*/", "DROP b"}},
		"half an executable comment":     {sql: "ADD a INT /*!80000 UNIQUE, DROP b */", want: []string{"ADD a INT /*!80000 UNIQUE */", "/*!80000 DROP b */"}},
		"a comma in executable comment":  {sql: "DROP a /*!80000 , DROP b, */ DROP c", want: []string{"DROP a", "/*!80000 DROP b */", "DROP c"}},
		"executable comment and ending":  {sql: "/*! DROP a; */", want: []string{"/*! DROP a */"}},
		"executable comment in a middle": {sql: "ADD a /*! INT */ NULL", want: []string{"ADD a /*! INT */ NULL"}},
	} {
		t.Run(rule, func(t *testing.T) {
			text, err := Parse(c.sql, Mode{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, clauseTexts(text)); diff != "" {
				t.Errorf("clauses of %s (-want +got):\n%s", c.sql, diff)
			}
		})
	}
}

func clauseTexts(t Text) []string {
	var texts []string
	for _, c := range t.Clauses() {
		texts = append(texts, c.Text)
	}
	return texts
}

func TestBody(t *testing.T) {
	for sql, want := range map[string]string{
		"DROP a":                   "DROP a",
		"DROP a ; -- x":            "DROP a",
		"DROP a # x":               "DROP a",
		" /* y */ DROP a /* x */ ": " /* y */ DROP a",
		"/*!50000 DROP a */ ;":     "/*!50000 DROP a */",
		"/*!50000 DROP a; */":      "/*!50000 DROP a */",
	} {
		text, err := Parse(sql, Mode{})
		if err != nil {
			t.Fatal(err)
		}
		if got := text.Body(); got != want {
			t.Errorf("body of %q\ngot  %q\nwant %q", sql, got, want)
		}
	}
}

func TestQuestions(t *testing.T) {
	for sql, c := range map[string]struct {
		dropsPrimary bool
		renamesTo    string
		conditional  string
	}{
		"DROP PRIMARY KEY":                 {dropsPrimary: true},
		"DROP KEY `Primary`":               {dropsPrimary: true},
		"DROP CONSTRAINT `PRIMARY`":        {dropsPrimary: true},
		"DROP `primary`, DROP KEY k":       {},
		"FORCE, RENAME u":                  {renamesTo: "RENAME u"},
		"RENAME COLUMN a TO b":             {},
		"RENAME INDEX a TO b":              {},
		"DROP a, DROP /*!80000 INDEX */ b": {conditional: "DROP /*!80000 INDEX */ b"},
	} {
		text, err := Parse(sql, Mode{})
		if err != nil {
			t.Fatal(err)
		}
		if got := text.DropsPrimary(); got != c.dropsPrimary {
			t.Errorf("%s: DropsPrimary() = %v", sql, got)
		}
		if clause, ok := text.RenamesTable(); clause.Text != c.renamesTo || ok != (c.renamesTo != "") {
			t.Errorf("%s: RenamesTable() = %q, %v", sql, clause.Text, ok)
		}
		if clause, ok := text.Conditional(); clause.Text != c.conditional || ok != (c.conditional != "") {
			t.Errorf("%s: Conditional() = %q, %v", sql, clause.Text, ok)
		}
	}
}

func TestHas(t *testing.T) {
	text, err := Parse("ENGINE=InnoDB COMMENT 'x', ADD (a INT, KEY (a))", Mode{})
	if err != nil {
		t.Fatal(err)
	}
	for kind := Unknown; int(kind) < len(kindNames); kind++ {
		want := kind == Engine || kind == TableOption || kind == AddColumn || kind == AddKey
		if got := text.Has(kind); got != want {
			t.Errorf("Has(%s) = %v, want %v", kind, got, want)
		}
	}
}

func TestTextDoesNotChange(t *testing.T) {
	text, err := Parse("ADD UNIQUE (a), CHANGE b c INT", Mode{})
	if err != nil {
		t.Fatal(err)
	}
	before := describe(text)
	text.Clauses()[0].Kind = Force
	text.AddsUnique()[0].Parts[0].Column = "z"
	text.Renames()[0].To = "z"
	if after := describe(text); after != before {
		t.Errorf("a caller changed the text\ngot  %s\nwant %s", after, before)
	}
}

func TestKindNames(t *testing.T) {
	seen := map[string]bool{}
	for _, n := range kindNames {
		if n == "" || seen[n] {
			t.Errorf("kind name %q is empty or used twice", n)
		}
		seen[n] = true
	}
	if got := Kind(-1).String(); !strings.Contains(got, "not understood") {
		t.Errorf("got %q", got)
	}
}
