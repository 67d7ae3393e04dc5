package copier

import (
	"context"
	"errors"
	"fmt"

	"oscar/chunker"
	"oscar/osc/conn"
)

// Bounds of a copy through the client, in bytes of SQL text.
const (
	carryMost = 16 << 20 // of a range; a larger one is copied on the server
	carryEach = 1 << 20  // of a statement, as far as its rows allow
)

// errOther means that a range must be copied on the server: it is too large, or the server had something to say about its rows.
var errOther = errors.New("copy on the server")

// carry copies a range through the client: it reads the rows under a lock and writes them in the same transaction (see chunker.Carry). done is false
// when nothing was written and the range must be copied on the server instead, whose answer to what the rows hold is the one that counts.
func (c *Copier) carry(ctx context.Context, r chunker.Range) (rows int64, done bool, err error) {
	again := c.doubt != nil
	mode := c.mode()
	c.doubt = &r
	inserted, duplicates, err := c.carried(ctx, r, mode)
	if err != nil {
		if conn.IsLost(err) {
			return 0, false, err
		}
		// Also after a lock wait: that one undoes the statement, and the locks of those before it stay.
		if _, back := c.Session.ExecContext(context.WithoutCancel(ctx), conn.Rollback); back != nil {
			return 0, false, fmt.Errorf("undo a chunk: %w", errors.Join(back, err))
		}
		if !again {
			c.doubt = nil
		}
		if ctx.Err() == nil && !passes(err) {
			c.sizer.Halve()
			return 0, false, nil
		}
		return 0, false, err
	}
	c.doubt = nil
	if again {
		inserted = max(0, inserted-duplicates)
	}
	c.result.Rows += inserted
	c.result.Chunks++
	c.result.Counts["INSERT"]++
	if duplicates > 0 {
		c.result.Counts["mysql_warning_1062"] += int(duplicates)
	}
	return inserted + duplicates, true, nil
}

func (c *Copier) carried(ctx context.Context, r chunker.Range, mode chunker.CopyMode) (inserted, duplicates int64, err error) {
	if _, err := c.Session.ExecContext(ctx, conn.Begin); err != nil {
		return 0, 0, err
	}
	texts, full, err := c.Session.Texts(ctx, carryMost, c.Plan.Copy.ReadSQL(r))
	if err != nil {
		return 0, 0, err
	}
	if full {
		return 0, 0, errOther
	}
	for len(texts) > 0 {
		n, bytes := 0, 0
		for ; n < len(texts) && (n == 0 || bytes+len(texts[n]) < carryEach); n++ {
			if texts[n] == "" {
				return 0, 0, errOther // longer than a packet may be
			}
			bytes += len(texts[n]) + 1
		}
		result, err := c.Session.ExecContext(ctx, c.Plan.Copy.WriteSQL(texts[:n], mode))
		if err != nil {
			return 0, 0, err
		}
		written, err := affected(result)
		if err != nil {
			return 0, 0, err
		}
		there, err := c.onlyDuplicates(ctx)
		if err != nil {
			return 0, 0, err
		}
		inserted, duplicates, texts = inserted+written, duplicates+there, texts[n:]
	}
	_, err = c.Session.ExecContext(ctx, conn.Commit)
	return inserted, duplicates, err
}

// onlyDuplicates counts the rows that were there already; any other warning is errOther.
func (c *Copier) onlyDuplicates(ctx context.Context) (n int64, err error) {
	warnings, err := conn.Warnings(ctx, c.Session)
	if err != nil {
		return 0, fmt.Errorf("read the warnings of a chunk: %w", err)
	}
	for _, w := range warnings {
		switch w.Code {
		case warnDuplicate:
			n++
		case warnOldWord, warnUnsafe:
		default:
			return 0, errOther
		}
	}
	return n, nil
}

// passes reports whether an error may be gone at the next try.
func passes(err error) bool {
	return conn.IsLockWait(err) || conn.IsDeadlock(err) || conn.IsInterrupted(err)
}
