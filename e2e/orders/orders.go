// Package orders makes one table of a web shop, with the same rows each time and on each server: the demo shows it to people,
// the benchmark measures on it.
package orders

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"
)

// Table is the table's name.
const Table = "orders"

// create leaves the secondary indexes out: filling is three times as fast without them.
const create = `CREATE TABLE orders (
  id bigint unsigned NOT NULL AUTO_INCREMENT,
  customer_id int unsigned NOT NULL,
  status enum('new','paid','packed','shipped','returned') NOT NULL DEFAULT 'new',
  amount decimal(10,2) NOT NULL,
  currency char(3) NOT NULL DEFAULT 'EUR',
  ship_to varchar(120) NOT NULL,
  tracking varchar(24) NOT NULL,
  remark varchar(200) NULL,
  placed_at datetime NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`

// indexes are added once the rows are there.
const indexes = `ALTER TABLE orders ADD KEY customer (customer_id, placed_at), ADD KEY status_amount (status, amount), ADD KEY tracking (tracking)`

// fill turns a number n, from 1 on, into a row. Everything about a row follows from n by arithmetic that all servers do alike. MD5 is not used:
// newer MySQL does not have it.
const fill = `INSERT INTO orders (id, customer_id, status, amount, currency, ship_to, tracking, remark, placed_at)
SELECT n, 1 + n * 7919 %% 50021, 1 + n * 31 %% 5, (n * 104729 %% 9999999) / 100, ELT(1 + n %% 3, 'EUR', 'USD', 'CHF'),
  CONCAT(1 + n %% 199, ' ', ELT(1 + n * 13 %% 4, 'Müllerstraße', 'Rue de l''Église', 'Long Acre', 'Vía Ñandú'), ', ', LPAD(n * 48271 %% 99991, 5, '0'), ' ',
    ELT(1 + n * 17 %% 4, 'Köln', 'Genève', 'London', 'Málaga')),
  CONCAT('TR', LPAD(HEX(n * 2654435761 %% 4294967296), 8, '0'), '-', LPAD(HEX(n * 40503 %% 65536), 4, '0')),
  IF(n %% 4 = 0, NULL, CONCAT('note ', n * 2654435761 %% 4294967296, ' ', REPEAT(CHAR(97 + n %% 26 USING utf8mb4), 40 + n %% 120))),
  '2020-01-01' + INTERVAL (n * 613 %% 94608000) SECOND
FROM (SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d + %d AS n
  FROM %[2]s a, %[2]s b, %[2]s c, %[2]s e, %[2]s f) numbers WHERE n <= %[3]d ORDER BY n`

const digits = `(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL
  SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)`

// batch is how many rows one statement makes: few enough for the server's undo log and for a context that ends.
const batch = 100_000

// Make creates the table in the connection's schema with n rows and three secondary indexes. Data take about 200 bytes a row, the
// indexes 80.
func Make(ctx context.Context, db *sqlx.DB, n int) error {
	if _, err := db.ExecContext(ctx, create); err != nil {
		return fmt.Errorf("create %s: %w", Table, err)
	}
	for from := 1; from <= n; from += batch {
		if _, err := db.ExecContext(ctx, fmt.Sprintf(fill, from, digits, n)); err != nil {
			return fmt.Errorf("fill %s from row %d: %w", Table, from, err)
		}
	}
	return finish(ctx, db)
}

// Copy makes the table anew as Make makes it, with the rows of source, which must be of the same shape.
func Copy(ctx context.Context, db *sqlx.DB, source string) error {
	for _, act := range []string{"DROP TABLE IF EXISTS " + Table, create,
		"INSERT INTO " + Table + " SELECT * FROM " + source + " ORDER BY id"} {
		if _, err := db.ExecContext(ctx, act); err != nil {
			return fmt.Errorf("copy %s to %s: %w", source, Table, err)
		}
	}
	return finish(ctx, db)
}

func finish(ctx context.Context, db *sqlx.DB) error {
	for _, act := range []string{indexes, "ANALYZE TABLE " + Table} {
		if _, err := db.ExecContext(ctx, act); err != nil {
			return fmt.Errorf("index %s: %w", Table, err)
		}
	}
	return nil
}
