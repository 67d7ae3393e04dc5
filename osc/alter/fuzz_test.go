package alter

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func FuzzParse(f *testing.F) {
	for _, cases := range []map[string]alterCase{columnCases, keyCases, tableCases} {
		for _, c := range cases {
			f.Add(c.sql, c.mode.AnsiQuotes, c.mode.NoBackslashEscapes, uint8(c.mode.Flavor))
		}
	}
	f.Fuzz(func(t *testing.T, sql string, ansiQuotes, noEscapes bool, flavor uint8) {
		mode := Mode{AnsiQuotes: ansiQuotes, NoBackslashEscapes: noEscapes, Flavor: Flavor(flavor % 3)}
		first, err := Parse(sql, mode)
		if err != nil {
			return
		}
		if second, err := Parse(sql, mode); err != nil || describe(first) != describe(second) {
			t.Fatalf("the second reading differs: %v\n%s\n%s", err, describe(first), describe(second))
		}
		joined := strings.Join(clauseTexts(first), ", ")
		if want, got := codeOf(t, sql, mode), codeOf(t, joined, mode); !slices.Equal(want, got) {
			t.Fatalf("clauses do not cover the text %q: %q\n%s", sql, joined, cmp.Diff(want, got, cmpopts.EquateEmpty()))
		}
		again, err := Parse(joined, mode)
		if err != nil || !slices.Equal(kindsOf(first), kindsOf(again)) {
			t.Fatalf("clauses mean something else when joined: %v\n%q: %s\n%q: %s", err, sql, describe(first), joined, describe(again))
		}
		if body, err := Parse(first.Body(), mode); err != nil || describe(body) != describe(first) {
			t.Fatalf("the body means something else: %v\n%q: %s\n%q", err, sql, describe(first), first.Body())
		}
	})
}

func kindsOf(t Text) []Kind {
	var kinds []Kind
	for _, c := range t.Clauses() {
		kinds = append(kinds, c.Kind)
	}
	return kinds
}

// codeOf is the text's code without what clauses may lose or gain: commas, a closing semicolon, and the words and parentheses around the
// elements of ADD [COLUMN] [IF NOT EXISTS] (..).
func codeOf(t *testing.T, sql string, mode Mode) []string {
	src, err := lex(sql, mode)
	if err != nil {
		t.Fatalf("%q: %v", sql, err)
	}
	var code []string
	for _, tok := range src.tokens {
		if !slices.Contains([]string{",", ";", "(", ")", "ADD", "COLUMN", "IF", "NOT", "EXISTS"}, tok.value) {
			code = append(code, tok.raw)
		}
	}
	return code
}
