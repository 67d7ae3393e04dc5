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

// family is grandparents, parents and their children, with cascades over two levels and a foreign key that is set to NULL. Each exists twice; only
// one of them is changed by oscar.
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

// live runs workers until the context ends. Each does its transactions to all the families that are named, in one. With more than one family there
// may be one worker only: a DELETE that finds no row in the first family and one in the second would make them differ.
func live(ctx context.Context, db *sqlx.DB, workers uint64, families ...string) (*lived, *sync.WaitGroup) {
	var l lived
	var all sync.WaitGroup
	for w := range workers {
		all.Add(1)
		go func() {
			defer all.Done()
			for r := rand.New(rand.NewPCG(7, w)); ctx.Err() == nil; {
				err := transact(db, life(r), families)
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

func transact(db *sqlx.DB, statements, families []string) error {
	tx, err := db.BeginTxx(context.Background(), &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // nothing after a commit
	for _, as := range families {
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
				sc.crowd(string(e) + kind)
				sc.across(string(e) + kind)
			})
		}
	}
}

// crowd is many writers during the copy and the comparison. They end before the swap, so that both tables can be compared.
func (sc *scene) crowd(name string) {
	sc.t.Helper()
	ctx, stop := context.WithCancel(sc.t.Context())
	defer stop()
	app, ended := live(ctx, sc.db, 4, "")
	oscar := tool.Start(sc.t, sc.family("MODIFY v varchar(60), ADD COLUMN z int NOT NULL DEFAULT 5", "--chunk-size", "40", "--no-drop-old-table")...)
	oscar.Await(sc.t, "Copying approximately")
	release := sc.hold("SELECT COUNT(*) FROM _t_new WHERE id = -1")
	oscar.Await(sc.t, "another session holds the table")
	stop()
	ended.Wait()
	sc.alike("t", "_t_new", nil)
	release()
	r := oscar.Wait(sc.t)
	app.report(sc.t, name+", many writers", r)
	sc.alike("_t_old", "t", nil)
	sc.exec("DROP TABLE _t_old")
}

// across is one writer who does everything to a twin as well, from before the copy until after the swap, while columns get other names.
func (sc *scene) across(name string) {
	sc.t.Helper()
	sc.exec("DELETE FROM t2; DELETE FROM p2; DELETE FROM g2; DELETE FROM q2; INSERT INTO q2 SELECT * FROM q; INSERT INTO g2 SELECT * FROM g; INSERT INTO p2 SELECT * FROM p; INSERT INTO t2 SELECT id, p, q, v FROM t")
	ctx, stop := context.WithCancel(sc.t.Context())
	defer stop()
	app, ended := live(ctx, sc.db, 1, "", "2")
	r := tool.Run(sc.t, sc.family("DROP KEY v, CHANGE q other int, ADD COLUMN y int", "--chunk-size", "150")...)
	app.Lock()
	before := app.done
	app.Unlock()
	sc.until(app, before+30)
	stop()
	ended.Wait()
	app.unexpected = slices.DeleteFunc(app.unexpected, func(what string) bool { return strings.Contains(what, "Error 1054") }) // the application does not know the new name
	app.report(sc.t, name+", writer with a twin", r)
	sc.alike("t2", "t", map[string]string{"q": "other"})
}

func (sc *scene) family(alter string, more ...string) []string {
	return append([]string{sc.server.PT() + ",D=" + sc.schema + ",t=t", "--alter", alter, "--execute", "--chunk-size-limit", "1", "--chunk-time", "0", "--sleep", "0.02"}, more...)
}

// report fails the test unless the run went well and found nothing to mend.
func (l *lived) report(t *testing.T, name string, r tool.Result) {
	t.Helper()
	fmt.Fprintf(os.Stderr, "%s: %s, %d transactions, %d deadlocks, %d lock waits\n", name, r.Took.Round(time.Millisecond), l.done, l.deadlocks, l.waits)
	if r.Code != 0 || r.Differed() || strings.Contains(r.Err, "put the new table right") {
		t.Fatal(r)
	}
	if len(l.unexpected) > 0 {
		t.Errorf("the application saw %q", l.unexpected[:min(5, len(l.unexpected))])
	}
}

func (sc *scene) alike(a, b string, renames map[string]string) {
	sc.t.Helper()
	diff, err := compare.Tables(sc.t.Context(), sc.db, a, b, compare.Options{Renames: renames})
	if err != nil {
		sc.t.Fatal(err)
	}
	if !diff.Equal() {
		sc.t.Fatalf("%s and %s: %s", a, b, diff)
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
