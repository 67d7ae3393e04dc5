package ident

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestName(t *testing.T) {
	tests := map[string]struct {
		name Name
		sql  string
	}{
		"a plain name is put between backquotes":   {"t", "`t`"},
		"a backquote inside is doubled":            {"a`b", "`a``b`"},
		"backquotes at the ends are doubled too":   {"`x`", "```x```"},
		"double quotes and backslashes stay":       {`a"b\c'd`, "`a\"b\\c'd`"},
		"percent signs are data and not a format":  {"100%s", "`100%s`"},
		"a dot does not make two names":            {"a.b", "`a.b`"},
		"characters of several bytes stay":         {"größe😀", "`größe😀`"},
		"an empty name stays empty between quotes": {"", "``"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := test.name.SQL(); got != test.sql {
				t.Errorf("\n got %s\nwant %s", got, test.sql)
			}
		})
	}
}

func TestTable(t *testing.T) {
	table := Table{Schema: "d`b", Name: "t.x"}
	want := map[string]string{"SQL": "`d``b`.`t.x`", "String": "`d``b`.`t.x`", "Plain": "d`b.t.x", "Sibling": "`d``b`.`u`"}
	got := map[string]string{"SQL": table.SQL(), "String": table.String(), "Plain": table.Plain(), "Sibling": table.Sibling("u").SQL()}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names of a table (-want +got):\n%s", diff)
	}
}

func TestListsOfNames(t *testing.T) {
	if got, want := List(Names("a", "b`c")), "`a`, `b``c`"; got != want {
		t.Errorf("List\n got %s\nwant %s", got, want)
	}
	if got := List(nil); got != "" {
		t.Errorf("List of nothing\n got %q\nwant %q", got, "")
	}
	tests := map[string]struct {
		name Name
		want bool
	}{
		"the same name":                       {"Id", true},
		"names differ in case only":           {"iD", true},
		"case of letters beyond ASCII":        {"LÖSUNG", true},
		"a part of a name is another name":    {"I", false},
		"an accent makes another column name": {"Ïd", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Has(Names("x", "Id", "lösung"), test.name); got != test.want {
				t.Errorf("Has(%q)\n got %v\nwant %v", test.name, got, test.want)
			}
		})
	}
}

func TestCut(t *testing.T) {
	tests := map[string]struct {
		in   string
		n    int
		want string
	}{
		"a short text stays":                       {"abc", 5, "abc"},
		"a text of just that length stays":         {"abc", 3, "abc"},
		"a long text is cut":                       {"abcd", 3, "abc"},
		"characters are counted, not bytes":        {"äöü", 3, "äöü"},
		"no character is cut in the middle":        {"ä😀öx", 2, "ä😀"},
		"nothing is left when there is no room":    {"abc", 0, ""},
		"64 characters of four bytes are a name":   {strings.Repeat("😀", 64), 64, strings.Repeat("😀", 64)},
		"65 characters of four bytes are not":      {strings.Repeat("😀", 65), 64, strings.Repeat("😀", 64)},
		"an empty text has nothing to be cut from": {"", 3, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Cut(test.in, test.n); got != test.want {
				t.Errorf("\n got %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestDerive(t *testing.T) {
	a63, a64 := strings.Repeat("a", 63), strings.Repeat("a", 64)
	tests := map[string]struct {
		prefix string
		base   Name
		suffix string
		want   Name
	}{
		"a name that fits is only put together":       {"_", "t", "_new", "_t_new"},
		"the longest name that fits stays whole":      {"_", Name(a64[:59]), "_new", Name("_" + a64[:59] + "_new")},
		"one character more and the digest comes in":  {"_", Name(a64[:60]), "_new", Name("_" + a64[:48] + "_" + Digest(a64[:60]) + "_new")},
		"names that differ at the end stay different": {"_", Name(a63 + "b"), "_new", Name("_" + a64[:48] + "_" + Digest(a63+"b") + "_new")},
		"characters are counted, not bytes":           {"_", Name(strings.Repeat("ü", 59)), "_new", Name("_" + strings.Repeat("ü", 59) + "_new")},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Derive(test.prefix, test.base, test.suffix); got != test.want {
				t.Errorf("\n got %s\nwant %s", got, test.want)
			}
		})
	}
}

// unquote reads a quoted name as a server does.
func unquote(t *testing.T, sql string) string {
	t.Helper()
	inside, ok := strings.CutPrefix(sql, "`")
	if !ok {
		t.Fatalf("%q does not begin with a backquote", sql)
	}
	var name strings.Builder
	for {
		i := strings.IndexByte(inside, '`')
		if i < 0 {
			t.Fatalf("%q does not end its name", sql)
		}
		name.WriteString(inside[:i])
		inside = inside[i+1:]
		if inside == "" {
			return name.String()
		}
		if inside[0] != '`' {
			t.Fatalf("%q goes on behind its name: %q", sql, inside)
		}
		name.WriteByte('`')
		inside = inside[1:]
	}
}

func FuzzQuoteRoundTrip(f *testing.F) {
	for _, seed := range []string{"", "t", "`", "``", "a`b", "x` ; DROP TABLE y; -- `", `a\`, `"`, "größe😀", "\x00\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if got := unquote(t, Name(name).SQL()); got != name {
			t.Errorf("\n got %q\nwant %q", got, name)
		}
	})
}

func FuzzDerive(f *testing.F) {
	long := strings.Repeat("x", 70)
	f.Add("_", "t", "u", "_new")
	f.Add("__________", long+"1", long+"2", "_old")
	f.Add("", strings.Repeat("😀", 65), strings.Repeat("😀", 64)+"x", "")
	f.Fuzz(func(t *testing.T, prefix, one, two, suffix string) {
		// What stays whole is short: underscores and a suffix, or a digest.
		if !utf8.ValidString(prefix+one+two+suffix) || utf8.RuneCountInString(prefix+suffix) > 30 {
			return
		}
		a, b := Derive(prefix, Name(one), suffix), Derive(prefix, Name(two), suffix)
		if n := utf8.RuneCountInString(string(a)); n > MaxLen {
			t.Errorf("%q has %d characters", a, n)
		}
		if !strings.HasPrefix(string(a), prefix) || !strings.HasSuffix(string(a), suffix) || !utf8.ValidString(string(a)) {
			t.Errorf("%q lost its prefix %q, its suffix %q or half a character", a, prefix, suffix)
		}
		// Two names that are cut stay different; so do two that are not. (That a short one spells out another's digest takes intent.)
		cut := func(n Name, base string) bool { return string(n) != prefix+base+suffix }
		if one != two && a == b && cut(a, one) == cut(b, two) {
			t.Errorf("%q and %q both become %q", one, two, a)
		}
		if a != Derive(prefix, Name(one), suffix) {
			t.Errorf("%q is not always derived alike", one)
		}
	})
}
