package ruin

import (
	"testing"

	"oscar/e2e/server"
	"oscar/e2e/tool"
)

// A row that no partition of the new table holds is written while the rows are copied. Either the application is told, or the run ends; in no case is
// the row missing afterwards.
func TestRowWithoutAPartitionIsNotLost(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		sc := newScene(t, s)
		sc.writers.Stop()
		sc.exec("CREATE TABLE p (id int NOT NULL, a int NOT NULL, PRIMARY KEY (id, a))")
		sc.exec("INSERT INTO p SELECT id, a % 100 FROM t WHERE id <= 2000")
		for name, write := range map[string]string{
			"in front of the copy":  "INSERT INTO p VALUES (1000000, 500)",
			"behind the copy":       "INSERT INTO p VALUES (-1, 500)",
			"a row that moves away": "UPDATE p SET a = 500 WHERE id = 5",
		} {
			t.Run(name, func(t *testing.T) {
				sc.t = t
				sc.exec("DELETE FROM p WHERE a = 500")
				oscar := tool.Start(t, sc.server.PT()+",D="+sc.schema+",t=p", "--alter", "PARTITION BY RANGE (a) (PARTITION p0 VALUES LESS THAN (50), PARTITION p1 VALUES LESS THAN (100))",
					"--execute", "--chunk-size", "100", "--chunk-size-limit", "1", "--sleep", "0.05")
				oscar.Await(t, "Copying approximately")
				_, refused := sc.db.ExecContext(t.Context(), write)
				r := oscar.Wait(t)
				var there, partitions int
				if err := sc.db.GetContext(t.Context(), &there, "SELECT COUNT(*) FROM p WHERE a = 500"); err != nil {
					t.Fatal(err)
				}
				if err := sc.db.GetContext(t.Context(), &partitions, "SELECT COUNT(partition_name) FROM information_schema.partitions WHERE table_schema = ? AND table_name = 'p'", sc.schema); err != nil {
					t.Fatal(err)
				}
				if refused != nil || there != 1 {
					t.Errorf("the application was told %v, and %d such rows are there\n%s", refused, there, r)
				}
				if r.Code != 21 && r.Code != 29 || partitions > 0 { // the copy may come to the row before the note is read
					t.Errorf("the table has %d partitions: %s", partitions, r)
				}
				var left int
				err := sc.db.GetContext(t.Context(), &left, "SELECT (SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema = ?) + "+
					"(SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = ? AND table_name LIKE '\\_%')", sc.schema, sc.schema)
				if err != nil || left > 0 {
					t.Errorf("%d tables and triggers left (%v)", left, err)
				}
			})
		}
	})
}
