package torture

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"oscar/e2e/compare"
	"oscar/e2e/server"
	"oscar/e2e/tool"
)

func TestMain(m *testing.M) { server.Main(m) }

// setting reads a number from the environment.
func setting(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("read $%s: %v", name, err)
	}
	return n
}

// TestTorture runs the seeds. Engines go side by side.
func TestTorture(t *testing.T) {
	runs, from := setting(t, "OSCAR_TORTURE_RUNS", 20), setting(t, "OSCAR_TORTURE_FROM", 1)
	if one := setting(t, "OSCAR_SEED", 0); one > 0 {
		runs, from = 1, one
	}
	if _, err := tool.Path(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tool.Remove)
	for _, e := range server.Engines(t) {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			s := server.New(t, e)
			var all sum
			began := time.Now()
			for seed := from; seed < from+runs; seed++ {
				t.Run(fmt.Sprintf("seed%d", seed), func(t *testing.T) { torture(t, s, seed, &all) })
			}
			t.Logf("%s: %d runs in %s, %s", e, runs, time.Since(began).Round(time.Second), &all)
		})
	}
}

// sum counts over all runs of an engine, so that a suite that no longer tests what it says is seen.
type sum struct {
	kinds     map[string]int
	committed int64
	trades    int64
	errors    map[uint16]int
	rows      int
}

func (s *sum) String() string {
	return fmt.Sprintf("kinds %v, %d transactions, %d trades, %d rows compared, writers' errors %v", s.kinds, s.committed, s.trades, s.rows, s.errors)
}

func (s *sum) add(kind string, c *crowd) {
	if s.kinds == nil {
		s.kinds, s.errors = map[string]int{}, map[uint16]int{}
	}
	s.kinds[kind]++
	s.committed += c.committed.Load()
	s.trades += c.trades.Load()
	for n, k := range c.errors {
		s.errors[n] += k
	}
}

// trial is one run.
type trial struct {
	seed   uint64
	server *server.Server
	schema string
	db     *sqlx.DB
	r      *rand.Rand
	kind   string // through, beside or refused
	table  table
	change change
	args   []string
	crowd  *crowd
	result tool.Result
	sum    *sum
}

// String tells all that a person needs to find the cause.
func (x *trial) String() string {
	return fmt.Sprintf("%s, seed %d, %s\n%s\nALTER TABLE %s %s\noscar %q\n%s\nreplay: OSCAR_ENGINES=%s OSCAR_SEED=%d go test ./e2e/torture -run TestTorture",
		x.server.Engine(), x.seed, x.kind, x.table.create(x.table.name), compare.Quote(x.table.name), x.change.text, x.args, x.result, x.server.Engine(), x.seed)
}

func torture(t *testing.T, s *server.Server, seed uint64, all *sum) {
	x := &trial{seed: seed, server: s, schema: server.Schema(t, s), r: rand.New(rand.NewPCG(seed, 7)), sum: all}
	x.db = server.DB(t, s, x.schema)
	defer func() {
		if t.Failed() {
			t.Log(x.String())
		}
	}()
	x.draw(t)
	x.fill(t)
	switch x.kind {
	case "through":
		x.passThrough(t)
	case "beside":
		x.leaveBeside(t)
	case "refused":
		x.refuse(t)
	}
	all.add(x.kind, x.crowd)
}
