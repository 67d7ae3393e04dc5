package server

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// Engine names a kind of server.
type Engine string

const (
	// MariaDB1011 is the MariaDB that the machine has installed: 10.11 on Debian 12 and Ubuntu 24.04, newer on newer systems.
	MariaDB1011 Engine = "mariadb1011"
	// MariaDB118 runs from a tree of Debian's suite trixie.
	MariaDB118 Engine = "mariadb118"
	// MySQL97 runs from a tree of Debian's suite sid.
	MySQL97 Engine = "mysql97"
)

// EnvEngines names the environment variable that lists the engines to test, with commas between.
const EnvEngines = "OSCAR_ENGINES"

// All lists every known engine.
func All() []Engine { return []Engine{MariaDB1011, MariaDB118, MySQL97} }

// MySQL says whether the engine is of the MySQL family and not of MariaDB's.
func (e Engine) MySQL() bool { return e == MySQL97 }

// ParseEngines reads a comma list of engine names. Empty text means MariaDB1011. An unknown or doubled name is an error,
// so that a misspelt matrix cannot pass by testing nothing.
func ParseEngines(list string) ([]Engine, error) {
	if strings.TrimSpace(list) == "" {
		return []Engine{MariaDB1011}, nil
	}
	var out []Engine
	seen := map[Engine]bool{}
	for name := range strings.SplitSeq(list, ",") {
		e, err := parseEngine(strings.TrimSpace(name))
		if err != nil {
			return nil, err
		}
		if seen[e] {
			return nil, fmt.Errorf("engine %q named twice", e)
		}
		seen[e] = true
		out = append(out, e)
	}
	return out, nil
}

func parseEngine(name string) (Engine, error) {
	for _, e := range All() {
		if name == string(e) {
			return e, nil
		}
	}
	return "", fmt.Errorf("unknown engine %q (known: %v)", name, All())
}

// Engines returns the engines that $OSCAR_ENGINES names. A name it does not know fails the test.
func Engines(t testing.TB) []Engine {
	t.Helper()
	list, err := ParseEngines(os.Getenv(EnvEngines))
	if err != nil {
		t.Fatalf("read $%s: %v", EnvEngines, err)
	}
	return list
}
