package dsn

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

var parseCases = map[string]struct {
	text   string
	want   DSN
	format string // canonical text, password included; text itself when empty
	log    string // for people; format when empty
}{
	"nothing is a DSN without anything": {text: ""},
	"every key": {
		text: "t=orders,u=app,s=1,p=geheim,h=db1,S=/run/x.sock,P=3307,F=/etc/x.cnf,D=shop,A=utf8mb4",
		want: DSN{Charset: "utf8mb4", Database: "shop", DefaultsFile: "/etc/x.cnf", Port: 3307, Socket: "/run/x.sock", Host: "db1",
			Password: NewSecret("geheim"), SSL: TLSOn, Table: "orders", User: "app"},
		format: "A=utf8mb4,D=shop,F=/etc/x.cnf,P=3307,S=/run/x.sock,h=db1,p=geheim,s=1,t=orders,u=app",
		log:    "A=utf8mb4,D=shop,F=/etc/x.cnf,P=3307,S=/run/x.sock,h=db1,p=...,s=1,t=orders,u=app",
	},
	"keys of two cases differ":            {text: "P=1,S=a,p=b,s=0", want: DSN{Port: 1, Socket: "a", Password: NewSecret("b"), SSL: TLSOff}, log: "P=1,S=a,p=...,s=0"},
	"a part without a key is the host":    {text: "db1,t=x", want: DSN{Host: "db1", Table: "x"}, format: "h=db1,t=x"},
	"a bare IPv6 address is a host":       {text: "fe80::1%eth0", want: DSN{Host: "fe80::1%eth0"}, format: "h=fe80::1%eth0"},
	"a bracketed IPv6 address is kept":    {text: "h=[::1]", want: DSN{Host: "[::1]"}},
	"an escaped comma is text":            {text: `p=a\,b\,,h=c`, want: DSN{Password: NewSecret("a,b,"), Host: "c"}, format: `h=c,p=a\,b\,`, log: "h=c,p=..."},
	"other backslashes are text":          {text: `p=a\\b\n\,,h=c`, want: DSN{Password: NewSecret(`a\\b\n,`), Host: "c"}, format: `h=c,p=a\\b\n\,`, log: "h=c,p=..."},
	"a backslash before an escaped comma": {text: `p=a\\,b`, want: DSN{Password: NewSecret(`a\,b`)}, log: "p=..."},
	"a backslash at the end stays at the end": {
		text: `u=x,h=y\`, want: DSN{User: "x", Host: `y\`}, format: `u=x,h=y\`,
	},
	"the dots of a password give no hint of a backslash at its end": {
		text: `u=x,p=y\`, want: DSN{User: "x", Password: NewSecret(`y\`)}, log: "p=...,u=x",
	},
	"values keep blanks and equals signs":      {text: "t= a=b ,D==", want: DSN{Table: " a=b ", Database: "="}, format: "D==,t= a=b "},
	"values may be any characters":             {text: "t=таблица`\"';", want: DSN{Table: "таблица`\"';"}},
	"empty parts are skipped":                  {text: ",h=a,,t=b,", want: DSN{Host: "a", Table: "b"}, format: "h=a,t=b"},
	"an empty value is not given":              {text: "h=,P=,s=,A=,D=d", want: DSN{Database: "d"}, format: "D=d"},
	"an empty password is a password":          {text: "p=", want: DSN{Password: NewSecret("")}, log: "p=..."},
	"TLS words in any case, dash or underline": {text: "s=VERIFY-CA", want: DSN{SSL: TLSVerifyCA}, format: "s=verify_ca"},
	"disabled is 0":                            {text: "s=disabled", want: DSN{SSL: TLSOff}, format: "s=0"},
	"a control character does not break the log line": {
		text: "t=a\nb\x1b", want: DSN{Table: "a\nb\x1b"}, log: "t=a?b?",
	},
}

func TestParse(t *testing.T) {
	for name, c := range parseCases {
		t.Run(name, func(t *testing.T) {
			got, err := Parse(c.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("Parse(%q), want -, got +:\n%s", c.text, diff)
			}
			format := c.format
			if format == "" && got != (DSN{}) {
				format = c.text
			}
			if got.Format() != format {
				t.Errorf("Format:\ngot  %q\nwant %q", got.Format(), format)
			}
			log := c.log
			if log == "" {
				log = format
			}
			if got.String() != log {
				t.Errorf("String:\ngot  %q\nwant %q", got.String(), log)
			}
		})
	}
}

const (
	hint    = `; a comma inside a value is written as \,`
	keyList = "; the keys are A D F P S h p s t u"
)

var refusals = map[string]struct{ text, want string }{
	"unknown key":                {"h=a,q=1", `Unknown DSN option 'q' in part 2 of the DSN` + keyList + hint},
	"L is no key here":           {"L=1", `Unknown DSN option 'L' in part 1 of the DSN` + keyList + hint},
	"key beyond ASCII":           {"é=1", `Unknown DSN option 'é' in part 1 of the DSN` + keyList + hint},
	"key that would break lines": {"\n=1", `Unknown DSN option '\n' in part 1 of the DSN` + keyList + hint},
	"doubled key":                {"h=a,u=b,h=c", "DSN option 'h' is given twice, in parts 1 and 3 of the DSN; keep one" + hint},
	"doubled with equal value":   {"t=a,t=a", "DSN option 't' is given twice, in parts 1 and 2 of the DSN; keep one" + hint},
	"bare host and h":            {"db1,h=db2", "DSN option 'h' is given twice, in parts 1 and 2 of the DSN; keep one" + hint},
	"tail of a password":         {"h=a,p=geh,eim", "DSN option 'h' is given twice, in parts 1 and 3 of the DSN; keep one" + hint},
	"long key":                   {"D=x,host=a", "part 2 of the DSN has a key of more than one letter" + hint},
	"no key":                     {"=a", "part 1 of the DSN has no key before the equals sign" + hint},
	"port is no number":          {"P=geheim", "DSN option 'P' in part 1 of the DSN: the port must be a number from 1 to 65535"},
	"port 0":                     {"P=0", "DSN option 'P' in part 1 of the DSN: the port must be a number from 1 to 65535"},
	"port with a sign":           {"P=+1", "DSN option 'P' in part 1 of the DSN: the port must be a number from 1 to 65535"},
	"port too large":             {"P=65536", "DSN option 'P' in part 1 of the DSN: the port must be a number from 1 to 65535"},
	"TLS mode":                   {"u=a,s=geheim", "DSN option 's' in part 2 of the DSN: the TLS mode must be 0, 1, preferred, required, verify_ca or verify_identity"},
	"charset with SQL in it":     {"A=utf8; DROP", "DSN option 'A' in part 1 of the DSN: a character set's name holds only letters, digits and underscores, such as utf8mb4"},
	"port within the host":       {"h=db1:3307", "DSN option 'h' in part 1 of the DSN: the host must not hold a port; write h=HOST,P=PORT"},
	"port after IPv6 brackets":   {"[::1]:3307", "DSN option 'h' in part 1 of the DSN: the host must not hold a port; write h=HOST,P=PORT"},
}

func TestParseRefuses(t *testing.T) {
	for name, c := range refusals {
		t.Run(name, func(t *testing.T) {
			d, err := Parse(c.text)
			if err == nil || err.Error() != c.want {
				t.Errorf("Parse(%q)\ngot  %v\nwant %s", c.text, err, c.want)
			}
			if d != (DSN{}) {
				t.Errorf("an error came with the DSN %v", d)
			}
		})
	}
}

// full gives a DSN in which every field is given and differs by its tag.
func full(tag string, port uint16, mode TLSMode) DSN {
	return DSN{Charset: "A" + tag, Database: "D" + tag, DefaultsFile: "F" + tag, Port: port, Socket: "S" + tag, Host: "h" + tag,
		Password: NewSecret("p" + tag), SSL: mode, Table: "t" + tag, User: "u" + tag}
}

func TestInherit(t *testing.T) {
	one, two := full("1", 1, TLSRequired), full("2", 2, TLSPreferred)
	copied := two
	copied.Database, copied.Table = "", ""
	withDatabase := copied
	withDatabase.Database = two.Database
	emptyPassword := two
	emptyPassword.Database, emptyPassword.Table, emptyPassword.Password = "", "", NewSecret("")

	cases := map[string]struct{ got, want DSN }{
		"what is given stays":                          {one.Inherit(two), one},
		"all but database and table are copied":        {DSN{}.Inherit(two), copied},
		"an empty password is not filled":              {DSN{Password: NewSecret("")}.Inherit(two), emptyPassword},
		"what is given stays against options":          {one.WithDefaults(two), one},
		"options give the database but not the table":  {DSN{}.WithDefaults(two), withDatabase},
		"an option that switches TLS off says nothing": {DSN{}.WithDefaults(DSN{SSL: TLSOff}), DSN{}},
		"a DSN that switches TLS off keeps it off":     {DSN{SSL: TLSOff}.WithDefaults(DSN{SSL: TLSOn}), DSN{SSL: TLSOff}},
		"a replica takes all but its host": {
			DSN{Host: "r1"}.Inherit(DSN{Host: "db1", Port: 3307, User: "u", Database: "D", Table: "t"}),
			DSN{Host: "r1", Port: 3307, User: "u"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, c.got); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
}

func TestComplete(t *testing.T) {
	cases := map[string]struct {
		d    DSN
		want string
	}{
		"both":    {DSN{Database: "D", Table: "t"}, ""},
		"neither": {DSN{}, "The DSN must specify a database (D) and a table (t); D and t are missing"},
		"no D":    {DSN{Table: "t"}, "The DSN must specify a database (D) and a table (t); D is missing"},
		"no t":    {DSN{Database: "D"}, "The DSN must specify a database (D) and a table (t); t is missing"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := ""
			if err := c.d.Complete(); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestParsePort(t *testing.T) {
	for text, want := range map[string]uint16{"": 0, "1": 1, "3306": 3306, "03306": 3306, "65535": 65535} {
		if got, err := ParsePort(text); err != nil || got != want {
			t.Errorf("ParsePort(%q): got %d, %v, want %d", text, got, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range parseCases {
		f.Add(c.text)
	}
	for _, c := range refusals {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := Parse(text)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") || !utf8.ValidString(err.Error()) {
				t.Errorf("Parse(%q): the error is not one line: %q", text, err)
			}
			return
		}
		again, err := Parse(d.Format())
		if err != nil {
			t.Fatalf("Parse(%q) gives %q, which is not read back: %v", text, d.Format(), err)
		}
		if again != d || again.Format() != d.Format() {
			t.Errorf("Parse(%q) does not round trip:\nfirst  %q\nsecond %q", text, d.Format(), again.Format())
		}
		if strings.ContainsAny(d.String(), "\n\r") {
			t.Errorf("String is not one line: %q", d.String())
		}
		if !d.Password.Given() {
			return
		}
		// The password may happen to be part of a host's name, so the proof is that another one gives the same text.
		other := d
		other.Password = NewSecret(hidden)
		if d.String() != other.String() || leaks(other.String()) {
			t.Errorf("String depends on the password:\n%s\n%s", d, other)
		}
	})
}

// FuzzErrorsHideThePassword puts a password that holds anything into a DSN that is wrong elsewhere.
func FuzzErrorsHideThePassword(f *testing.F) {
	for _, tail := range []string{"", ",", `\`, ",h=", ",P=", ",s=", "=", ",host="} {
		f.Add(tail)
	}
	f.Fuzz(func(t *testing.T, tail string) {
		for _, text := range []string{"P=x,p=" + tail + hidden, "p=" + hidden + tail + ",h=a,h=b", "h=a,p=" + tail + "," + hidden} {
			if _, err := Parse(text); err != nil && leaks(err.Error()) {
				t.Errorf("Parse(%q): the error shows the password: %v", text, err)
			}
		}
	})
}
