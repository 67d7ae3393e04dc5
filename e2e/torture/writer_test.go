package torture

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/go-sql-driver/mysql"

	"oscar/e2e/compare"
)

// Server error numbers.
const (
	errUnknownColumn = 1054
	errDuplicate     = 1062
	errLockWait      = 1205
	errDeadlock      = 1213
	// What MariaDB says instead of "deadlock" when the deadlock is over the counter of the new table (innodb_autoinc_lock_mode=1).
	errAutoIncrement = 1467
)

// session is how one writer talks to the server.
type session struct {
	kind    string // text, prepared or procedure
	weak    bool   // READ COMMITTED
	setup   string
	zeroes  bool // NO_AUTO_VALUE_ON_ZERO
	tolerat []uint16
}

// writer sends each statement to the table and then, in the same transaction, to the mirror.
type writer struct {
	crowd   *crowd
	session session
	r       *rand.Rand
	conn    *sql.Conn
	after   bool // the table has its new columns
	lines   [2]map[string]line
	deck    []shape
}

// line is a statement that is ready to be sent.
type line struct {
	statement
	ready *sql.Stmt // of a prepared writer
	call  string    // of a procedure writer
}

// Places in lines.
const (
	onTable = iota
	onMirror
)

// open connects and prepares everything.
func (w *writer) open(ctx context.Context) error {
	db := w.crowd.pools[w.session.kind == "prepared"]
	var err error
	if w.conn, err = db.Conn(ctx); err != nil {
		return fmt.Errorf("connect a writer: %w", err)
	}
	if _, err := w.conn.ExecContext(ctx, w.session.setup); err != nil {
		return fmt.Errorf("set up a writer (%s): %w", w.session.setup, err)
	}
	return w.prepare(ctx)
}

func (w *writer) prepare(ctx context.Context) error {
	w.lines = [2]map[string]line{{}, {}}
	for _, s := range w.deck {
		for n, to := range w.crowd.targets(w.after) {
			st, ok := w.crowd.table.write(s, to)
			if !ok {
				continue
			}
			l := line{statement: st}
			var err error
			switch {
			case w.session.kind == "procedure":
				_, l.call = w.crowd.table.procedure(w.crowd.routine(s, to, w.after), st)
			case w.session.kind == "prepared" && s.act != trade: // MySQL takes a variable's type when it prepares
				l.ready, err = w.conn.PrepareContext(ctx, st.text)
			}
			if err != nil {
				return fmt.Errorf("prepare %s: %w", st.text, err)
			}
			w.lines[n][s.name] = l
		}
	}
	return nil
}

func (w *writer) close() {
	if w.conn != nil {
		w.conn.Close()
	}
}

// send sends one line with the values of its columns.
func (w *writer) send(ctx context.Context, l line, rows []map[int]any, key []any, where []int) (sql.Result, error) {
	args := make([]any, 0, len(l.args))
	inRows := len(l.args) - len(where)
	for n, i := range l.args {
		if n >= inRows {
			args = append(args, key[slices.Index(w.crowd.table.key, i)])
			continue
		}
		args = append(args, rows[n*max(1, len(rows))/max(1, inRows)][i])
	}
	switch {
	case l.ready != nil:
		return l.ready.ExecContext(ctx, args...)
	case l.call != "":
		return w.conn.ExecContext(ctx, l.call, args...)
	}
	return w.conn.ExecContext(ctx, l.text, args...)
}

func (w *writer) plain(ctx context.Context, text string) error {
	_, err := w.conn.ExecContext(ctx, text)
	return err
}

func number(err error) uint16 {
	var my *mysql.MySQLError
	if errors.As(err, &my) {
		return my.Number
	}
	return 0
}

// errAgain ends a transaction that is to be rolled back.
var errAgain = errors.New("roll back")

// transaction does one to four statements. Some of them, or all, are taken back.
func (w *writer) transaction(ctx context.Context) {
	err := w.plain(ctx, "BEGIN")
	n := pick(w.r, 1, 1, 1, 2, 3, 4)
	for i := 0; i < n && err == nil; i++ {
		if one(w.r, 12) {
			err = w.undone(ctx)
		} else {
			err = w.operation(ctx, w.deck[w.r.IntN(len(w.deck))])
		}
	}
	if err == nil && n > 1 && one(w.r, 5) {
		err = errAgain
	}
	if err == nil {
		if err = w.plain(ctx, "COMMIT"); err == nil {
			w.crowd.committed.Add(1)
			return
		}
	}
	if gone := w.judge(err); gone {
		w.after = true
	}
	if err := w.plain(ctx, "ROLLBACK"); err != nil {
		w.crowd.find("ROLLBACK: %v", err)
	}
	if number(err) == errUnknownColumn {
		if err := w.prepare(ctx); err != nil {
			w.crowd.find("after the swap: %v", err)
		}
	}
}

// judge counts an error or reports it. It says whether the table has lost a column that this writer still writes.
func (w *writer) judge(err error) (gone bool) {
	switch n := number(err); {
	case errors.Is(err, errAgain):
	case n == errUnknownColumn && !w.after && w.crowd.through:
		return true
	case n == errDeadlock, n == errLockWait, n == errAutoIncrement, slices.Contains(w.session.tolerat, n):
		w.crowd.count(n)
	default:
		w.crowd.find("a writer (%s) met %v", w.session.kind, err)
	}
	return false
}

// undone does a statement and takes it back to a savepoint.
func (w *writer) undone(ctx context.Context) error {
	if err := w.plain(ctx, "SAVEPOINT here"); err != nil {
		return err
	}
	if err := w.operation(ctx, w.deck[w.r.IntN(len(w.deck))]); err != nil {
		return err
	}
	return w.plain(ctx, "ROLLBACK TO SAVEPOINT here")
}

// operation sends one statement to both tables.
func (w *writer) operation(ctx context.Context, s shape) error {
	if s.act == stretch && w.session.weak {
		return nil // without gap locks the two tables could find different neighbours
	}
	on, ok := w.lines[onTable][s.name]
	if !ok {
		return nil
	}
	var key []any
	if s.where != nil {
		key = w.crowd.pick(w.r)
	}
	rows := make([]map[int]any, s.rows)
	for n := range rows {
		rows[n] = w.values(s)
	}
	if s.act == trade {
		return w.trade(ctx, s, key)
	}
	return w.both(ctx, s, on, rows, key)
}

func (w *writer) both(ctx context.Context, s shape, on line, rows []map[int]any, key []any) error {
	res, err := w.send(ctx, on, rows, key, s.where)
	if number(err) == errDuplicate {
		w.crowd.count(errDuplicate)
		return w.proveDuplicate(ctx, s, on, rows, key, err)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", on.text, err)
	}
	changed, err := res.RowsAffected()
	if err != nil {
		return err
	}
	if changed == 0 && on.call == "" {
		return nil
	}
	mirrored, err := w.send(ctx, w.lines[onMirror][s.name], rows, key, s.where)
	if err != nil {
		if number(err) == errDuplicate {
			w.crowd.find("the table took what its mirror refuses: %v: %s %v %v", err, on.text, rows, key)
		}
		return fmt.Errorf("mirror: %s: %w", w.lines[onMirror][s.name].text, err)
	}
	if n, _ := mirrored.RowsAffected(); n != changed && on.call == "" && len(on.sets) == len(s.sets) {
		w.crowd.find("%d rows affected, %d in the mirror: %s %v %v", changed, n, on.text, rows, key)
	}
	w.learn(s, rows, key, res)
	return nil
}

// proveDuplicate sends a refused statement to the mirror, which must refuse it too: else a duplicate in the new table was told to the writer.
func (w *writer) proveDuplicate(ctx context.Context, s shape, on line, rows []map[int]any, key []any, refusal error) error {
	if s.act == insert || s.act == several {
		return nil // the number of the row is not known
	}
	if err := w.plain(ctx, "SAVEPOINT proof"); err != nil {
		return err
	}
	_, err := w.send(ctx, w.lines[onMirror][s.name], rows, key, s.where)
	// MariaDB 11.8 also says so for a value of another unique key while the build of a new one fails on duplicates; the cause is not known.
	if err == nil && w.crowd.through {
		w.crowd.find("the table refused what its mirror takes (%s; %s): %v: %s %v %v", w.session.kind, w.session.setup, refusal, on.text, rows, key)
	} else if number(err) != errDuplicate {
		return fmt.Errorf("mirror: %w", err)
	}
	return w.plain(ctx, "ROLLBACK TO SAVEPOINT proof")
}

// values draws a row.
func (w *writer) values(s shape) map[int]any {
	out := map[int]any{}
	for _, i := range s.sets {
		c := w.crowd.table.columns[i]
		switch {
		case c.auto:
			if out[i] = numbered(w.r, c.domain.unsigned); out[i] == any(int64(0)) && !w.session.zeroes && s.act != move {
				out[i] = int64(1) // for 0 the server would choose a value
			}
		case c.null && one(w.r, 7):
			out[i] = nil
		default:
			out[i] = c.domain.value(w.r, c.inKey)
		}
	}
	return out
}

// learn keeps the keys of rows that are there now, as far as they are known.
func (w *writer) learn(s shape, rows []map[int]any, old []any, res sql.Result) {
	if s.act == remove || s.act == stretch || s.act == update {
		return
	}
	for n, row := range rows {
		var key []any
		for at, i := range w.crowd.table.key {
			v, known := row[i]
			if !known && s.act == move {
				v, known = old[at], true
			}
			if !known && w.crowd.table.columns[i].auto && w.session.kind != "procedure" {
				if id, err := res.LastInsertId(); err == nil && id > 0 {
					v, known = id+int64(n), true
				}
			}
			if known {
				key = append(key, v)
			}
		}
		if len(key) == len(w.crowd.table.key) {
			w.crowd.keep(w.r, key)
		}
	}
}

// trade lets two rows exchange the values of a unique key, by way of a third value.
func (w *writer) trade(ctx context.Context, s shape, a []any) error {
	b := w.crowd.pick(w.r)
	t, to := w.crowd.table, w.crowd.targets(w.after)[onTable]
	read := func(key []any, letter string) error {
		var list, into, where []string
		for n, i := range s.sets {
			list = append(list, compare.Quote(to.name(i)))
			into = append(into, fmt.Sprintf("@%s%d", letter, n))
		}
		for _, i := range t.key {
			where = append(where, compare.Quote(to.name(i))+" = ?")
		}
		for _, v := range into {
			if err := w.plain(ctx, "SET "+v+" = NULL"); err != nil {
				return err
			}
		}
		_, err := w.conn.ExecContext(ctx, "SELECT "+join(list)+" INTO "+join(into)+" FROM "+compare.Quote(to.table)+" WHERE "+joinAnd(where)+" FOR UPDATE", key...)
		return err
	}
	if err := read(a, "a"); err != nil {
		return err
	}
	if err := read(b, "b"); err != nil {
		return err
	}
	var full bool
	test, fromA, fromB := "TRUE", "", ""
	for n := range s.sets {
		test += fmt.Sprintf(" AND @a%d IS NOT NULL AND @b%d IS NOT NULL AND NOT CAST(@a%d AS BINARY) <=> CAST(@b%d AS BINARY)", n, n, n, n)
		fromA += fmt.Sprintf(", @v%d = @a%d", n, n)
		fromB += fmt.Sprintf(", @v%d = @b%d", n, n)
	}
	if err := w.conn.QueryRowContext(ctx, "SELECT "+test).Scan(&full); err != nil || !full {
		return err
	}
	aside := shape{name: fmt.Sprintf("move%s", s.name[len("trade"):]), act: move, sets: s.sets, rows: 1, where: s.where}
	if err := w.both(ctx, aside, w.lines[onTable][aside.name], []map[int]any{w.values(aside)}, a); err != nil {
		return err
	}
	for _, step := range []struct {
		vars string
		key  []any
	}{{fromA, b}, {fromB, a}} {
		if err := w.plain(ctx, "SET "+step.vars[2:]); err != nil {
			return err
		}
		if err := w.both(ctx, s, w.lines[onTable][s.name], []map[int]any{{}}, step.key); err != nil {
			return err
		}
	}
	w.crowd.trades.Add(1)
	return nil
}
