package ruin

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/jmoiron/sqlx"

	"oscar/e2e/server"
	"oscar/e2e/tool"
)

// kinds are statements by which rows come, change and go, # stands for the table: u, which oscar changes, or twin. a and b are ids near each other, or
// not; n is any number. What LOAD DATA reads is made from the same ids.
var kinds = map[string][]string{
	"replace":                  {"REPLACE INTO # (id, k, a, b) VALUES (:a, :n, 1, 'replaced'), (:b, :n + 1, 2, 'replaced')"},
	"replace select":           {"REPLACE INTO # (id, k, a, b) SELECT id, k + 1, a, b FROM # WHERE id BETWEEN :a AND :a + 3 ORDER BY id"},
	"on duplicate key":         {"INSERT INTO # (id, k, a, b) VALUES (:a, :n, 1, 'new'), (:b, :n + 1, 1, 'new') ON DUPLICATE KEY UPDATE a = COALESCE(a, 0) + 1, b = 'old'"},
	"on duplicate other key":   {"INSERT INTO # (id, k, a, b) SELECT :n + 1000000, k, 1, 'new' FROM # WHERE id = :a ON DUPLICATE KEY UPDATE b = 'by k'"},
	"on duplicate moves":       {"INSERT IGNORE INTO # (id, k, a, b) VALUES (:a, :n, 1, 'new') ON DUPLICATE KEY UPDATE id = :n + 2000000"},
	"insert ignore":            {"INSERT IGNORE INTO # (id, k, a, b) VALUES (:a, :n, 5, 'ignored'), (:b, :n, 5, 'ignored'), (:n + 3000000, :a, 5, 'ignored')"},
	"insert select":            {"INSERT IGNORE INTO # (id, k, a, b) SELECT id + 1, k + 100000, a, b FROM # WHERE id BETWEEN :a AND :a + 5 ORDER BY id"},
	"update ignore":            {"UPDATE IGNORE # SET k = k + 1 WHERE id BETWEEN :a AND :a + 5 ORDER BY id"},
	"update ignore of keys":    {"UPDATE IGNORE # SET id = id + 1 WHERE id BETWEEN :a AND :a + 5 ORDER BY id"},
	"update keys with limit":   {"UPDATE # SET id = -id - 1000 WHERE id BETWEEN :a AND :a + 9 ORDER BY id DESC LIMIT 2", "UPDATE # SET id = -id - 1000 WHERE id < -1000 ORDER BY id DESC LIMIT 1"},
	"update of many":           {"UPDATE # SET a = :n, b = NULL WHERE id BETWEEN :a AND :a + 20"},
	"update two tables":        {"UPDATE #, digits SET #.a = digits.d, #.b = CONCAT('d', digits.d) WHERE #.id = :a + digits.d"},
	"update with join":         {"UPDATE # x JOIN # y ON y.id = x.id + 1 SET x.b = 'left', y.a = 17 WHERE x.id = :a"},
	"delete ignore":            {"DELETE IGNORE FROM # WHERE id = :b"},
	"delete with limit":        {"DELETE FROM # WHERE id >= :a ORDER BY id LIMIT 1"},
	"delete from two tables":   {"DELETE # FROM # JOIN digits ON #.id = :a + digits.d * 7 WHERE digits.d < 2"},
	"delete by another":        {"DELETE FROM # USING # JOIN digits ON #.id = :b + digits.d WHERE digits.d = 3"},
	"rolled back to savepoint": {"UPDATE # SET b = 'kept' WHERE id = :a", "SAVEPOINT one", "DELETE FROM # WHERE id BETWEEN :a AND :a + 10", "REPLACE INTO # (id, k) VALUES (:b, :n)", "ROLLBACK TO SAVEPOINT one", "UPDATE # SET a = 99 WHERE id = :b", "RELEASE SAVEPOINT one"},
	"stored procedure":         {"CALL write_#(:a, :n)"},
	"load data":                {"LOAD DATA LOCAL INFILE 'Reader::kinds' REPLACE INTO TABLE # FIELDS TERMINATED BY ',' (id, k, a, b)"},
	"load data ignore":         {"LOAD DATA LOCAL INFILE 'Reader::kinds' IGNORE INTO TABLE # FIELDS TERMINATED BY ',' (id, k, a, b)"},
}

const procedure = `CREATE PROCEDURE write_#(x int, n int) BEGIN
  DECLARE i int DEFAULT 0;
  WHILE i < 3 DO
    INSERT INTO # (id, k, a, b) VALUES (x + i, n + i, i, 'called') ON DUPLICATE KEY UPDATE b = CONCAT('called ', i);
    SET i = i + 1;
  END WHILE;
  DELETE FROM # WHERE id = x + 1;
END`

// event writes to both tables from inside the server; its ids are its own.
const event = `CREATE EVENT tick ON SCHEDULE EVERY 1 SECOND DO BEGIN
  DECLARE EXIT HANDLER FOR SQLEXCEPTION ROLLBACK;
  START TRANSACTION;
  SET @n = UNIX_TIMESTAMP() MOD 100000;
  REPLACE INTO u (id, k, a, b) VALUES (10000000 + @n, 10000000 + @n, 1, 'event');
  REPLACE INTO twin (id, k, a, b) VALUES (10000000 + @n, 10000000 + @n, 1, 'event');
  COMMIT;
END`

// TestStatementKinds sends every kind of statement to a table that is being copied in small chunks, and to a twin that the server alters itself.
func TestStatementKinds(t *testing.T) {
	for _, e := range server.Engines(t) {
		t.Run(string(e), func(t *testing.T) {
			s := server.New(t, e, server.WithArgs("local_infile=1", "event_scheduler=ON"))
			sc := &scene{t: t, server: s, schema: server.Schema(t, s)}
			sc.db = server.DB(t, s, sc.schema)
			sc.exec("CREATE TABLE digits (d int); INSERT INTO digits VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)")
			sc.exec("CREATE TABLE u (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, k int NOT NULL, a int, b varchar(60), UNIQUE KEY k (k))")
			sc.exec("INSERT INTO u SELECT n + 1, n * 10, n % 97, CONCAT('name', n) FROM (SELECT p.d*1000+q.d*100+r.d*10+s.d AS n FROM digits p, digits q, digits r, digits s) numbers WHERE n < 3000")
			sc.exec("CREATE TABLE twin LIKE u; INSERT INTO twin SELECT * FROM u")
			for _, table := range []string{"u", "twin"} {
				sc.exec(strings.ReplaceAll(procedure, "#", table))
			}
			sc.exec(event)
			oscar := tool.Start(t, sc.server.PT()+",D="+sc.schema+",t=u", "--alter", "MODIFY a bigint, ADD COLUMN z int NOT NULL DEFAULT 5", "--execute", "--chunk-size", "30", "--chunk-size-limit", "1", "--chunk-time", "0", "--sleep", "0.02")
			oscar.Await(t, "Creating triggers...")
			done := map[string]int{}
			for r, over := rand.New(rand.NewPCG(3, 4)), 0; over < 2; {
				if oscar.Ended() {
					over++ // once more after the swap
				}
				for kind, statements := range kinds {
					if sc.both(r, statements) {
						done[kind]++
					}
				}
			}
			r := oscar.Wait(t)
			sc.exec("DROP EVENT tick")
			sc.exec("ALTER TABLE twin MODIFY a bigint, ADD COLUMN z int NOT NULL DEFAULT 5")
			for kind := range kinds {
				if done[kind] < 10 {
					t.Errorf("%s was done %d times only", kind, done[kind])
				}
			}
			if r.Code != 0 || r.Differed() {
				t.Error(r)
			}
			sc.alike("twin", "u", nil)
			var ticks int
			if err := sc.db.GetContext(t.Context(), &ticks, "SELECT COUNT(*) FROM u WHERE id > 10000000"); err != nil || ticks == 0 {
				t.Errorf("the event wrote %d rows, %v", ticks, err)
			}
			t.Logf("%s: %v", e, done)
		})
	}
}

// both does statements to both tables in one transaction, again after a deadlock. It reports whether that was done: a statement may meet a key that is
// taken.
func (sc *scene) both(r *rand.Rand, statements []string) bool {
	sc.t.Helper()
	a := 1 + r.IntN(3000)
	b, n := 1+r.IntN(3000), 1000000+r.IntN(1000000)
	if r.IntN(2) == 0 {
		b = a + r.IntN(20)
	}
	rows := fmt.Sprintf("%d,%d,1,loaded\n%d,%d,2,loaded\n%d,%d,3,\n", a, n, b, n+1, a+1, n+2)
	mysql.RegisterReaderHandler("kinds", func() io.Reader { return strings.NewReader(rows) })
	defer mysql.DeregisterReaderHandler("kinds")
	values := strings.NewReplacer(":a", fmt.Sprint(a), ":b", fmt.Sprint(b), ":n", fmt.Sprint(n))
	for {
		err := once(sc.db, statements, values)
		var number *mysql.MySQLError
		switch {
		case err == nil:
			return true
		case !errors.As(err, &number):
			sc.t.Fatal(err)
		case number.Number == 1213, number.Number == 1205, number.Number == autoIncrement:
			continue
		case number.Number == 1062:
			return false
		default:
			sc.t.Fatalf("%v: %v", statements, err)
		}
	}
}

func once(db *sqlx.DB, statements []string, values *strings.Replacer) error {
	tx, err := db.BeginTxx(context.Background(), &sql.TxOptions{})
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // nothing after a commit
	for _, table := range []string{"u", "twin"} {
		for _, s := range statements {
			if _, err := tx.Exec(strings.ReplaceAll(values.Replace(s), "#", table)); err != nil {
				return err
			}
		}
	}
	return tx.Commit()
}
