package torture

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"oscar/e2e/compare"
)

// names lists the tables or the triggers of the run's schema.
func (x *trial) names(t *testing.T, what string) []string {
	t.Helper()
	var out []string
	err := x.db.SelectContext(t.Context(), &out, "SELECT "+what+"_NAME FROM information_schema."+what+"S WHERE "+what+"_SCHEMA = DATABASE() ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// left proves that there is nothing but these tables.
func (x *trial) left(t *testing.T, want []string) {
	t.Helper()
	want = slices.Sorted(slices.Values(want))
	got := x.names(t, "TABLE")
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tables afterwards (-want +got):\n%s", diff)
	}
	if got := x.names(t, "TRIGGER"); len(got) > 0 {
		t.Errorf("triggers afterwards: %q", got)
	}
}

// expect proves that oscar left what it should.
func (x *trial) expect(t *testing.T, dropped bool, want []string) {
	t.Helper()
	if !dropped {
		old := slices.DeleteFunc(x.names(t, "TABLE"), func(n string) bool { return slices.Contains(want, n) })
		if len(old) != 1 || !strings.HasSuffix(old[0], "_old") {
			t.Errorf("old tables: %q", old)
		}
		want = append(want, old...)
	}
	x.left(t, want)
}

// natively lets the server make the change.
func (x *trial) natively(t *testing.T, name string) {
	t.Helper()
	text := "ALTER TABLE " + compare.Quote(name) + " " + x.change.text
	if _, err := x.quiet(t).ExecContext(t.Context(), text); err != nil {
		t.Fatalf("the server itself cannot make the change: %v", err)
	}
}

func (x *trial) definition(t *testing.T, name string) string {
	t.Helper()
	var ignore, text string
	if err := x.db.QueryRowxContext(t.Context(), "SHOW CREATE TABLE "+compare.Quote(name)).Scan(&ignore, &text); err != nil {
		t.Fatal(err)
	}
	return text
}

var (
	counter = regexp.MustCompile(` AUTO_INCREMENT=(\d+)`)
	charset = regexp.MustCompile(`CHARACTER SET \w+ COLLATE`)
)

// plainly is a definition without the table's name, the counter, and the character set that a collation implies: MySQL shows it or not, by how the
// column came to be.
func plainly(definition string) string {
	_, body, _ := strings.Cut(definition, "(\n")
	return charset.ReplaceAllString(counter.ReplaceAllString(body, ""), "COLLATE")
}

func count(definition string) uint64 {
	m := counter.FindStringSubmatch(definition)
	if m == nil {
		return 0
	}
	n, _ := strconv.ParseUint(m[1], 10, 64) // digits, by the expression
	return n
}

// same proves that two tables have the same definition and the same rows, and that the second one's counter is not behind.
func (x *trial) same(t *testing.T, want, got string) {
	t.Helper()
	a, b := x.definition(t, want), x.definition(t, got)
	if diff := cmp.Diff(plainly(a), plainly(b)); diff != "" {
		t.Errorf("the table is not what the server's own ALTER TABLE makes of it (-want +got):\n%s", diff)
	}
	if count(b) < count(a) {
		t.Errorf("AUTO_INCREMENT is %d, want at least %d", count(b), count(a))
	}
	d, err := compare.Tables(t.Context(), x.db, want, got, compare.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !d.Equal() {
		t.Errorf("the server's own ALTER TABLE and oscar's table: %s", d)
	}
	x.sum.rows += d.RowsA
}
