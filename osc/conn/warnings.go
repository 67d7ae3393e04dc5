package conn

import (
	"context"
	"fmt"
)

// MaxWarnings is the greatest max_error_count that servers take, and what oscar's sessions have: so many warnings can be listed.
const MaxWarnings = 65535

// Warning is one row of SHOW WARNINGS.
type Warning struct {
	Level   string `db:"Level"`
	Code    int    `db:"Code"`
	Message string `db:"Message"`
}

// Warnings are those of the last statement on the connection.
func Warnings(ctx context.Context, q Querier) ([]Warning, error) {
	var list []Warning
	if err := q.SelectContext(ctx, &list, "SHOW WARNINGS"); err != nil {
		return nil, fmt.Errorf("show warnings: %w", err)
	}
	return list, nil
}
