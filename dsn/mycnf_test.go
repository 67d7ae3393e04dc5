package dsn

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// entryCases pairs a line with what MariaDB 10.11's my_print_defaults printed for it: "--name=value", or "" for nothing.
var entryCases = map[string]struct{ line, want string }{
	"blank":                                    {" \t\r", ""},
	"comment":                                  {"  # x=1", ""},
	"comment with semicolon":                   {"; x=1", ""},
	"plain":                                    {"user=app", "--user=app"},
	"blanks around are cut":                    {"  user \t=  app  \r", "--user=app"},
	"double quotes":                            {`user = "app user"`, "--user=app user"},
	"a number sign in quotes is text":          {`password = 'a#b;c'`, "--password=a#b;c"},
	"a number sign outside quotes is not":      {"host=h1   # trailing", "--host=h1"},
	"a number sign needs no blank before":      {"user = #x", "--user="},
	"a semicolon is text":                      {"port=3306;x", "--port=3306;x"},
	"escapes":                                  {`socket = /a\sb\tc\\d\qe`, "--socket=/a b\tc\\d\\qe"},
	"more escapes":                             {`x=\n\r\b\"\'`, "--x=\n\r\b\"'"},
	"an escaped quote in quotes":               {`port = "33\"06"`, `--port=33"06`},
	"quotes in the middle stay":                {`database = a "b" c`, `--database=a "b" c`},
	"an open quote stays":                      {"x = 'unterminated", "--x='unterminated"},
	"an open quote hides a comment":            {"x = 'a # b", "--x='a # b"},
	"a comment after quotes":                   {`foo = "x" # y`, "--foo=x"},
	"escaped quotes outside quotes":            {`baz = \"x\"`, `--baz="x"`},
	"a backslash does not protect a comment":   {`qux = a\#b`, `--qux=a\`},
	"quotes may begin anywhere":                {`quux= a'b#c'd#e`, `--quux=a'b#c'd`},
	"the outermost quotes count":               {`pw="a"b"`, `--pw=a"b`},
	"an escaped quote before the comment":      {`pw2='a\'b' # c`, "--pw2=a'b"},
	"an escaped backslash closes the quotes":   {`pw3="x\\"#"`, `--pw3=x\`},
	"empty":                                    {"empty =", "--empty="},
	"empty quotes":                             {`e2 = ""`, "--e2="},
	"one quote":                                {`one = "`, `--one="`},
	"the first equals sign counts":             {"eq = a=b=c", "--eq=a=b=c"},
	"a backslash at the end is no new line":    {`two=a\`, `--two=a\`},
	"the same with blanks":                     {`three=x \ `, `--three=x \`},
	"no value":                                 {"skip_bar", "--skip_bar"},
	"no value before a comment":                {"ssl # on", "--ssl"},
	"a name with a blank":                      {"k y=3", "--k y=3"},
	"no name":                                  {"=4", "--=4"},
	"group":                                    {"[client]", "[client]"},
	"group with text after it":                 {"[client] # c", "[client]"},
	"group indented":                           {"  [client]", "[client]"},
	"blanks at the end of a group's name":      {"[client ]", "[client]"},
	"blanks before a group's name are its own": {"[ client]", "[ client]"},
	"the first bracket closes":                 {"[a]b]", "[a]"},
	"include":                                  {"!include /a b.cnf ", "!include /a b.cnf"},
	"include with blanks":                      {"  !  include\t/a.cnf", "!include /a.cnf"},
	"includedir":                               {"!includedir /etc/x/", "!includedir /etc/x/"},
}

func (e entry) text() string {
	switch e.kind {
	case entryGroup:
		return "[" + e.name + "]"
	case entryInclude:
		return "!include " + e.name
	case entryIncludeDir:
		return "!includedir " + e.name
	case entryOption:
		if e.hasValue {
			return "--" + e.name + "=" + e.value
		}
		return "--" + e.name
	}
	return ""
}

func TestLinesAreReadAsTheClientsDo(t *testing.T) {
	for name, c := range entryCases {
		t.Run(name, func(t *testing.T) {
			got, err := parseEntry(c.line)
			if err != nil {
				t.Fatal(err)
			}
			if got.text() != c.want {
				t.Errorf("%s\ngot  %q\nwant %q", c.line, got.text(), c.want)
			}
		})
	}
}

// write makes files below a new folder and returns the folder.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "DIR", dir)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestIncludes(t *testing.T) {
	many := map[string]string{"main": "[client]\n!includedir DIR/d"}
	for i := range 12 {
		many[fmt.Sprintf("d/%02d.cnf", i)] = "!includedir DIR/d\n"
	}
	cases := map[string]struct {
		files map[string]string
		want  DSN
		err   string
	}{
		"the later value counts": {
			files: map[string]string{
				"main": "[client]\nuser=1\nhost=1\n!include DIR/a\nhost=3", "a": "[client]\nuser=2\nhost=2",
			},
			want: DSN{User: "2", Host: "3"},
		},
		"a folder gives its .cnf files by name": {
			files: map[string]string{
				"main": "!includedir DIR/d\n", "d/2.cnf": "[client]\nuser=2", "d/1.cnf": "[client]\nuser=1\nhost=1",
				"d/3.ini": "[client]\nuser=3", "d/4": "[client]\nuser=4", "d/5.cnf~": "[client]\nuser=5",
			},
			want: DSN{User: "2", Host: "1"},
		},
		"the group goes on after an include": {
			files: map[string]string{"main": "[client]\n!include DIR/a\nuser=1", "a": "[mysqld]\nuser=2"},
			want:  DSN{User: "1"},
		},
		"an absent include says nothing": {
			files: map[string]string{"main": "[client]\n!include DIR/none\nuser=1"},
			want:  DSN{User: "1"},
		},
		"a file that includes itself is read once": {
			files: map[string]string{"main": "[client]\nuser=1\n!include DIR/main\nhost=1"},
			want:  DSN{User: "1", Host: "1"},
		},
		"two files that include each other": {
			files: map[string]string{"main": "[client]\n!include DIR/a\nuser=1", "a": "[client]\nuser=2\nhost=2\n!include DIR/main\n"},
			want:  DSN{User: "1", Host: "2"},
		},
		"a folder of files that include the folder ends": {files: many, err: "more than 1000 defaults files are included"},
		"an absent folder": {
			files: map[string]string{"main": "\n!includedir DIR/none"},
			err:   "DIR/main, line 2: read the included folder: open DIR/none: no such file or directory",
		},
		"an error names the file it is in": {
			files: map[string]string{"main": "[client]\n!include DIR/a", "a": "\n[client\n"},
			err:   "DIR/main, line 2: DIR/a, line 2: the group's name has no closing bracket",
		},
		"a group of the outer file does not reach in": {
			files: map[string]string{"main": "[client]\n!include DIR/a", "a": "user=1\n"},
			err:   "DIR/main, line 2: DIR/a, line 1: an option stands before the first [group]",
		},
		"unknown directive":  {files: map[string]string{"main": "!inklude x"}, err: "DIR/main, line 1: unknown directive; !include and !includedir are known"},
		"include of nothing": {files: map[string]string{"main": "!include "}, err: "DIR/main, line 1: !include names no path"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			dir := write(t, c.files)
			got, err := ReadDefaults(filepath.Join(dir, "main"))
			if c.err != "" {
				want := strings.ReplaceAll(c.err, "DIR", dir)
				if err == nil || !strings.HasSuffix(err.Error(), want) {
					t.Errorf("got  %v\nwant %s", err, want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got.DSN); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
}

func FuzzDefaults(f *testing.F) {
	for _, c := range entryCases {
		f.Add("[client]\n" + c.line)
		f.Add(c.line)
	}
	f.Add("[client]\nssl-mode=verify_ca\nssl=0\nport=x\nprotocol=tcp\nloose_ssl-ca=\"x\"\n[mysqld]\nhost=a:b")
	f.Fuzz(func(t *testing.T, text string) {
		// Files named by chance are none of our business.
		text = strings.ReplaceAll(text, "!", "")
		var s settings
		r := &defaultsReader{option: s.option}
		if err := r.lines("f", text); err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("the error is not one line: %q", err)
			}
			return
		}
		d := s.defaults().DSN
		if d.Database != "" || d.Table != "" || d.DefaultsFile != "" {
			t.Errorf("a defaults file gave D, t or F: %v", d)
		}
	})
}

// FuzzPasswordSurvives writes a password as MySQL's manual tells users to, in each kind of quotes, and reads it back.
func FuzzPasswordSurvives(f *testing.F) {
	for _, c := range entryCases {
		f.Add(c.line)
	}
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, `'`, `\'`, "\n", `\n`, "\r", `\r`)
	f.Fuzz(func(t *testing.T, password string) {
		for _, quote := range []string{`"`, `'`} {
			var s settings
			r := &defaultsReader{option: s.option}
			text := "[client]\npassword = " + quote + escape.Replace(password) + quote + " # note\nport = geheim"
			err := r.lines("f", text)
			if want := "f, line 3: option port: the port must be a number from 1 to 65535"; err == nil || err.Error() != want {
				t.Fatalf("got  %v\nwant %s", err, want)
			}
			if got := s.found.DSN.Password; got != NewSecret(password) {
				t.Errorf("%s\ngot  %q\nwant %q", text, got.Reveal(), password)
			}
		}
	})
}
