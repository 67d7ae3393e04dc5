package dsn

import (
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/google/go-cmp/cmp"
)

func TestAddress(t *testing.T) {
	// The path of a unix socket has a small limit, so the name is short.
	live := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", live)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	notSocket := filepath.Join(write(t, map[string]string{"f": ""}), "f")
	usual := []string{"/nowhere/mysqld.sock", notSocket, live}

	cases := map[string]struct {
		dsn       string
		file      Defaults
		sockets   []string
		net, addr string
	}{
		"nothing at all is the loopback":                 {net: "tcp", addr: "127.0.0.1:3306"},
		"nothing at all with a server's socket in place": {sockets: usual, net: "unix", addr: live},
		"a plain file is no socket":                      {sockets: []string{notSocket}, net: "tcp", addr: "127.0.0.1:3306"},
		"a host":                                         {dsn: "h=db1", sockets: usual, net: "tcp", addr: "db1:3306"},
		"a host and a port":                              {dsn: "h=db1,P=3307", net: "tcp", addr: "db1:3307"},
		"IPv4":                                           {dsn: "h=127.0.0.1", sockets: usual, net: "tcp", addr: "127.0.0.1:3306"},
		"IPv6":                                           {dsn: "h=2001:db8::1,P=3307", net: "tcp", addr: "[2001:db8::1]:3307"},
		"IPv6 with brackets":                             {dsn: "h=[::1]", net: "tcp", addr: "[::1]:3306"},
		"IPv6 link-local with its zone":                  {dsn: "h=fe80::1%eth0", net: "tcp", addr: "[fe80::1%eth0]:3306"},
		"localhost means the socket":                     {dsn: "h=localhost", sockets: usual, net: "unix", addr: live},
		"localhost without a socket":                     {dsn: "h=localhost", net: "tcp", addr: "127.0.0.1:3306"},
		"localhost with a port means TCP":                {dsn: "h=localhost,P=3306", sockets: usual, net: "tcp", addr: "127.0.0.1:3306"},
		"a port alone means TCP":                         {dsn: "P=3307", sockets: usual, net: "tcp", addr: "127.0.0.1:3307"},
		"a socket alone":                                 {dsn: "S=/s", net: "unix", addr: "/s"},
		"a socket and localhost and a port":              {dsn: "S=/s,h=localhost,P=3307", net: "unix", addr: "/s"},
		"a socket never goes with another host":          {dsn: "S=/s,h=replica1", net: "tcp", addr: "replica1:3306"},

		"the file's socket":                         {file: Defaults{DSN: DSN{Socket: "/f"}}, sockets: usual, net: "unix", addr: "/f"},
		"the file's socket beside its port":         {file: Defaults{DSN: DSN{Socket: "/f", Port: 3307}}, net: "unix", addr: "/f"},
		"the file's socket against our port":        {dsn: "P=3308", file: Defaults{DSN: DSN{Socket: "/f"}}, net: "tcp", addr: "127.0.0.1:3308"},
		"the file's socket against our host":        {dsn: "h=db1", file: Defaults{DSN: DSN{Socket: "/f"}}, net: "tcp", addr: "db1:3306"},
		"the file's host":                           {file: Defaults{DSN: DSN{Host: "f", Port: 3307, Socket: "/f"}}, net: "tcp", addr: "f:3307"},
		"the file's host against our port":          {dsn: "P=3308", file: Defaults{DSN: DSN{Host: "f", Port: 3307}}, net: "tcp", addr: "f:3308"},
		"the file's host does not beat our socket":  {dsn: "S=/s", file: Defaults{DSN: DSN{Host: "f", Port: 3307}}, net: "unix", addr: "/s"},
		"the file's port forbids guessing a socket": {file: Defaults{DSN: DSN{Port: 3307}}, sockets: usual, net: "tcp", addr: "127.0.0.1:3307"},
		"the file's usual port does not":            {file: Defaults{DSN: DSN{Port: 3306}}, sockets: usual, net: "unix", addr: live},
		"protocol=tcp in the file":                  {dsn: "h=localhost", file: Defaults{TCP: true}, sockets: usual, net: "tcp", addr: "127.0.0.1:3306"},
		"protocol=tcp beats the file's socket":      {file: Defaults{DSN: DSN{Socket: "/f"}, TCP: true}, net: "tcp", addr: "127.0.0.1:3306"},
		"protocol=tcp does not beat our own socket": {dsn: "S=/s", file: Defaults{TCP: true}, net: "unix", addr: "/s"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			cfg := mustConfig(t, c.dsn, c.file, machine{sockets: c.sockets})
			if cfg.Net != c.net || cfg.Addr != c.addr {
				t.Errorf("got  %s %s\nwant %s %s", cfg.Net, cfg.Addr, c.net, c.addr)
			}
		})
	}
}

func mustConfig(t *testing.T, text string, file Defaults, on machine) *mysql.Config {
	t.Helper()
	d, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := d.config(file, on)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := mysql.NewConnector(cfg); err != nil {
		t.Fatalf("the driver refuses the configuration: %v", err)
	}
	return cfg
}

func TestWhoAndWhat(t *testing.T) {
	file := Defaults{DSN: DSN{User: "fu", Password: NewSecret("fp"), Charset: "latin1"}}
	on := machine{user: "login", password: NewSecret("env")}
	cases := map[string]struct {
		dsn  string
		file Defaults
		want [4]string // user, password, database, charset
	}{
		"the DSN comes first":              {"u=du,p=dp,D=d,A=ascii", file, [4]string{"du", "dp", "d", "ascii"}},
		"then the defaults file":           {"D=d", file, [4]string{"fu", "fp", "d", "latin1"}},
		"then the machine":                 {"", Defaults{}, [4]string{"login", "env", "", "utf8mb4"}},
		"an empty password is not filled":  {"p=", file, [4]string{"fu", "", "", "latin1"}},
		"an empty password in the file":    {"", Defaults{DSN: DSN{Password: NewSecret("")}}, [4]string{"login", "", "", "utf8mb4"}},
		"the table is no business of ours": {"t=x", Defaults{}, [4]string{"login", "env", "", "utf8mb4"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			cfg := mustConfig(t, c.dsn, c.file, on)
			_, params, _ := strings.Cut(cfg.FormatDSN(), "charset=")
			charset, _, _ := strings.Cut(params, "&")
			got := [4]string{cfg.User, cfg.Passwd, cfg.DBName, charset}
			if got != c.want {
				t.Errorf("user, password, database, charset:\ngot  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestDriverSettings(t *testing.T) {
	cfg := mustConfig(t, "h=db1", Defaults{}, machine{})
	type settings struct {
		ParseTime, Interpolate, Multi, Native, Live, Old, Cleartext, AllFiles, FoundRows bool
		Timeout                                                                          time.Duration
	}
	got := settings{cfg.ParseTime, cfg.InterpolateParams, cfg.MultiStatements, cfg.AllowNativePasswords, cfg.CheckConnLiveness,
		cfg.AllowOldPasswords, cfg.AllowCleartextPasswords, cfg.AllowAllFiles, cfg.ClientFoundRows, cfg.Timeout}
	want := settings{Interpolate: true, Native: true, Live: true, Timeout: 10 * time.Second}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

func TestCharsetsThatCannotBeQuotedAreNotInterpolated(t *testing.T) {
	for charset, want := range map[string]bool{"utf8mb4": true, "latin1": true, "ujis": true, "gbk": false, "GBK": false, "sjis": false, "big5": false, "cp932": false, "gb2312": false, "gb18030": false} {
		if got := mustConfig(t, "A="+charset, Defaults{}, machine{}).InterpolateParams; got != want {
			t.Errorf("%s: got %v, want %v", charset, got, want)
		}
	}
}

func TestConfigReadsTheNamedFile(t *testing.T) {
	dir := write(t, map[string]string{"my.cnf": "[client]\nuser=app\npassword='a#b'\nhost=db9\nport=3309\n"})
	d, err := Parse("F=" + filepath.Join(dir, "my.cnf") + ",P=3310")
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := d.Config()
	if err != nil {
		t.Fatal(err)
	}
	if cfg.User != "app" || cfg.Passwd != "a#b" || cfg.Addr != "db9:3310" {
		t.Errorf("got  %s %s %s\nwant app a#b db9:3310", cfg.User, cfg.Passwd, cfg.Addr)
	}
	if _, err := (DSN{DefaultsFile: filepath.Join(dir, "none")}).Config(); err == nil {
		t.Error("a missing file was passed over")
	}
}

func TestConfigRefusesWhatParseWould(t *testing.T) {
	for _, d := range []DSN{{Host: "db1:3307"}, {Charset: "utf8 --"}, {SSL: "maybe"}} {
		if _, err := d.config(Defaults{}, machine{}); err == nil {
			t.Errorf("%v was accepted", d)
		}
	}
}

func TestThePasswordOfTheEnvironment(t *testing.T) {
	t.Setenv("MYSQL_PWD", "geheim")
	if got := thisMachine().password; got != NewSecret("geheim") {
		t.Errorf("got %q, want geheim", got.Reveal())
	}
	if thisMachine().user == "" {
		t.Error("nobody is logged in")
	}
}
