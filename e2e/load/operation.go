package load

import (
	"context"
	"fmt"
	"time"

	"oscar/e2e/compare"
)

// statement is a shape with its values.
type statement struct {
	shape shape
	rows  [][]any // new values, one slice for each row, aligned with shape.sets
	key   []any   // of the row it works on, aligned with table.key; nil for inserts
}

func (s statement) args() []any {
	var out []any
	for _, r := range s.rows {
		out = append(out, r...)
	}
	if s.shape.where != nil {
		out = append(out, s.key[:len(s.shape.where)]...)
	}
	return out
}

// draw fills a shape with random values.
func (w *worker) draw(s shape) (statement, error) {
	t := w.all.table
	st := statement{shape: s}
	if s.where != nil {
		if st.key = w.all.pool.pick(w.rand); st.key == nil {
			st.shape = w.insert
		}
	}
	if len(st.shape.sets) == 0 {
		return st, nil
	}
	for range st.shape.rows {
		row := make([]any, len(st.shape.sets))
		for n, i := range st.shape.sets {
			v, err := t.columns[i].value(w.rand)
			if err != nil {
				return st, err
			}
			if i == t.auto && st.shape.op != Move && v == any(int64(0)) {
				v = int64(1) // for 0 the server would choose a value
			}
			row[n] = v
		}
		st.rows = append(st.rows, row)
	}
	return st, nil
}

// with returns the values of some columns after the statement: those of row n, or else of the key. It returns nil when one is
// not known.
func (w *worker) with(s statement, n int, columns []int) []any {
	out := make([]any, 0, len(columns))
	for _, i := range columns {
		v, ok := any(nil), false
		for k, c := range w.all.table.key {
			if c == i && s.key != nil {
				v, ok = s.key[k], true
			}
		}
		if len(s.rows) > n {
			for k, c := range s.shape.sets {
				if c == i {
					v, ok = s.rows[n][k], true
				}
			}
		}
		if !ok || v == nil { // NULL is equal to no other row of a unique key
			return nil
		}
		out = append(out, v)
	}
	return out
}

// operation sends one statement and returns, with a ledger, the changes it made.
func (w *worker) operation(ctx context.Context, s shape) (Op, []event, error) {
	st, err := w.draw(s)
	if err != nil {
		return s.op, nil, err
	}
	op := st.shape.op
	var before []compare.Row
	if w.all.ledger != nil {
		if before, err = w.before(ctx, st); err != nil {
			return op, nil, err
		}
	}
	at := time.Now()
	res, err := w.session.exec(ctx, st.shape, st.args())
	w.all.tally.statement(w.source.kind, string(op), at, err)
	if err != nil {
		return op, nil, err
	}
	if w.all.ledger != nil {
		keys, err := w.newKeys(ctx, st)
		if err != nil {
			return op, nil, err
		}
		after, err := w.after(ctx, st, before, keys)
		if err != nil {
			return op, nil, err
		}
		w.learn(keys)
		return op, w.all.ledger.change(before, after), nil
	}
	if id, err := res.LastInsertId(); err == nil {
		w.learn(w.keysFrom(st, uint64(id)))
	}
	return op, nil, nil
}

// before reads the rows that the statement may change or remove.
func (w *worker) before(ctx context.Context, st statement) ([]compare.Row, error) {
	t := w.all.table
	switch st.shape.op {
	case Insert, InsertKey, InsertMany:
		return nil, nil
	case Range:
		return w.look(ctx, t.near(), st.key[:1])
	case Replace, Upsert:
		return w.lookAll(ctx, st)
	default:
		return w.look(ctx, t.look(t.key), st.key)
	}
}

// lookAll reads the rows that stand in the way of the new values by any unique key.
func (w *worker) lookAll(ctx context.Context, st statement) ([]compare.Row, error) {
	var out []compare.Row
	for _, u := range w.all.table.uniques {
		if values := w.with(st, 0, u); values != nil {
			rows, err := w.look(ctx, w.all.table.look(u), values)
			if err != nil {
				return nil, err
			}
			out = append(out, rows...)
		}
	}
	return out, nil
}

// after reads the same rows again, and those that the statement made.
func (w *worker) after(ctx context.Context, st statement, before []compare.Row, keys [][]any) ([]compare.Row, error) {
	t := w.all.table
	var out []compare.Row
	switch st.shape.op {
	case Range:
		return w.look(ctx, t.near(), st.key[:1])
	case Replace, Upsert:
		rows, err := w.lookAll(ctx, st)
		if err != nil {
			return nil, err
		}
		out = rows
	case Insert, InsertKey, InsertMany:
		if len(keys) != st.shape.rows {
			return nil, fmt.Errorf("find the rows of %s: %d keys known", st.shape.name, len(keys))
		}
	}
	for _, r := range before {
		key := make([]any, len(t.key))
		for n, i := range t.key {
			v, err := t.columns[i].param(r[i])
			if err != nil {
				return nil, err
			}
			key[n] = v
		}
		keys = append(keys, key)
	}
	for _, key := range keys {
		rows, err := w.look(ctx, t.look(t.key), key)
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	return out, nil
}

func (w *worker) look(ctx context.Context, s shape, args []any) ([]compare.Row, error) {
	at := time.Now()
	rows, err := w.session.images(ctx, s, args, len(w.all.table.columns))
	w.all.tally.statement(w.source.kind, "select", at, err)
	return rows, err
}

// newKeys returns the keys under which the rows of the statement are found once it is done.
func (w *worker) newKeys(ctx context.Context, st statement) ([][]any, error) {
	var id uint64
	if op := st.shape.op; w.all.table.auto >= 0 && (op == Insert || op == InsertMany) {
		var err error
		if id, err = w.session.lastID(ctx); err != nil {
			return nil, err
		}
	}
	return w.keysFrom(st, id), nil
}

// keysFrom works the keys out. The server numbers the rows of one INSERT without gaps from id on.
func (w *worker) keysFrom(st statement, id uint64) [][]any {
	t := w.all.table
	var out [][]any
	switch st.shape.op {
	case Insert, InsertMany, InsertKey, Replace, Move:
	default:
		return nil
	}
	for n := range st.rows {
		if st.shape.op == Move {
			if key := w.with(st, n, t.key); key != nil {
				out = append(out, key)
			}
			continue
		}
		key := make([]any, 0, len(t.key))
		for _, i := range t.key {
			if v := w.with(st, n, []int{i}); v != nil {
				key = append(key, v[0])
			} else if i == t.auto && id > 0 {
				key = append(key, id+uint64(n))
			}
		}
		if len(key) == len(t.key) {
			out = append(out, key)
		}
	}
	return out
}

func (w *worker) learn(keys [][]any) {
	for _, k := range keys {
		w.all.pool.put(w.rand, k)
	}
}
