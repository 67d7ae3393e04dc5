// Command demo shows oscar at work: a throw-away server, a table of half a million rows, writers that never stop, and the real oscar binary that
// alters the table under them. At the end every row is compared with what the writers know they have committed.
//
// It exits with 0 only if every row and the new definition are right, with 1 if not or if anything went wrong, with 130 after ^C. The server
// and its folder are gone in each case.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"oscar/e2e/server"
)

const (
	exitWrong       = 1
	exitUsage       = 2
	exitInterrupted = 130
)

func main() { os.Exit(realMain(os.Args[1:])) }

func realMain(args []string) int {
	d := demo{alone: 3 * time.Second, out: os.Stdout, show: os.Stderr}
	f := flag.NewFlagSet("demo", flag.ContinueOnError)
	f.IntVar(&d.rows, "rows", 500_000, "rows of the table")
	f.IntVar(&d.writers, "writers", 6, "connections that write all the time")
	f.StringVar(&d.oscar, "oscar", "bin/oscar", "the oscar binary")
	engine := f.String("engine", string(server.MariaDB1011), "the server: mariadb1011, or mariadb118 or mysql97 once fetched")
	if err := f.Parse(args); err != nil {
		return exitUsage
	}
	engines, err := server.ParseEngines(*engine)
	if err != nil || len(engines) != 1 || f.NArg() > 0 || d.rows < 1 || d.writers < 1 {
		fmt.Fprintln(os.Stderr, "Error: one engine, at least one row, at least one writer and no other arguments, please")
		return exitUsage
	}
	d.engine = engines[0]
	// The writers' ledger holds the whole table in memory. Half of Go's usual slack is enough for it.
	debug.SetGCPercent(50)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second ^C ends the demo at once; the server's guard still removes everything
	err = d.run(ctx)
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "\nInterrupted. The server, its data and its folder are gone.")
		return exitInterrupted
	case err != nil:
		fmt.Fprintln(os.Stderr, "\nError:", err)
		return exitWrong
	}
	return 0
}
