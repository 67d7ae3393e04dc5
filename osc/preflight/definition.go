package preflight

import (
	"fmt"
	"strconv"
	"strings"

	"oscar/osc/ident"
)

// definitionCheck: the new table is made from what SHOW CREATE TABLE prints, and no server prints every definition so that the same table comes of
// it.
const definitionCheck = "definition"

const nativeDefinition = "run the ALTER with the server's own ALTER TABLE, or first change that part of the definition, with the same, to what can be printed"

// HiddenMembers refuses an ENUM or SET whose members the server does not print: those that came whole from it and hold a letter that its printing
// has not.
func HiddenMembers(t ident.Table, column ident.Name, members []string) Refusals {
	for _, m := range members {
		if beyondBasicPlane(m) {
			return Refusals{{
				Check: definitionCheck,
				Why: fmt.Sprintf("the column %s of %s has the member %s, which the server prints as question marks: the new table would have another member",
					column.SQL(), t.SQL(), strconv.Quote(m)),
				Try:  "run the ALTER with the server's own ALTER TABLE, or first give the member another name with it (MODIFY)",
				Kind: Unsupported,
			}}
		}
	}
	return nil
}

// HiddenDefault refuses a column with such a letter in its default. Unknown values are refused as well.
func HiddenDefault(t ident.Table, column ident.Name, value string, known bool) Refusals {
	why := "has the default " + strconv.Quote(value) + ", which the server prints as question marks: the new table would have another default"
	switch {
	case !known:
		why = "has a question mark in its default, which may stand for a letter that the server does not print, and the table has no row that tells"
	case !beyondBasicPlane(value):
		return nil
	}
	return Refusals{{
		Check: definitionCheck,
		Why:   "the column " + column.SQL() + " of " + t.SQL() + " " + why,
		Try:   "run the ALTER with the server's own ALTER TABLE, or first give the column another default with it (ALTER COLUMN .. SET DEFAULT)",
		Kind:  Unsupported,
	}}
}

func beyondBasicPlane(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return r > 0xffff })
}

// OtherDefinition refuses a table of which the server prints something else than it does: what says which part of the definition, was and is how it
// reads in the original and in the new table.
func OtherDefinition(t ident.Table, what, was, is string) Refusals {
	return Refusals{{
		Check: definitionCheck,
		Why: fmt.Sprintf("what the server prints as the definition of %s does not make the same table again: %s would be %s instead of %s",
			t.SQL(), what, orNothing(is), orNothing(was)),
		Try:  nativeDefinition,
		Kind: Unsupported,
	}}
}

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}
