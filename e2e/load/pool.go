package load

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"

	"github.com/jmoiron/sqlx"

	"oscar/e2e/compare"
)

// poolSize is how many keys the writers know at a time: few enough that they meet on the same rows.
const poolSize = 4096

// pool holds keys of rows that were there when last seen.
type pool struct {
	mu   sync.Mutex
	keys [][]any
}

// readPool takes a random sample of the table's keys.
func readPool(ctx context.Context, db *sqlx.DB, t *table) (*pool, error) {
	conn, err := db.Connx(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	defer conn.Close()
	// As the writers' own sessions read and write times.
	if _, err := conn.ExecContext(ctx, "SET time_zone = '+00:00'"); err != nil {
		return nil, fmt.Errorf("set the time zone: %w", err)
	}
	var list []string
	for _, i := range t.key {
		list = append(list, t.columns[i].Image())
	}
	rows, err := conn.QueryContext(ctx, fmt.Sprintf("SELECT %s FROM %s ORDER BY RAND() LIMIT %d", strings.Join(list, ", "),
		compare.Quote(t.name), poolSize))
	if err != nil {
		return nil, fmt.Errorf("read keys of %s: %w", t.name, err)
	}
	defer rows.Close()
	p := &pool{}
	for rows.Next() {
		images, dest := make([]*string, len(t.key)), make([]any, len(t.key))
		for i := range images {
			dest[i] = &images[i]
		}
		if err := rows.Scan(dest...); err != nil {
			return nil, fmt.Errorf("read keys of %s: %w", t.name, err)
		}
		key := make([]any, len(t.key))
		for n, i := range t.key {
			if key[n], err = t.columns[i].param(images[n]); err != nil {
				return nil, err
			}
		}
		p.keys = append(p.keys, key)
	}
	return p, rows.Err()
}

// pick returns a key, or nil when none is known.
func (p *pool) pick(r *rand.Rand) []any {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.keys) == 0 {
		return nil
	}
	return p.keys[r.IntN(len(p.keys))]
}

// put adds a key, in the place of another one when the pool is full.
func (p *pool) put(r *rand.Rand, key []any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.keys) < poolSize {
		p.keys = append(p.keys, key)
		return
	}
	p.keys[r.IntN(len(p.keys))] = key
}
