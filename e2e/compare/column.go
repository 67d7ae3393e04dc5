package compare

import (
	"context"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"
)

// Column is what information_schema says of one column.
type Column struct {
	Name      string  `db:"name"`
	DataType  string  `db:"data_type"`   // such as varchar
	FullType  string  `db:"full_type"`   // such as varchar(20) or int(10) unsigned
	Nullable  bool    `db:"nullable"`    //
	Charset   *string `db:"charset"`     // nil: not a text column
	Collation *string `db:"collation"`   //
	MaxChars  int64   `db:"max_chars"`   // characters for char and varchar, bytes for text, blob and binary
	MaxBytes  int64   `db:"max_bytes"`   //
	Precision int     `db:"num_prec"`    // digits of a decimal, bits of a bit column
	Scale     int     `db:"num_scale"`   //
	Fraction  int     `db:"time_digits"` // digits of a second
	Extra     string  `db:"extra"`       // auto_increment, generated
}

// Generated says whether the server computes the column, so that nobody can write it.
func (c Column) Generated() bool {
	return strings.Contains(strings.ToUpper(strings.ReplaceAll(c.Extra, "DEFAULT_GENERATED", "")), "GENERATED")
}

// AutoIncrement says whether the server numbers the column.
func (c Column) AutoIncrement() bool { return strings.Contains(c.Extra, "auto_increment") }

// Unsigned says whether the column's type has no negative values.
func (c Column) Unsigned() bool { return strings.Contains(c.FullType, "unsigned") }

// Columns reads the table's columns in their order. The schema is the one the connection has chosen.
func Columns(ctx context.Context, db sqlx.QueryerContext, table string) ([]Column, error) {
	var out []Column
	err := sqlx.SelectContext(ctx, db, &out, `SELECT COLUMN_NAME name, LOWER(DATA_TYPE) data_type, COLUMN_TYPE full_type,
		 IS_NULLABLE = 'YES' nullable, CHARACTER_SET_NAME charset, COLLATION_NAME collation,
		COALESCE(CHARACTER_MAXIMUM_LENGTH, 0) max_chars, COALESCE(CHARACTER_OCTET_LENGTH, 0) max_bytes,
		COALESCE(NUMERIC_PRECISION, 0) num_prec, COALESCE(NUMERIC_SCALE, 0) num_scale,
		COALESCE(DATETIME_PRECISION, 0) time_digits, EXTRA extra
		FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`, table)
	if err != nil {
		return nil, fmt.Errorf("read columns of %s: %w", table, err)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("read columns of %s: no such table", table)
	}
	return out, nil
}

// Key is a unique key.
type Key struct {
	Name    string
	Columns []string
	Prefix  bool // some column counts only with its first characters
}

// UniqueKeys reads the unique keys, the primary key first. Keys over expressions are left out.
func UniqueKeys(ctx context.Context, db sqlx.QueryerContext, table string) ([]Key, error) {
	var parts []struct {
		Index  string  `db:"k"`
		Column *string `db:"c"`
		Prefix bool    `db:"p"`
	}
	err := sqlx.SelectContext(ctx, db, &parts, `SELECT INDEX_NAME k, COLUMN_NAME c, SUB_PART IS NOT NULL p
		FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND NON_UNIQUE = 0
		ORDER BY INDEX_NAME <> 'PRIMARY', INDEX_NAME, SEQ_IN_INDEX`, table)
	if err != nil {
		return nil, fmt.Errorf("read keys of %s: %w", table, err)
	}
	var out []Key
	expression := map[string]bool{}
	for _, p := range parts {
		if p.Column == nil {
			expression[p.Index] = true
			continue
		}
		if n := len(out); n == 0 || out[n-1].Name != p.Index {
			out = append(out, Key{Name: p.Index})
		}
		k := &out[len(out)-1]
		k.Columns = append(k.Columns, *p.Column)
		k.Prefix = k.Prefix || p.Prefix
	}
	kept := out[:0]
	for _, k := range out {
		if !expression[k.Name] {
			kept = append(kept, k)
		}
	}
	return kept, nil
}

// Quote writes an identifier.
func Quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// Image returns an expression for the column's exact value as bytes, equal for equal values even when the column's type has
// been widened or its character set changed. It needs a session prepared by Session.
func (c Column) Image() string {
	q := Quote(c.Name)
	switch c.DataType {
	case "char", "varchar", "tinytext", "text", "mediumtext", "longtext":
		return "CONVERT(" + q + " USING utf8mb4)"
	case "enum":
		// The error value, number 0, reads like an empty member.
		return "IF(" + q + " + 0 = 0, '<0>', CONVERT(" + q + " USING utf8mb4))"
	case "set":
		return "CONVERT(" + q + " USING utf8mb4)"
	case "float", "double":
		// A float's own text is cut to six digits. As a double it has all that tell it from its neighbours.
		return "CAST(" + q + " + 0e0 AS CHAR)"
	case "bit":
		return "CAST(CAST(" + q + " AS UNSIGNED) AS CHAR)"
	case "tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "date", "time", "datetime", "timestamp", "year", "json",
		"uuid", "inet4", "inet6":
		return "CONVERT(CAST(" + q + " AS CHAR) USING utf8mb4)"
	default: // binary strings, geometry, vector: the stored bytes
		return "CAST(" + q + " AS BINARY)"
	}
}

// Session sets up a connection for images: times in UTC, text in utf8mb4, no mode that pads or rewrites values.
const Session = "SET time_zone = '+00:00', sql_mode = '', NAMES utf8mb4"
