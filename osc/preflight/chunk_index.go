package preflight

import (
	"oscar/chunker"
	"oscar/osc/ident"
	"oscar/osc/schema"
)

// ChunkIndex tells why the index of --chunk-index is not the one that the copy follows; empty when it is, or when none was named. This is a note
// and no refusal: pt-online-schema-change takes another index too.
func ChunkIndex(t schema.Table, name ident.Name) (note string) {
	if name == "" {
		return ""
	}
	const instead = "; another way through the table is taken"
	k, found := t.Key(name)
	if !found {
		return "--chunk-index is not followed: " + t.Name.SQL() + " has no index " + name.SQL() + instead
	}
	if _, why, ok := chunker.Walkable(t, k); !ok {
		return "--chunk-index is not followed: the index " + name.SQL() + " does not serve, since " + why + instead
	}
	return ""
}
