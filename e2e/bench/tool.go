package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/jmoiron/sqlx"

	"oscar/e2e/orders"
	"oscar/e2e/server"
)

// alteration is one change of the table. More of them are more entries in changes.
type alteration struct {
	name, alter string
	// done is a query for 1 if the change is there and 0 if not.
	done string
}

func (a alteration) called() string { return a.name }

var changes = []alteration{
	{"add-column", "ADD COLUMN note varchar(64) NULL",
		"SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'orders' AND COLUMN_NAME = 'note'"},
	{"widen-column", "MODIFY amount decimal(14,2) NOT NULL",
		"SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'orders' AND COLUMN_TYPE = 'decimal(14,2)'"},
	{"add-index", "ADD INDEX customer_amount (customer_id, amount)",
		"SELECT COUNT(DISTINCT INDEX_NAME) FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'orders' AND INDEX_NAME = 'customer_amount'"},
}

// target is the table to alter and how to reach it.
type target struct {
	server *server.Server
	schema string
	db     *sqlx.DB
}

// cost is what one run took.
type cost struct {
	took time.Duration
	peak int64 // resident memory in kilobytes; 0: not measured
}

// tool is one way to alter a table. More of them are more entries in tools.
type tool struct {
	name    string
	version func(context.Context) (string, error)
	alter   func(context.Context, target, alteration) (cost, error)
}

func (t tool) called() string { return t.name }

// tools lists those known, given the paths of the programs.
func tools(oscar, pt string) []tool {
	return []tool{
		{"oscar", programVersion(oscar), func(ctx context.Context, t target, a alteration) (cost, error) {
			return program(ctx, oscar, "--alter", a.alter, "--execute", t.server.PT()+",D="+t.schema+",t="+orders.Table)
		}},
		// What the comparison costs: the same without it.
		{"oscar-no-verify", programVersion(oscar), func(ctx context.Context, t target, a alteration) (cost, error) {
			return program(ctx, oscar, "--no-verify", "--alter", a.alter, "--execute", t.server.PT()+",D="+t.schema+",t="+orders.Table)
		}},
		// Its defaults, except that it must not ask the internet for a newer version while it is measured, nor look for replicas, of which there
		// are none: 3.7 ends with an error on MariaDB when it looks.
		{"pt-osc", programVersion(pt), func(ctx context.Context, t target, a alteration) (cost, error) {
			return program(ctx, pt, "--no-version-check", "--recursion-method=none", "--alter", a.alter, "--execute", t.server.PT()+",D="+t.schema+",t="+orders.Table)
		}},
		// Blocks all writes while it runs: what the table costs when nobody needs it.
		{"native-copy", nil, func(ctx context.Context, t target, a alteration) (cost, error) {
			at := time.Now()
			_, err := t.db.ExecContext(ctx, "ALTER TABLE "+orders.Table+" "+a.alter+", ALGORITHM=COPY")
			return cost{took: time.Since(at)}, err
		}},
	}
}

// program runs a program from start to exit.
//
// The peak is the kernel's ru_maxrss. It counts what this process held when it started the program too; that is a few megabytes, below any peak of
// interest.
func program(ctx context.Context, path string, args ...string) (cost, error) {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 30 * time.Second
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	at := time.Now()
	err := cmd.Run()
	c := cost{took: time.Since(at)}
	if err != nil {
		return c, fmt.Errorf("%s: %w; its last lines:\n%s", path, err, tail(said.String()))
	}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		c.peak = usage.Maxrss
	}
	return c, nil
}

// programVersion asks the program for its version. Both end what they say with it.
func programVersion(path string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		out, err := exec.CommandContext(ctx, path, "--version").Output()
		if errors.Is(err, exec.ErrNotFound) {
			return "", fmt.Errorf("%s is not installed: run `make deps-bench`", path)
		}
		if err != nil {
			return "", fmt.Errorf("ask %s for its version: %w", path, err)
		}
		said := strings.Fields(string(out))
		if len(said) == 0 {
			return "", fmt.Errorf("ask %s for its version: it says nothing", path)
		}
		return said[len(said)-1], nil
	}
}

func tail(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-12):], "\n")
}
