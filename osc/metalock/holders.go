package metalock

import (
	"context"
	"fmt"
	"strings"
	"time"

	"oscar/osc/conn"
	"oscar/osc/ident"
	"oscar/osc/schema"
)

// Holder is a session that is in the way of an exclusive lock.
type Holder struct {
	ID      int64
	User    string
	Host    string
	Open    time.Duration // how long its transaction has been open, in whole seconds; negative when unknown
	Idle    time.Duration // since its last statement; negative while one is running
	Verb    string        // the first word of that statement; what else is in it is the application's own
	Certain bool          // false: the server does not tell who holds the table, and this is one of the oldest open transactions
}

// String is for the log.
func (h Holder) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "connection %d of %s@%s", h.ID, h.User, h.Host)
	if h.Open >= 0 {
		fmt.Fprintf(&b, ", transaction open for %s", h.Open)
	}
	switch {
	case h.Idle >= 0:
		fmt.Fprintf(&b, ", idle for %s", h.Idle)
	case h.Verb != "":
		fmt.Fprintf(&b, ", running %s", h.Verb)
	}
	if !h.Certain {
		b.WriteString(" (perhaps)")
	}
	return b.String()
}

// Where holders are read from. The time of a transaction's start is in the server's own zone, whatever the session's is. A holder of less than a second is
// traffic, which passes by itself.
const (
	holdersTail = ` LEFT JOIN information_schema.innodb_trx x ON x.trx_mysql_thread_id = p.id
		WHERE p.id <> CONNECTION_ID() AND p.user <> 'system user' AND p.command NOT LIKE 'Binlog Dump%' AND p.command <> 'Daemon'`
	holdersAge   = `TIMESTAMPDIFF(SECOND, MIN(x.trx_started), COALESCE(CONVERT_TZ(NOW(), @@SESSION.time_zone, 'SYSTEM'), NOW()))`
	holdersWhat  = `SELECT * FROM (SELECT p.id AS id, MIN(p.user) AS user, MIN(p.host) AS host, MIN(p.command) AS command, MIN(p.time) AS seconds, COALESCE(LEFT(MIN(p.info), 80), '') AS info, ` + holdersAge + ` AS open`
	holdersOrder = ` GROUP BY p.id) h WHERE GREATEST(COALESCE(open, 0), COALESCE(seconds, 0)) >= 1 ORDER BY GREATEST(COALESCE(open, 0), COALESCE(seconds, 0)) DESC LIMIT 3`

	// MySQL, and MariaDB with performance_schema and its instrument wait/lock/metadata/sql/mdl on.
	holdersBySchema = holdersWhat + ` FROM performance_schema.metadata_locks m JOIN performance_schema.threads w ON w.thread_id = m.owner_thread_id
		JOIN information_schema.processlist p ON p.id = w.processlist_id` + holdersTail +
		` AND m.object_type = 'TABLE' AND m.object_schema = ? AND m.object_name = ? AND m.lock_status = 'GRANTED'` + holdersOrder
	// MariaDB with the plugin METADATA_LOCK_INFO.
	holdersByPlugin = holdersWhat + ` FROM information_schema.metadata_lock_info m JOIN information_schema.processlist p ON p.id = m.thread_id` + holdersTail +
		` AND m.lock_type = 'Table metadata lock' AND m.table_schema = ? AND m.table_name = ?` + holdersOrder
	// Any server: whose transaction is open.
	holdersByAge = holdersWhat + ` FROM information_schema.processlist p` + holdersTail + ` AND x.trx_id IS NOT NULL` + holdersOrder
)

// Holders are the sessions that hold a table for longer than a second, oldest first, three at most. Which they are the server tells for certain if it keeps a list
// of metadata locks that the account may read; else they are those whose transactions have been open the longest. None are found without PROCESS.
func Holders(ctx context.Context, q conn.Querier, flavor schema.Flavor, t ident.Table) ([]Holder, error) {
	queries := []string{holdersBySchema}
	if flavor == schema.MariaDB {
		queries = []string{holdersByPlugin, holdersBySchema}
	}
	for _, query := range queries {
		list, err := holders(ctx, q, query, string(t.Schema), string(t.Name))
		if conn.IsLost(err) || ctx.Err() != nil {
			return nil, err
		}
		if len(list) > 0 {
			for i := range list {
				list[i].Certain = true
			}
			return list, nil
		}
		if err == nil && flavor == schema.MySQL {
			return nil, nil // the list is complete, and nobody is on it any more
		}
	}
	return holders(ctx, q, holdersByAge)
}

func holders(ctx context.Context, q conn.Querier, query string, args ...any) ([]Holder, error) {
	var rows []struct {
		ID      int64  `db:"id"`
		User    string `db:"user"`
		Host    string `db:"host"`
		Command string `db:"command"`
		Seconds *int64 `db:"seconds"`
		Info    string `db:"info"`
		Open    *int64 `db:"open"`
	}
	if err := q.SelectContext(ctx, &rows, query, args...); err != nil {
		return nil, fmt.Errorf("look for the sessions that hold the table: %w", err)
	}
	var list []Holder
	for _, r := range rows {
		h := Holder{ID: r.ID, User: r.User, Host: r.Host, Open: -1, Idle: -1}
		if r.Open != nil {
			h.Open = time.Duration(*r.Open) * time.Second
		}
		if r.Command == "Sleep" && r.Seconds != nil {
			h.Idle = time.Duration(*r.Seconds) * time.Second
		} else {
			h.Verb = verb(r.Info)
		}
		list = append(list, h)
	}
	return list, nil
}

// verb is the first word of a statement, if it is one.
func verb(statement string) string {
	word := strings.FieldsFunc(statement, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') })
	if len(word) == 0 || !strings.HasPrefix(strings.TrimSpace(statement), word[0]) {
		return ""
	}
	return strings.ToUpper(word[0])
}

// Kill says which holders may be killed.
type Kill int

// The choices of --kill-blockers.
const (
	KillOff  Kill = iota
	KillIdle      // those that are idle in an open transaction
	KillAll
)

// ParseKill reads --kill-blockers.
func ParseKill(text string) (Kill, error) {
	k, ok := map[string]Kill{"off": KillOff, "idle": KillIdle, "all": KillAll}[text]
	if !ok {
		return KillOff, fmt.Errorf("Invalid --kill-blockers: %s (off, idle or all)", text) //nolint:staticcheck // the form of all usage errors
	}
	return k, nil
}

// Takes reports whether a holder may be killed. Nobody is on a mere guess.
func (k Kill) Takes(h Holder) bool {
	return h.Certain && (k == KillAll || k == KillIdle && h.Idle >= 0)
}

// End kills a holder's connection, and with it its transaction.
func End(ctx context.Context, q conn.Querier, h Holder) error {
	if _, err := q.ExecContext(ctx, fmt.Sprintf("KILL %d", h.ID)); err != nil && !conn.IsNoSuchThread(err) {
		return fmt.Errorf("kill connection %d: %w", h.ID, err)
	}
	return nil
}
