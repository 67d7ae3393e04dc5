package main

import (
	"bytes"
	"context"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"oscar/e2e/server"
)

func TestMain(m *testing.M) { server.Main(m) }

// build makes the oscar binary as it is now.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "oscar")
	if out, err := exec.Command("go", "build", "-o", path, "oscar").CombinedOutput(); err != nil {
		t.Fatalf("build oscar: %v\n%s", err, out)
	}
	return path
}

func TestDemoFinds(t *testing.T) {
	oscar := build(t)
	for name, c := range map[string]struct {
		damage string
		want   string // in what the demo tells; "" when nothing is wrong
	}{
		"nothing when nothing is wrong": {"DO 0", ""},
		"a row that was lost":           {"DELETE FROM orders ORDER BY id LIMIT 1", "only in first 1,"},
		"a row too many":                {"INSERT INTO orders SELECT 4000000000, customer_id, status, amount, currency, ship_to, tracking, remark, placed_at, note FROM orders LIMIT 1", "only in second 1,"},
		"a cent too many":               {"UPDATE orders SET amount = amount + 0.01 ORDER BY id DESC LIMIT 1", "changed 1"},
		"a trigger left behind":         {"CREATE TRIGGER forgotten AFTER DELETE ON orders FOR EACH ROW DO 0", "oscar left trigger forgotten behind"},
		"a definition that is not new":  {"ALTER TABLE orders MODIFY amount decimal(10,2) NOT NULL", "the wider column is not there"},
	} {
		t.Run(name, func(t *testing.T) {
			var told bytes.Buffer
			d := demo{engine: server.Engines(t)[0], rows: 2000, writers: 3, alone: 100 * time.Millisecond, oscar: oscar, out: &told, show: io.Discard}
			d.sabotage = func(ctx context.Context, db *sqlx.DB) error {
				_, err := db.ExecContext(ctx, c.damage)
				return err
			}
			err := d.run(t.Context())
			if (err != nil) != (c.want != "") {
				t.Fatalf("got error %v, want one: %v\n%s", err, c.want != "", told.String())
			}
			if !strings.Contains(told.String(), c.want) {
				t.Errorf("got\n%s\nwant %q in it", told.String(), c.want)
			}
		})
	}
}

func TestGroupedNumbersKeepTheirDigits(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := grouped(n); got != want {
			t.Errorf("%d\ngot  %s\nwant %s", n, got, want)
		}
	}
}
