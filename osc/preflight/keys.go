package preflight

import (
	"slices"
	"strings"

	"oscar/chunker"
	"oscar/osc/ident"
	"oscar/osc/schema"
)

// keys asks for a key by which triggers find single rows and, when the table is big, for one that the copy can follow. They need not be the
// same key.
func keys(f Facts) Refusals {
	var unique, single []schema.Key
	for _, k := range f.Table.Keys {
		if k.Unique {
			unique = append(unique, k)
			if !k.Nullable() {
				single = append(single, k)
			}
		}
	}
	if len(single) == 0 {
		return Refusals{noRowKey(f.Table, unique)}
	}
	if f.Key || !f.Big {
		return nil
	}
	return Refusals{noChunkKey(f.Table, unique)}
}

func noRowKey(t schema.Table, nullable []schema.Key) Refusal {
	r := Refusal{
		Check: "unique key",
		Why: "the table " + t.Name.SQL() + " does not have a PRIMARY KEY or a unique index without NULL, which is required for the triggers " +
			"to find a row",
		Try:  "give it a primary key with the server's own ALTER TABLE first",
		Kind: NoKey,
	}
	for _, k := range nullable {
		columns := nullColumns(k)
		r.Why += "; the unique key " + k.Name.SQL() + " does not serve, since " + ident.List(columns) + " may hold NULL and any number of rows " +
			"may be equal in it then"
		r.Try = "declare " + ident.List(columns) + " NOT NULL with the server's own ALTER TABLE first, or give the table a primary key that way"
	}
	return r
}

func nullColumns(k schema.Key) []ident.Name {
	var names []ident.Name
	for _, p := range k.Parts {
		if p.Nullable {
			names = append(names, p.Column)
		}
	}
	return names
}

func noChunkKey(t schema.Table, unique []schema.Key) Refusal {
	var whys []string
	for _, k := range unique {
		if _, why, ok := chunker.Walkable(t, k); !ok {
			whys = append(whys, k.Name.SQL()+" does not serve: "+why)
		}
	}
	r := Refusal{
		Check: "chunk key",
		Why: "cannot chunk the original table " + t.Name.SQL() + ": there is no good index and the table is oversized; " +
			strings.Join(whys, "; "),
		Try: "add a unique index over whole NOT NULL columns, raise --chunk-size-limit so that the whole table is copied by one statement, " +
			"or name a good index with --chunk-index",
		Kind: NoKey,
	}
	hidden := slices.IndexFunc(unique, func(k schema.Key) bool { return k.Ignored && !k.Nullable() && !k.Partial() })
	if hidden >= 0 {
		r.Try = "make the index " + unique[hidden].Name.SQL() + " visible again (ALTER INDEX), or: " + r.Try
	}
	return r
}
