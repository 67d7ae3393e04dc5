// Command fetch gets the server trees that the tests run: go run ./e2e/server/fetch mariadb118 mysql97.
//
// Build it first where the exit code matters, since go run turns every failure into 1.
//
// It exits with 0 when every server named is here, with 3 when all that is missing is not offered by the machine's package
// source, with 1 after any other error.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"oscar/e2e/server"
)

const (
	exitFailed     = 1
	exitNotOffered = 3
)

func main() { os.Exit(run(os.Args[1:])) }

func run(names []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	engines, err := server.ParseEngines(strings.Join(names, ","))
	if err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		return exitFailed
	}
	code := 0
	for _, e := range engines {
		err := server.Fetch(ctx, e, os.Stdout)
		switch {
		case err == nil:
			continue
		case errors.Is(err, server.ErrNotOffered):
			if code == 0 {
				code = exitNotOffered
			}
			fmt.Fprintf(os.Stderr, "NOT TESTED: %s: %v\n", e, err)
		default:
			code = exitFailed
			fmt.Fprintln(os.Stderr, "Error:", err)
		}
	}
	return code
}
