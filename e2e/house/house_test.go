// Package house keeps the architecture: which package may import which, and where SQL may be written.
package house

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"
)

const root = "../.."

// arrows: what each package of ours may import of ours. A package that is not listed fails the test: give it a place first. e2e is not part of the
// product and may import nothing of it but what is said here.
var arrows = map[string][]string{
	"oscar":               {"osc", "osc/command"},
	"oscar/osc/command":   {"osc", "osc/metalock", "dsn", "osc/report", "osc/ident", "osc/conn", "osc/inspect", "osc/preflight", "osc/step", "osc/swap", "osc/throttle", "osc/topology", "osc/verify"}, // the lower ones for their typed errors: the exit table
	"oscar/osc":           {"osc/exact", "dsn", "triggers", "chunker", "osc/alter", "osc/conn", "osc/copier", "osc/ident", "osc/inspect", "osc/metalock", "osc/plan", "osc/preflight", "osc/report", "osc/schema", "osc/step", "osc/swap", "osc/throttle", "osc/topology", "osc/verify"},
	"oscar/osc/report":    {"osc/ident"},
	"oscar/osc/swap":      {"osc/conn", "osc/ident", "osc/plan", "osc/verify"},
	"oscar/osc/verify":    {"osc/exact", "osc/conn", "osc/plan", "chunker", "osc/throttle", "osc/ident", "osc/schema", "triggers"},
	"oscar/osc/copier":    {"osc/exact", "osc/conn", "osc/plan", "chunker", "osc/throttle", "osc/ident"},
	"oscar/osc/metalock":  {"osc/conn", "osc/ident", "osc/schema"},
	"oscar/osc/throttle":  {"osc/conn"},
	"oscar/osc/topology":  {"osc/conn", "osc/throttle", "osc/ident", "dsn"},
	"oscar/osc/preflight": {"osc/conn", "osc/schema", "osc/plan", "osc/ident", "osc/alter", "chunker", "triggers"},
	"oscar/osc/step":      {"osc/plan"},
	"oscar/osc/plan":      {"osc/exact", "osc/schema", "triggers", "chunker", "osc/ident", "osc/alter"},
	"oscar/osc/inspect":   {"osc/conn", "osc/schema", "osc/ident"},
	"oscar/osc/conn":      {"dsn", "osc/ident"},
	"oscar/osc/alter":     {"osc/ident"},
	"oscar/triggers":      {"osc/ident"},
	"oscar/chunker":       {"osc/ident", "osc/schema"},
	"oscar/osc/schema":    {"osc/ident"},
	"oscar/osc/exact":     {"osc/ident", "osc/schema"},
	"oscar/osc/ident":     nil,
	"oscar/dsn":           nil,
}

// pure packages never reach a database, in any number of steps.
var pure = []string{"oscar/osc/plan", "oscar/triggers", "oscar/chunker", "oscar/osc/schema", "oscar/osc/ident", "oscar/osc/alter", "oscar/osc/exact"}

type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func list(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Imports,Deps", "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p listed
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		if p.ImportPath == "oscar" || strings.HasPrefix(p.ImportPath, "oscar/") {
			all = append(all, p)
		}
	}
	return all
}

func TestImportsPointDownwards(t *testing.T) {
	for _, p := range list(t) {
		inTests := strings.HasPrefix(p.ImportPath, "oscar/e2e")
		allowed, known := arrows[p.ImportPath]
		if !known && !inTests {
			t.Errorf("%s has no place in the house: add it to the table of arrows", p.ImportPath)
			continue
		}
		for _, i := range p.Imports {
			if i != "oscar" && !strings.HasPrefix(i, "oscar/") {
				continue
			}
			ours := strings.TrimPrefix(i, "oscar/")
			if inTests && !strings.HasPrefix(ours, "e2e/") {
				t.Errorf("%s imports %s: the end-to-end side sees the product only from outside", p.ImportPath, i)
			}
			if !inTests && !contains(allowed, ours) {
				t.Errorf("%s imports %s, which the table of arrows does not allow", p.ImportPath, i)
			}
		}
	}
}

func TestPurePackagesReachNoDatabase(t *testing.T) {
	for _, p := range list(t) {
		if !contains(pure, p.ImportPath) {
			continue
		}
		for _, bad := range []string{"database/sql", "net", "github.com/go-sql-driver/mysql", "github.com/jmoiron/sqlx"} {
			if contains(p.Deps, bad) {
				t.Errorf("%s reaches %s", p.ImportPath, bad)
			}
		}
	}
}

func TestOnlyOneReachesTheCommandLine(t *testing.T) {
	for _, p := range list(t) {
		if contains(p.Imports, "github.com/urfave/cli/v2") && p.ImportPath != "oscar/osc/command" {
			t.Errorf("%s imports urfave/cli: flags are read in osc/command only", p.ImportPath)
		}
	}
}

// Files that may hold SQL. A folder means every file in it.
var sqlHomes = []string{
	"osc/plan/sql.go", "osc/plan/shadow.go", "triggers/sql.go", "chunker/sql.go", "chunker/carry.go", "osc/inspect/sql.go", "osc/preflight/sql.go",
	"osc/conn/", "osc/throttle/", "osc/metalock/holders.go", "osc/topology/sql.go", "osc/verify/sql.go", "e2e/",
}

// A string that begins like a statement. Names of clauses and privileges ("DROP COLUMN", "LOCK TABLES") are not statements.
var verb = regexp.MustCompile(`^\s*(SELECT .|INSERT .|UPDATE .|DELETE .|REPLACE .|(CREATE|ALTER|DROP|RENAME|TRUNCATE|ANALYZE) (TABLE|TRIGGER) .|LOCK TABLES .|UNLOCK TABLES|` +
	`EXPLAIN .|SHOW [A-Z]+|SET (SESSION|GLOBAL|NAMES|TRANSACTION)|KILL .|GRANT .|DO [0-9A-Z])`)

func TestSQLStandsInNamedPlaces(t *testing.T) {
	var files []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != ".." {
			return fs.SkipDir
		}
		if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	sort.Strings(files)
	if len(files) < 30 {
		t.Fatalf("found only %d files below %s", len(files), root)
	}
	for _, path := range files {
		rel, err := filepath.Rel(root, path)
		if err != nil {
			t.Fatal(err)
		}
		if home(filepath.ToSlash(rel)) {
			continue
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			if text, err := strconv.Unquote(lit.Value); err == nil && verb.MatchString(text) {
				t.Errorf("%s: SQL outside the files that hold it: %.60q", set.Position(lit.Pos()), text)
			}
			return true
		})
	}
}

func TestSQLIsRecognised(t *testing.T) {
	for text, want := range map[string]bool{"SELECT 1": true, "SELECT": false, "DROP COLUMN": false, "LOCK TABLES": false, "LOCK TABLES `t` WRITE": true, "SHOW WARNINGS": true, "Dropping new table...": false, "DROP TABLE x": true, "lock table": false} {
		if got := verb.MatchString(text); got != want {
			t.Errorf("%q taken for SQL: got %v, want %v", text, got, want)
		}
	}
}

func home(rel string) bool {
	for _, h := range sqlHomes {
		if rel == h || strings.HasSuffix(h, "/") && strings.HasPrefix(rel, h) {
			return true
		}
	}
	return false
}

func contains(list []string, s string) bool {
	for _, have := range list {
		if have == s {
			return true
		}
	}
	return false
}
