package dsn

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadDefaults(t *testing.T) {
	cases := map[string]struct {
		text string
		want Defaults
	}{
		"an empty file says nothing": {"", Defaults{}},
		"every option of the client": {
			"[client]\nuser=u\npassword=\"p#1\"\nhost=db1\nport=3307\nsocket=/s\ndefault-character-set=latin1\n",
			Defaults{DSN: DSN{User: "u", Password: NewSecret("p#1"), Host: "db1", Port: 3307, Socket: "/s", Charset: "latin1"}},
		},
		"underlines, loose- and a byte order mark": {
			"\ufeff[client]\ndefault_character_set=latin1\nloose-user=u\r\n",
			Defaults{DSN: DSN{User: "u", Charset: "latin1"}},
		},
		"the groups of the client library, in the order of the file": {
			"[client-mariadb]\nuser=1\nhost=1\n[client-server]\nuser=2\nsocket=2\n[client]\nuser=3\n",
			Defaults{DSN: DSN{User: "3", Host: "1", Socket: "2"}},
		},
		"groups of programs and servers are not ours": {
			"[mysql]\nuser=1\n[mysqld]\nuser=2\nport=x\n[client10]\nuser=3\n[CLIENT]\nuser=4\n[ client]\nuser=5\n", Defaults{},
		},
		"options that do not concern connecting are ignored": {
			"[client]\ndatabase=d\nno-auto-rehash\nmax_allowed_packet=1G\nquick\nUser=u\nskip-user=x\nnot-ssl\n", Defaults{},
		},
		"an option without its value says nothing": {"[client]\npassword\nhost\nuser\nport\n", Defaults{}},
		"an empty password is a password":          {"[client]\npassword=\n", Defaults{DSN: DSN{Password: NewSecret("")}}},
		"port 0 and charset auto say nothing":      {"[client]\nport=0\ndefault-character-set=auto\n", Defaults{}},
		"protocol tcp":                             {"[client]\nprotocol=TCP\n", Defaults{TCP: true}},
		"protocol socket":                          {"[client]\nprotocol=tcp\nprotocol=socket\n", Defaults{}},

		"ssl":                 {"[client]\nssl\n", Defaults{DSN: DSN{SSL: TLSRequired}}},
		"ssl is on":           {"[client]\nssl=ON\n", Defaults{DSN: DSN{SSL: TLSRequired}}},
		"enable-ssl":          {"[client]\nenable-ssl\n", Defaults{DSN: DSN{SSL: TLSRequired}}},
		"ssl is 0":            {"[client]\nssl-ca=/ca\nssl=0\n", Defaults{DSN: DSN{SSL: TLSOff}, TLS: TLSFiles{CA: "/ca"}}},
		"skip-ssl":            {"[client]\nskip_ssl\n", Defaults{DSN: DSN{SSL: TLSOff}}},
		"ssl-mode":            {"[client]\nssl-mode=PREFERRED\n", Defaults{DSN: DSN{SSL: TLSPreferred}}},
		"ssl-mode counts":     {"[client]\nssl-mode=REQUIRED\nssl-ca=/ca\n", Defaults{DSN: DSN{SSL: TLSRequired}, TLS: TLSFiles{CA: "/ca"}}},
		"ssl-mode disabled":   {"[client]\nssl-mode=DISABLED\nssl=1\nssl-verify-server-cert\n", Defaults{DSN: DSN{SSL: TLSOff}}},
		"ssl-mode as 1":       {"[client]\nssl-mode=1\n", Defaults{DSN: DSN{SSL: TLSRequired}}},
		"verification":        {"[client]\nssl-verify-server-cert\n", Defaults{DSN: DSN{SSL: TLSVerifyIdentity}}},
		"stricter of two":     {"[client]\nssl-mode=required\nssl_verify_server_cert=1\n", Defaults{DSN: DSN{SSL: TLSVerifyIdentity}}},
		"an authority":        {"[client]\nssl-ca=/ca\n", Defaults{DSN: DSN{SSL: TLSVerifyCA}, TLS: TLSFiles{CA: "/ca"}}},
		"a folder of those":   {"[client]\nssl-capath=/ca\n", Defaults{DSN: DSN{SSL: TLSVerifyCA}, TLS: TLSFiles{CAPath: "/ca"}}},
		"no verification":     {"[client]\nssl-ca=/ca\ndisable-ssl-verify-server-cert\n", Defaults{DSN: DSN{SSL: TLSRequired}, TLS: TLSFiles{CA: "/ca"}}},
		"our own certificate": {"[client]\nssl-cert=/c\nssl-key=/k\n", Defaults{DSN: DSN{SSL: TLSRequired}, TLS: TLSFiles{Cert: "/c", Key: "/k"}}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := ReadDefaults(filepath.Join(write(t, map[string]string{"my.cnf": c.text}), "my.cnf"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
}

func TestReadDefaultsRefuses(t *testing.T) {
	cases := map[string]struct{ text, want string }{
		"port":          {"[client]\n\nport=geheim", "line 3: option port: the port must be a number from 1 to 65535"},
		"host":          {"[client]\nhost=geheim:1", "line 2: option host: the host must not hold a port; write h=HOST,P=PORT"},
		"charset":       {"[client]\ndefault_character_set=ge-heim", "line 2: option default-character-set: a character set's name holds only letters, digits and underscores, such as utf8mb4"},
		"ssl":           {"[client]\nssl=geheim", "line 2: option ssl: the value must be 1 or 0"},
		"verify":        {"[client]\nssl-verify-server-cert=geheim", "line 2: option ssl-verify-server-cert: the value must be 1 or 0"},
		"ssl-mode":      {"[client]\nssl-mode=geheim", "line 2: option ssl-mode: the TLS mode must be 0, 1, preferred, required, verify_ca or verify_identity"},
		"no group":      {"password=geheim", "line 1: an option stands before the first [group]"},
		"broken group":  {"[geheim", "line 1: the group's name has no closing bracket"},
		"not a my.cnf":  {strings.Repeat("#", maxDefaultsFile+1), "larger than 1048576 bytes, which is no defaults file"},
		"bad directive": {"!geheim", "line 1: unknown directive; !include and !includedir are known"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(write(t, map[string]string{"my.cnf": c.text}), "my.cnf")
			_, err := ReadDefaults(path)
			sep := ", "
			if name == "not a my.cnf" {
				sep = ": "
			}
			want := "read defaults file (F or --defaults-file): " + path + sep + c.want
			if err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

func TestANamedFileMustBeThere(t *testing.T) {
	dir := t.TempDir()
	missing := filepath.Join(dir, "none.cnf")
	_, err := ReadDefaults(missing)
	want := "read defaults file (F or --defaults-file): open " + missing + ": no such file or directory"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if _, err := ReadDefaults(dir); err == nil {
		t.Error("a folder was read as a file")
	}

	open := filepath.Join(dir, "open.cnf")
	if err := os.WriteFile(open, []byte("[client]\nuser=x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o666); err != nil {
		t.Fatal(err)
	}
	_, err = ReadDefaults(open)
	want = "read defaults file (F or --defaults-file): " + open + ": anybody may write to it; take that right away with chmod o-w"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestSystemFiles(t *testing.T) {
	dir := write(t, map[string]string{
		"one": "[client]\nuser=1\nhost=1\n", "home/.my.cnf": "[client]\nuser=2\nssl-ca=~/ca.pem\n", "open": "[client]\nuser=3\n", "broken": "user=4\n",
	})
	t.Setenv("HOME", filepath.Join(dir, "home"))
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.Chmod(at("open"), 0o606); err != nil {
		t.Fatal(err)
	}

	got, err := readDefaults("", []string{at("none"), at("one"), "~/.my.cnf", at("open")})
	if err != nil {
		t.Fatal(err)
	}
	want := Defaults{DSN: DSN{User: "2", Host: "1", SSL: TLSVerifyCA}, TLS: TLSFiles{CA: at("home/ca.pem")}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("all but the absent and the untrusted file count; want -, got +:\n%s", diff)
	}

	got, err = readDefaults(at("one"), []string{"~/.my.cnf"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Defaults{DSN: DSN{User: "1", Host: "1"}}, got); diff != "" {
		t.Errorf("a named file is the only one read; want -, got +:\n%s", diff)
	}

	_, err = readDefaults("", []string{at("broken")})
	wantErr := "read system defaults file (name another with F or --defaults-file): " + at("broken") + ", line 1: an option stands before the first [group]"
	if err == nil || err.Error() != wantErr {
		t.Errorf("got  %v\nwant %s", err, wantErr)
	}
}
