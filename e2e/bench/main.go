// Command bench measures how long oscar, pt-online-schema-change and the server's own copying ALTER take for the same change of the same table on an
// idle server: whole-process seconds, in turns, with the table made anew before each run.
//
// It exits with 0 when every tool did every run, with 1 otherwise, with 2 after a wrong command line.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"oscar/e2e/server"
)

const (
	exitFailed = 1
	exitUsage  = 2
)

func main() { os.Exit(realMain(os.Args[1:])) }

func realMain(args []string) int {
	b := bench{out: os.Stdout}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.IntVar(&b.rows, "rows", 1_000_000, "rows of the table")
	f.IntVar(&b.rounds, "rounds", 3, "runs of each tool")
	engine := f.String("engine", string(server.MariaDB1011), "the server: mariadb1011, or mariadb118 or mysql97 once fetched")
	change := f.String("change", changes[0].name, "what to do to the table: "+names(changes))
	which := f.String("tools", names(tools("", "")), "who does it, with commas between; ratios are to the first")
	oscar := f.String("oscar", "bin/oscar", "the oscar binary")
	pt := f.String("pt", "pt-online-schema-change", "the pt-online-schema-change to measure against")
	if err := f.Parse(args); err != nil {
		return exitUsage
	}
	engines, err := server.ParseEngines(*engine)
	if err == nil && (len(engines) != 1 || f.NArg() > 0 || b.rows < 1 || b.rounds < 1) {
		err = fmt.Errorf("one engine, at least one row, at least one round and no other arguments, please")
	}
	if err == nil {
		b.engine = engines[0]
		b.tools, err = pick(tools(*oscar, *pt), *which)
	}
	if err == nil {
		var one []alteration
		one, err = pick(changes, *change)
		if err == nil {
			b.change = one[0]
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		return exitUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := b.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		return exitFailed
	}
	return 0
}

// named is an entry of a table of things to choose from.
type named interface{ called() string }

func names[T named](all []T) string {
	var out []string
	for _, one := range all {
		out = append(out, one.called())
	}
	return strings.Join(out, ",")
}

// pick returns the entries of a comma list, in its order.
func pick[T named](all []T, list string) ([]T, error) {
	var out []T
	for name := range strings.SplitSeq(list, ",") {
		found := false
		for _, one := range all {
			if one.called() == strings.TrimSpace(name) {
				out, found = append(out, one), true
			}
		}
		if !found {
			return nil, fmt.Errorf("unknown name %q (known: %s)", name, names(all))
		}
	}
	return out, nil
}
