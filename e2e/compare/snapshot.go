package compare

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"
)

// Snapshot returns a hash over all rows and columns and the number of rows. The hash does not depend on the order in which
// rows come. Column names are part of it, their types are not.
func Snapshot(ctx context.Context, db *sqlx.DB, table string) (hash string, rows int, err error) {
	var sum [4]uint64
	names, err := Rows(ctx, db, table, nil, func(r Row) error {
		rows++
		h := sha256.Sum256([]byte(r.Key(all(len(r)))))
		for i := range sum { // a sum, not an exclusive or: two equal rows must not cancel out
			sum[i] += binary.BigEndian.Uint64(h[i*8:])
		}
		return nil
	})
	if err != nil {
		return "", 0, err
	}
	return fmt.Sprintf("%x-%x", sha256.Sum256([]byte(strings.Join(names, "\x00"))), sum), rows, nil
}

// Rows gives the images of every row to each, in no particular order, and returns the names of the columns. Without a list of columns
// all are read.
func Rows(ctx context.Context, db *sqlx.DB, table string, columns []string, each func(Row) error) ([]string, error) {
	cols, err := Columns(ctx, db, table)
	if err != nil {
		return nil, err
	}
	if cols, err = pick(cols, columns); err != nil {
		return nil, fmt.Errorf("read rows of %s: %w", table, err)
	}
	var names, list []string
	for _, c := range cols {
		names, list = append(names, c.Name), append(list, c.Image())
	}
	r, err := openReader(ctx, db, "SELECT "+strings.Join(list, ", ")+" FROM "+Quote(table))
	if err != nil {
		return nil, fmt.Errorf("read rows of %s: %w", table, err)
	}
	defer r.close()
	for {
		row, err := r.next()
		if err != nil {
			return nil, fmt.Errorf("read rows of %s: %w", table, err)
		}
		if row == nil {
			return names, nil
		}
		if err := each(row); err != nil {
			return nil, err
		}
	}
}

// pick returns the named columns in the order of the names.
func pick(cols []Column, names []string) ([]Column, error) {
	if names == nil {
		return cols, nil
	}
	var out []Column
	for _, n := range names {
		found := false
		for _, c := range cols {
			if strings.EqualFold(c.Name, n) {
				out, found = append(out, c), true
			}
		}
		if !found {
			return nil, fmt.Errorf("no column %s", n)
		}
	}
	return out, nil
}

func all(n int) []int {
	at := make([]int, n)
	for i := range at {
		at[i] = i
	}
	return at
}
