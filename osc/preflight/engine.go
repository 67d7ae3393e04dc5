package preflight

import (
	"strings"

	"oscar/osc/alter"
)

// innoDB is the only engine whose row locks and snapshots oscar was tried with. Without transactions a locking read protects nothing, and
// what a trigger wrote stays when the application's statement fails. RocksDB has transactions but no gap locks, and locking reads by range
// fail there.
func innoDB(engine string) bool { return strings.EqualFold(engine, "InnoDB") }

// engine looks at the original's engine.
func engine(f Facts) Refusals {
	if innoDB(f.Table.Engine) {
		return nil
	}
	return Refusals{{
		Check: "engine",
		Why: "the table " + f.Table.Name.SQL() + " uses the storage engine " + f.Table.Engine +
			"; only InnoDB has the row locks and transactions that keep the copy and the original equal",
		Try:  "change it with the server's own ALTER TABLE, which blocks writers: ENGINE=InnoDB first, then all else can be done online",
		Kind: Unsupported,
	}}
}

// targetEngine looks for ENGINE= in the text.
func targetEngine(f Facts) Refusals {
	for _, c := range f.Alter.Clauses() {
		if c.Kind == alter.Engine && c.Option.Value != "" && !innoDB(c.Option.Value) {
			return wrongTarget(f, c.Option.Value)
		}
	}
	return nil
}

// newEngine looks at what became of the new table: ENGINE=DEFAULT and a server without the wished engine show only here.
func newEngine(a altered) Refusals {
	if innoDB(a.shadow.Engine) {
		return nil
	}
	return wrongTarget(a.Facts, a.shadow.Engine)
}

func wrongTarget(f Facts, engine string) Refusals {
	return Refusals{{
		Check: "new engine",
		Why: "the ALTER changes " + f.Table.Name.SQL() + " to the storage engine " + engine +
			": an application's write that is rolled back would stay in the new table",
		Try:  "leave the engine out, or change it with the server's own ALTER TABLE, which blocks writers",
		Kind: Unsupported,
	}}
}
