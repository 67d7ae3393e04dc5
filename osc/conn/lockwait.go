package conn

import (
	"context"
	"fmt"
	"time"
)

// WithLockWait runs do while the session waits for metadata locks no longer than limit, in whole seconds, and gives the session its own
// lock_wait_timeout back afterwards, also when ctx has ended meanwhile.
func WithLockWait(ctx context.Context, q Querier, limit time.Duration, do func() error) error {
	var before int64
	if err := q.GetContext(ctx, &before, "SELECT @@SESSION.lock_wait_timeout"); err != nil {
		return fmt.Errorf("read lock_wait_timeout: %w", err)
	}
	if _, err := q.ExecContext(ctx, setLockWait(int64(limit.Seconds()))); err != nil {
		return fmt.Errorf("shorten lock_wait_timeout: %w", err)
	}
	err := do()
	if IsLost(err) {
		return err // the session's variables are gone with it
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), killGrace)
	defer stop()
	if _, back := q.ExecContext(ctx, setLockWait(before)); back != nil && err == nil && !IsLost(back) {
		return fmt.Errorf("restore lock_wait_timeout: %w", back)
	}
	return err
}

func setLockWait(seconds int64) string {
	return fmt.Sprintf("SET SESSION lock_wait_timeout=%d", seconds)
}
