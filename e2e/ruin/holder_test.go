package ruin

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"oscar/e2e/server"
	"oscar/e2e/tool"
)

// An idle transaction on the table is named while oscar waits for it, and the run goes on when it is over.
func TestAnIdleTransactionIsNamed(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		m := newSmall(t, s, "ADD COLUMN z int", "--sleep", "0")
		idle := m.db.MustBegin()
		defer idle.Rollback()
		var id int64
		if err := idle.Get(&id, "SELECT CONNECTION_ID() FROM t LIMIT 1"); err != nil {
			t.Fatal(err)
		}
		oscar := tool.Start(t, m.args...)
		const asks = "(SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'LOCK TABLES%')"
		for range 2 { // the second ask comes after the first refusal was told
			m.await("SELECT " + asks + " = 1")
			m.await("SELECT " + asks + " = 0")
		}
		if err := idle.Rollback(); err != nil {
			t.Fatal(err)
		}
		want := m.rows("t")
		r := oscar.Wait(t)
		if name := fmt.Sprintf("connection %d of root@", id); r.Code != 0 || !strings.Contains(r.Err, name) || !strings.Contains(r.Err, "idle for") {
			t.Errorf("got %s\nwant exit code 0 and %q", r, name)
		}
		if got := m.rows("t"); !slices.Equal(got, want) {
			t.Errorf("the rows are not what they should be: %d, want %d", len(got), len(want))
		}
	})
}
