package verify

import (
	"context"
	"fmt"

	"oscar/chunker"
	"oscar/osc/conn"
)

// mend copies again what differs in a range, in small windows, and compares once more. Its error is a *Mismatch when rows still differ.
func (v *Verifier) mend(ctx context.Context, r chunker.Range, ranged bool) error {
	if !ranged {
		return &Mismatch{Table: v.Tables.Original.Name}
	}
	v.tell("", "a range differs; looking for the rows and copying them again")
	for left := r; ; {
		upto, err := v.Next(ctx, left, window)
		if err != nil {
			return fmt.Errorf("find the rows that differ: %w", err)
		}
		part := chunker.Range{After: left.After, Upto: upto}
		if upto == nil {
			part = left
		}
		if err := v.mendWindow(ctx, part); err != nil {
			return err
		}
		if upto == nil {
			return nil
		}
		left.After = upto
	}
}

func (v *Verifier) mendWindow(ctx context.Context, r chunker.Range) error {
	if _, equal, err := v.equal(ctx, r); err != nil || equal {
		return err
	}
	keys, err := v.differing(ctx, r)
	if err != nil {
		return err
	}
	repairErr := v.recopy(ctx, r)
	if repairErr != nil && (conn.IsLost(repairErr) || ctx.Err() != nil) {
		return repairErr
	}
	if repairErr == nil {
		if _, equal, err := v.equal(ctx, r); err != nil || equal {
			return err
		}
		if keys, err = v.differing(ctx, r); err != nil {
			return err
		}
	}
	return &Mismatch{Table: v.Tables.Original.Name, Keys: keys, Cause: repairErr}
}

// differing names rows of a window that are on one side only or differ.
func (v *Verifier) differing(ctx context.Context, r chunker.Range) ([]string, error) {
	if err := v.send(ctx, beginSnapshot); err != nil {
		return nil, err
	}
	defer v.send(context.WithoutCancel(ctx), commit) //nolint:errcheck // a read that ends with the connection at the latest
	original, order, err := v.list(ctx, v.sql.original, r)
	if err != nil {
		return nil, err
	}
	altered, more, err := v.list(ctx, v.sql.altered, r)
	if err != nil {
		return nil, err
	}
	var keys []string
	note := func(key, what string) {
		if len(keys) < few {
			keys = append(keys, "("+key+") "+what)
		}
	}
	for _, k := range order {
		switch got, there := altered[k]; {
		case !there:
			note(k, "is missing from the new table")
		case got != original[k]:
			note(k, "has another value")
		}
	}
	for _, k := range more {
		if _, there := original[k]; !there {
			note(k, "is in the new table only")
		}
	}
	return keys, nil
}

// list is the digest of each row by its key.
func (v *Verifier) list(ctx context.Context, s side, r chunker.Range) (map[string]string, []string, error) {
	_, rows, err := v.Session.Rows(ctx, s.rows(r, 100*window))
	if err != nil {
		return nil, nil, fmt.Errorf("list the rows that differ: %w", err)
	}
	digests := make(map[string]string, len(rows))
	var order []string
	for _, row := range rows {
		n := len(row) - 1
		p, err := v.Tables.Key.Point(row[:n])
		if err != nil {
			return nil, nil, err
		}
		if row[n] != nil {
			digests[p.SQL()] += *row[n] // rows that share a key of a non-unique index count together
		}
		order = append(order, p.SQL())
	}
	return digests, order, nil
}

// recopy puts the original's rows of a range in the place of what the new table has there. The original's rows are locked first, as an
// application's write locks them before its trigger gets to the new table: in the other order the two would deadlock.
func (v *Verifier) recopy(ctx context.Context, r chunker.Range) (err error) {
	defer func() {
		if err != nil && !v.Session.Lost() {
			v.send(context.WithoutCancel(ctx), rollback) //nolint:errcheck // the first error counts
		}
	}()
	if err := v.send(ctx, begin); err != nil {
		return err
	}
	for _, query := range v.sql.recopy(r) {
		if err := v.send(ctx, query); err != nil {
			return err
		}
		warnings, err := conn.Warnings(ctx, v.Session)
		if err != nil {
			return err
		}
		if len(warnings) > 0 {
			return fmt.Errorf("%s %d: %s", warnings[0].Level, warnings[0].Code, warnings[0].Message)
		}
	}
	return v.send(ctx, commit)
}

func (v *Verifier) send(ctx context.Context, query string) error {
	_, err := v.Session.ExecContext(ctx, query)
	return err
}
