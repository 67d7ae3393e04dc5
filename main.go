// Command oscar changes the schema of a live MySQL or MariaDB table without stopping its writers.
package main

import (
	"context"
	"os"

	"oscar/osc/command"
)

// version is set by the linker: -ldflags "-X main.version=1.2.3".
var version = "unreleased"

func main() {
	// First of all, since anyone on the machine can read a command line.
	args := command.HidePasswords(os.Args)
	tool := command.Tool{Version: version, In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	os.Exit(tool.Main(context.Background(), args))
}
