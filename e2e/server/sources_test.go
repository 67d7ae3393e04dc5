package server

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestDebianMirror(t *testing.T) {
	const deb822 = `# first
Types: deb deb-src
URIs: http://mirror.test/debian/
Suites: bookworm
 bookworm-updates
Components: main
Signed-By: /k.gpg

Types: deb
URIs: http://mirror.test/debian-security
Suites: bookworm-security
Components: main
`
	for name, c := range map[string]struct {
		file, text, want string
	}{
		"new form":                      {"sources.list.d/debian.sources", deb822, "http://mirror.test/debian/"},
		"one-line form":                 {"sources.list", "deb http://m.test/debian trixie main contrib\n", "http://m.test/debian"},
		"one-line form with options":    {"sources.list.d/a.list", "deb [ arch=amd64 signed-by=/k ] http://m.test/debian sid main", "http://m.test/debian"},
		"proxy folder with other name":  {"sources.list", "deb http://m.test/proxy/debian-main stable main", "http://m.test/proxy/debian-main"},
		"security archive is not taken": {"sources.list", "deb http://m.test/debian-security bookworm main", ""},
		"source packages are not taken": {"sources.list", "deb-src http://m.test/debian bookworm main", ""},
		"comment is not taken":          {"sources.list", "# deb http://m.test/debian bookworm main", ""},
		"disabled entry is not taken":   {"sources.list.d/a.sources", "Types: deb\nEnabled: no\nURIs: http://m.test/debian\nSuites: sid\nComponents: main\n", ""},
		"other publisher is not taken":  {"sources.list", "deb http://db.test/ps-80/apt bookworm main", ""},
		"ubuntu has none":               {"sources.list", "deb http://m.test/ubuntu noble main universe", ""},
	} {
		t.Run(name, func(t *testing.T) {
			etc := t.TempDir()
			file := filepath.Join(etc, c.file)
			if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(c.text), 0o644)); err != nil {
				t.Fatal(err)
			}
			got, err := debianMirror(etc)
			if got != c.want || errors.Is(err, ErrNotOffered) != (c.want == "") {
				t.Errorf("got %q, %v\nwant %q", got, err, c.want)
			}
		})
	}
}

func TestNewestTakesOnlyTheVersionsOfTheEngine(t *testing.T) {
	const out = " s | 1:12.3.1-1 | http://m.test sid/main\n s | 1:11.8.6-0+deb13u1 | http://m.test sid/main\n"
	if got, ok := newest(out, "11.8."); !ok || got != "1:11.8.6-0+deb13u1" {
		t.Errorf("got %q, %v", got, ok)
	}
	if got, ok := newest(out, "10."); ok {
		t.Errorf("got %q, want none", got)
	}
}
