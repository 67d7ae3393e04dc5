package preflight

import "oscar/osc/schema"

// lateExpressions refuses a unique key over an expression that the rows may not fit: MySQL builds it only by copying the whole table once more while
// writers wait.
func lateExpressions(a altered) Refusals {
	if !a.LateKeys {
		return nil
	}
	for _, u := range NewUnique(a.Table, a.shadow, a.pairs) {
		for _, p := range u.Key.Parts {
			if p.Column == "" {
				return Refusals{expressionKey(u.Key)}
			}
		}
	}
	return nil
}

func expressionKey(k schema.Key) Refusal {
	return Refusal{
		Check: "new unique key over an expression",
		Why: "rows that are equal in the new unique key " + k.Name.SQL() + " would be lost if it were there during the copy, and the server cannot build a key over " +
			"an expression afterwards without blocking writers",
		Try: "add a generated column of that expression and a unique key over it instead (ADD COLUMN c .. AS (..) VIRTUAL, ADD UNIQUE (c)), or add the key by itself " +
			"with the server's own ALTER TABLE, which blocks writers",
		Kind: Unsupported,
	}
}
