package server

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// EnvTrees names the environment variable that overrides the folder of the fetched server trees.
const EnvTrees = "OSCAR_TREES"

// EnvCache names the environment variable that overrides the folder for everything kept between runs.
const EnvCache = "OSCAR_CACHE"

// CacheDir returns the folder in which trees and made data folders are kept between runs.
func CacheDir() (string, error) {
	if d := os.Getenv(EnvCache); d != "" {
		return filepath.Abs(d)
	}
	d, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache folder (set $%s): %w", EnvCache, err)
	}
	return filepath.Join(d, "oscar-e2e"), nil
}

// TreesDir returns the folder that holds one fetched tree per engine.
func TreesDir() (string, error) {
	if d := os.Getenv(EnvTrees); d != "" {
		return filepath.Abs(d)
	}
	d, err := CacheDir()
	return filepath.Join(d, "trees"), err
}

// program is how one engine's server is run: the command words, and the arguments that show it its own files.
type program struct {
	engine Engine
	words  []string // the loader and its arguments, if any, then the server binary
	files  []string // arguments that name message, character set and plugin folders
	share  string   // folder with the SQL of the system tables (MariaDB)
}

// EnsureMariaDB returns the path of the installed MariaDB server, or an error that says how to install it.
func EnsureMariaDB() (string, error) {
	if p, err := exec.LookPath("mariadbd"); err == nil {
		return p, nil
	}
	// sbin is not on an ordinary user's PATH.
	for _, p := range []string{"/usr/sbin/mariadbd", "/usr/local/sbin/mariadbd"} {
		if _, err := os.Stat(p); err == nil {
			return p, nil
		}
	}
	return "", fmt.Errorf("no mariadbd on this machine: run `make deps` (it installs the package mariadb-server-core)")
}

// find locates the engine's server.
func find(e Engine) (program, error) {
	if e == MariaDB1011 {
		bin, err := EnsureMariaDB()
		if err != nil {
			return program{}, err
		}
		share, err := systemTables("/usr/share/mysql", "/usr/share/mariadb")
		return program{engine: e, words: []string{bin}, share: share}, err
	}
	dir, err := TreesDir()
	if err != nil {
		return program{}, err
	}
	return findTree(e, filepath.Join(dir, string(e)))
}

// findTree locates a server in an unpacked tree. The tree's own loader runs it, so that a server built for a newer C
// library runs here too.
func findTree(e Engine, tree string) (program, error) {
	name, share := "mariadbd", "usr/share/mariadb"
	if e.MySQL() {
		name, share = "mysqld", "usr/share/mysql"
	}
	bin := filepath.Join(tree, "usr/sbin", name)
	if _, err := os.Stat(bin); err != nil {
		return program{}, fmt.Errorf("no tree of %s here: run `go run ./e2e/server/fetch %s`: %w", e, e, err)
	}
	// One file, whatever the machine: ld-linux-x86-64.so.2, ld-linux-aarch64.so.1.
	loaders, err := filepath.Glob(filepath.Join(tree, "usr/lib/*/ld-linux*.so.*"))
	if err != nil || len(loaders) != 1 {
		return program{}, fmt.Errorf("find the loader of the %s tree: got %d of them", e, len(loaders))
	}
	p := program{engine: e, words: []string{loaders[0], "--library-path", filepath.Dir(loaders[0]), bin}}
	p.files = []string{
		"--lc-messages-dir=" + filepath.Join(tree, share),
		"--character-sets-dir=" + filepath.Join(tree, share, "charsets"),
	}
	if plugins := filepath.Join(tree, "usr/lib/mysql/plugin"); isDir(plugins) {
		p.files = append(p.files, "--plugin-dir="+plugins)
	}
	if !e.MySQL() {
		p.share, err = systemTables(filepath.Join(tree, share), filepath.Join(tree, "usr/share/mysql"))
	}
	return p, err
}

// systemTables picks the first folder that holds MariaDB's system table SQL. Its name differs between versions.
func systemTables(dirs ...string) (string, error) {
	for _, d := range dirs {
		if found, err := filepath.Glob(filepath.Join(d, "*_system_tables.sql")); err == nil && len(found) == 1 {
			return d, nil
		}
	}
	return "", fmt.Errorf("find MariaDB's system table SQL in %s", strings.Join(dirs, ", "))
}

// command makes a command of the server with these arguments. The defaults files of the machine are never read.
func (p program) command(args ...string) *exec.Cmd {
	words := append(append([]string{}, p.words...), "--no-defaults")
	words = append(append(words, p.files...), args...)
	if os.Geteuid() == 0 {
		// Servers refuse to run as root unless told so by name.
		words = append(words, "--user=root")
	}
	return exec.Command(words[0], words[1:]...)
}

func isDir(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.IsDir()
}
