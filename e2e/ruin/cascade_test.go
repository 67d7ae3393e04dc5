package ruin

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jmoiron/sqlx"

	"oscar/e2e/compare"
	"oscar/e2e/server"
	"oscar/e2e/tool"
)

// family is grandparents, parents and their children, with cascades over two levels and a foreign key that is set to NULL. Each exists twice: the
// application does everything to both in one transaction, and only one of them is changed by oscar.
const family = `
CREATE TABLE g# (id int PRIMARY KEY);
CREATE TABLE p# (id int PRIMARY KEY, g int NOT NULL, CONSTRAINT p#_g FOREIGN KEY (g) REFERENCES g# (id) ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE q# (id int PRIMARY KEY);
CREATE TABLE t# (id int PRIMARY KEY, p int NOT NULL, q int, v varchar(40), KEY v (v),
  CONSTRAINT t#_p FOREIGN KEY (p) REFERENCES p# (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT t#_q FOREIGN KEY (q) REFERENCES q# (id) ON DELETE SET NULL ON UPDATE CASCADE);
INSERT INTO g# SELECT d FROM digits;
INSERT INTO p# SELECT x.d*10+y.d, x.d FROM digits x, digits y;
INSERT INTO q# SELECT x.d*10+y.d FROM digits x, digits y;
INSERT INTO t# SELECT n, n % 100, (n * 7) % 100, CONCAT('v', n) FROM (SELECT x.d*1000+y.d*100+z.d*10+w.d AS n FROM digits w, digits x, digits y, digits z) numbers WHERE n < 4000`

// life is one transaction of the application; # stands for nothing and for 2.
func life(r *rand.Rand) []string {
	one := func() int { return r.IntN(100) }
	row := r.IntN(5000)
	switch r.IntN(12) {
	case 0:
		return []string{fmt.Sprintf("DELETE FROM p# WHERE id = %d", one())}
	case 1:
		n, m := one(), one()
		return []string{fmt.Sprintf("UPDATE p# SET id = %d WHERE id = %d", n, m)}
	case 2:
		return []string{fmt.Sprintf("UPDATE p# SET id = id + 100 WHERE id = %d", one()), fmt.Sprintf("UPDATE p# SET id = id - 100 WHERE id = %d", 100+one())}
	case 3:
		return []string{fmt.Sprintf("DELETE FROM g# WHERE id = %d", one())} // one in ten is there
	case 4:
		return []string{fmt.Sprintf("UPDATE g# SET id = id + 10 WHERE id = %d", r.IntN(10)), fmt.Sprintf("UPDATE g# SET id = id - 10 WHERE id = %d", 10+r.IntN(10))}
	case 5:
		return []string{fmt.Sprintf("DELETE FROM q# WHERE id = %d", one()), fmt.Sprintf("INSERT IGNORE INTO q# VALUES (%d)", one())}
	case 6:
		return []string{fmt.Sprintf("UPDATE q# SET id = id + 100 WHERE id = %d", one()), fmt.Sprintf("INSERT IGNORE INTO q# VALUES (%d)", one())}
	case 7, 8, 9: // a family grows again
		p, g := one(), r.IntN(10)
		list := []string{fmt.Sprintf("INSERT IGNORE INTO g# VALUES (%d)", g), fmt.Sprintf("INSERT IGNORE INTO p# VALUES (%d, %d)", p, g)}
		for range 8 {
			list = append(list, fmt.Sprintf("REPLACE INTO t# (id, p, q, v) VALUES (%d, %d, NULL, 'grown')", r.IntN(5000), p))
		}
		return list
	case 10:
		return []string{fmt.Sprintf("UPDATE t# SET v = 'changed %d' WHERE id = %d", one(), row), fmt.Sprintf("DELETE FROM t# WHERE id = %d", r.IntN(5000))}
	default:
		return []string{fmt.Sprintf("UPDATE t# SET id = id + 5000 WHERE id = %d", row), fmt.Sprintf("UPDATE t# SET q = NULL, v = NULL WHERE id = %d", r.IntN(5000))}
	}
}

// lived counts what the application saw.
type lived struct {
	sync.Mutex
	done, deadlocks, waits int
	unexpected             []string
}

// live runs workers until the context ends.
func live(ctx context.Context, db *sqlx.DB, seed uint64) (*lived, *sync.WaitGroup) {
	var l lived
	var all sync.WaitGroup
	for w := range uint64(4) {
		all.Add(1)
		go func() {
			defer all.Done()
			for r := rand.New(rand.NewPCG(seed, w)); ctx.Err() == nil; {
				err := transact(db, life(r))
				var number *mysql.MySQLError
				l.Lock()
				switch {
				case err == nil:
					l.done++
				case !errors.As(err, &number):
					l.unexpected = append(l.unexpected, err.Error())
				case number.Number == 1213:
					l.deadlocks++
				case number.Number == 1205:
					l.waits++
				case number.Number == 1062, number.Number == 1452, number.Number == 1451, number.Number == 1761: // a key that is there, or is gone
				default:
					l.unexpected = append(l.unexpected, err.Error())
				}
				l.Unlock()
				time.Sleep(5 * time.Millisecond) // the machine has other work, too
			}
		}()
	}
	return &l, &all
}

func transact(db *sqlx.DB, statements []string) error {
	tx, err := db.BeginTxx(context.Background(), &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // nothing after a commit
	for _, as := range []string{"", "2"} {
		for _, s := range statements {
			if _, err := tx.Exec(strings.ReplaceAll(s, "#", as)); err != nil {
				return err
			}
		}
	}
	return tx.Commit()
}

// TestCascades changes a table whose rows its parents delete, move and set to NULL, with small chunks. The new table must stay in step by itself: the
// comparison finds nothing to put right.
func TestCascades(t *testing.T) {
	for _, e := range server.Engines(t) {
		kinds := map[string][]string{"": nil}
		if e.MySQL() {
			kinds = map[string][]string{"": nil, " foreign keys of InnoDB": {"innodb_native_foreign_keys=ON"}}
		}
		for kind, args := range kinds {
			t.Run(string(e)+kind, func(t *testing.T) {
				s := server.New(t, e, server.WithArgs(args...))
				sc := &scene{t: t, server: s, schema: server.Schema(t, s)}
				sc.db = server.DB(t, s, sc.schema)
				sc.exec("CREATE TABLE digits (d int); INSERT INTO digits VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)")
				for _, as := range []string{"", "2"} {
					sc.exec(strings.ReplaceAll(family, "#", as))
				}
				for round, alter := range []string{"MODIFY v varchar(60), ADD COLUMN z int NOT NULL DEFAULT 5", "DROP KEY v, CHANGE v w varchar(60), CHANGE p parent int NOT NULL"} {
					ctx, stop := context.WithCancel(t.Context())
					app, ended := live(ctx, sc.db, uint64(round))
					oscar := tool.Start(t, sc.server.PT()+",D="+sc.schema+",t=t", "--alter", alter, "--execute", "--chunk-size", "40", "--chunk-size-limit", "1", "--chunk-time", "0", "--sleep", "0.02")
					r := oscar.Wait(t)
					app.Lock()
					before := app.done
					app.Unlock()
					sc.until(app, before+50)
					stop()
					ended.Wait()
					fmt.Fprintf(os.Stderr, "%s%s: %s, %d transactions, %d deadlocks, %d lock waits\n", e, kind, r.Took.Round(time.Millisecond), app.done, app.deadlocks, app.waits)
					if r.Code != 0 || strings.Contains(r.Out, "differed") || strings.Contains(r.Err, "put the new table right") {
						t.Fatal(r)
					}
					if round == 1 { // the application does not know the new names
						app.unexpected = slices.DeleteFunc(app.unexpected, func(what string) bool { return strings.Contains(what, "Error 1054") })
					}
					if len(app.unexpected) > 0 {
						t.Errorf("the application saw %q", app.unexpected[:min(5, len(app.unexpected))])
					}
					renames := []map[string]string{nil, {"v": "w", "p": "parent"}}
					diff, err := compare.Tables(t.Context(), sc.db, "t2", "t", compare.Options{Renames: renames[round]})
					if err != nil {
						t.Fatal(err)
					}
					if !diff.Equal() {
						t.Fatalf("%s\n%s", diff, r)
					}
				}
			})
		}
	}
}

// until waits until the application has done so many transactions.
func (sc *scene) until(l *lived, n int) {
	sc.t.Helper()
	for limit, tick := time.After(tool.Limit), time.NewTicker(5*time.Millisecond); ; {
		l.Lock()
		done := l.done
		l.Unlock()
		if done >= n {
			return
		}
		select {
		case <-tick.C:
		case <-limit:
			sc.t.Fatalf("the application did %d transactions, want %d", done, n)
		}
	}
}

// Where cascades fire triggers (MySQL 9.7 can be told so), a trigger may not write to the new table, which the same statement changes too (1442): the
// application could not change parents any more.
func TestCascadesThatFireTriggersAreRefused(t *testing.T) {
	for _, e := range server.Engines(t) {
		if !e.MySQL() {
			continue
		}
		s := server.New(t, e, server.WithArgs("enable_cascade_triggers=ON"))
		sc := &scene{t: t, server: s, schema: server.Schema(t, s)}
		sc.db = server.DB(t, s, sc.schema)
		sc.exec("CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, p int, FOREIGN KEY t_p (p) REFERENCES p (id) ON DELETE CASCADE)")
		r := tool.Run(t, sc.server.PT()+",D="+sc.schema+",t=t", "--alter", "ADD COLUMN z int", "--execute")
		if r.Code != 17 || !strings.Contains(r.Err, "enable_cascade_triggers") {
			t.Error(r)
		}
	}
}
