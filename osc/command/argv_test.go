package command

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var argvs = map[string]struct {
	args     []string
	words    string // name=value, in order
	operands string
	errs     string
}{
	"the DSN in the middle":                  {[]string{"--alter", "x", "D=a,t=b", "--execute"}, "alter=x execute=true", "D=a,t=b", ""},
	"value after an equals sign":             {[]string{"--alter=ENGINE=InnoDB"}, "alter=ENGINE=InnoDB", "", ""},
	"an empty value":                         {[]string{"--max-load=", "--where", ""}, "max-load= where=", "", ""},
	"both ways to say no":                    {[]string{"--no-swap-tables", "--noswap-tables", "--swap-tables"}, "swap-tables=false swap-tables=false swap-tables=true", "", ""},
	"no cannot be said to every option":      {[]string{"--no-execute"}, "", "", "Unknown option: --no-execute"},
	"a beginning that is unique":             {[]string{"--dry", "--no-sw", "--chunk-i", "k"}, "dry-run=true swap-tables=false chunk-index=k", "", ""},
	"a name is no beginning of another":      {[]string{"--chunk-size", "5"}, "chunk-size=5", "", ""},
	"a beginning that is not unique":         {[]string{"--ch"}, "", "", "Option ch is ambiguous (charset, chunk-size, chunk-time, chunk-size-limit, chunk-index, check-interval, channel, check-replica-lag, check-replication-filters, check-slave-lag, check-unique-key-change)"},
	"a no that is not unique":                {[]string{"--no-drop"}, "", "", "Option no-drop is ambiguous (no-drop-old-table, no-drop-new-table, no-drop-triggers)"},
	"h is host, not help":                    {[]string{"-h", "db1"}, "host=db1", "", ""},
	"short options with glued values":        {[]string{"-hlocalhost", "-P3306", "-psecret"}, "host=localhost port=3306 password=secret", "", ""},
	"several letters in one word":            {[]string{"-qhdb1", "x"}, "quiet=true host=db1", "x", ""},
	"a glued value keeps its equals sign":    {[]string{"-p=x"}, "password==x", "", ""},
	"an unknown letter":                      {[]string{"-qz"}, "quiet=true", "", "Unknown option: -z"},
	"two dashes end the options":             {[]string{"--print", "--", "--execute", "x"}, "print=true", "--execute x", ""},
	"a forgotten value":                      {[]string{"--alter", "--execute"}, "execute=true", "", "--alter requires a string value"},
	"a forgotten value before two dashes":    {[]string{"--alter", "--", "x"}, "", "x", "--alter requires a string value"},
	"a value that is missing at the end":     {[]string{"--sleep"}, "", "", "--sleep requires a number value"},
	"a value may begin with a dash":          {[]string{"--alter", "-- nothing", "--chunk-size", "-5", "-p", "-pass"}, "alter=-- nothing chunk-size=-5 password=-pass", "", ""},
	"no value where none belongs":            {[]string{"--execute=yes"}, "", "", "Option execute does not take a value"},
	"a misspelt password is not told":        {[]string{"--passwort=secret"}, "", "", "Unknown option: --passwort"},
	"a dash alone is an operand":             {[]string{"-"}, "", "-", ""},
	"names are told apart by case":           {[]string{"--Execute"}, "", "", "Unknown option: --Execute"},
	"letters beyond ASCII are letters":       {[]string{"-äx"}, "", "", "Unknown option: -ä"},
	"an equals sign alone is no option":      {[]string{"--=x"}, "", "", "Unknown option: --"},
	"repeated options all come, the last on": {[]string{"--sleep", "1", "--sleep", "2"}, "sleep=1 sleep=2", "", ""},
}

func TestArrange(t *testing.T) {
	for name, test := range argvs {
		t.Run(name, func(t *testing.T) {
			l := arrange(test.args)
			var words []string
			for _, w := range l.words {
				words = append(words, w.option.name+"="+w.value)
				if w.option.takesValue() && test.args[w.arg][w.offset:] != w.value {
					t.Errorf("%s: its place in argv holds %q, want %q", w.option.name, test.args[w.arg][w.offset:], w.value)
				}
			}
			same(t, "options", test.words, strings.Join(words, " "))
			same(t, "operands", test.operands, strings.Join(operands(test.args, l.operands), " "))
			same(t, "errors", test.errs, errorText(l.errs))
		})
	}
}

func FuzzArrange(f *testing.F) {
	for _, test := range argvs {
		f.Add(strings.Join(test.args, "\x00"))
	}
	f.Fuzz(func(t *testing.T, joined string) {
		args := strings.Split(joined, "\x00")
		l := arrange(args)
		used := map[int]bool{}
		for _, w := range l.words {
			if !w.option.takesValue() {
				continue
			}
			if args[w.arg][w.offset:] != w.value {
				t.Errorf("%q: %s is not where it is said to be", args, w.option.name)
			}
			if used[w.arg] {
				t.Errorf("%q: argument %d holds two values", args, w.arg)
			}
			used[w.arg] = true
		}
		for _, i := range l.operands {
			if used[i] {
				t.Errorf("%q: argument %d is a value and an operand", args, i)
			}
		}
		parse(args) // must not panic
	})
}

func TestOptionsAreDefinedOnce(t *testing.T) {
	names, shorts := map[string]bool{}, map[string]bool{}
	known := map[group]bool{}
	for _, g := range groups {
		known[g] = true
	}
	for _, o := range options {
		for _, n := range append([]string{o.name}, o.negations()...) {
			if names[n] {
				t.Errorf("--%s is defined twice", n)
			}
			names[n] = true
		}
		if o.short != "" && shorts[o.short] {
			t.Errorf("-%s is defined twice", o.short)
		}
		shorts[o.short] = true
		if !known[o.group] || o.help == "" {
			t.Errorf("--%s is not in the help", o.name)
		}
	}
}

func errorText(errs []error) string {
	var texts []string
	for _, err := range errs {
		texts = append(texts, err.Error())
	}
	return strings.Join(texts, "\n")
}

func same(t *testing.T, what, want, got string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
