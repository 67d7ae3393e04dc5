package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// accounts are made in every data folder: root without a password and osc with password osc, both from anywhere, both with
// every right. The servers listen on loopback only.
const accounts = `CREATE USER IF NOT EXISTS root@'%';
GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;
CREATE USER osc@'%' IDENTIFIED BY 'osc';
GRANT ALL ON *.* TO osc@'%' WITH GRANT OPTION;
CREATE USER osc@'localhost' IDENTIFIED BY 'osc';
GRANT ALL ON *.* TO osc@'localhost' WITH GRANT OPTION;
`

// dataFormat is part of every template's name. Raise it when the content of a made data folder changes.
const dataFormat = "3"

// copyData gives dst a fresh data folder, copied from a template that is made once and kept in the cache. Several
// processes may do so at once: one makes the template under a lock file, the others wait for it.
func copyData(p program, initArgs []string, dst string) error {
	tmpl, err := template(p, initArgs)
	if err != nil {
		return err
	}
	if out, err := exec.Command("cp", "-a", "--reflink=auto", tmpl, dst).CombinedOutput(); err != nil {
		return fmt.Errorf("copy the data folder template: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

// template returns the template folder for this server build and these options, made if it is not there yet.
func template(p program, initArgs []string) (string, error) {
	version, err := p.command("--version").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("ask %s for its version: %w: %s", p.engine, err, bytes.TrimSpace(version))
	}
	cache, err := CacheDir()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(strings.Join(append([]string{dataFormat, string(version), accounts}, initArgs...), "\x00")))
	dir := filepath.Join(cache, "data", string(p.engine)+"-"+hex.EncodeToString(sum[:6]))
	unlock, err := lockFile(dir + ".lock")
	if err != nil {
		return "", err
	}
	defer unlock()
	if isDir(dir) {
		return dir, nil
	}
	return dir, makeTemplate(p, initArgs, dir)
}

// makeTemplate makes the data folder beside its final name and renames it, so that a half made one is never used.
func makeTemplate(p program, initArgs []string, dir string) (err error) {
	work, err := os.MkdirTemp(filepath.Dir(dir), "making-")
	if err != nil {
		return fmt.Errorf("make a work folder: %w", err)
	}
	g, err := startGuard(work)
	if err != nil {
		return errors.Join(err, os.RemoveAll(work))
	}
	defer func() { err = errors.Join(err, g.dismiss(), os.RemoveAll(work)) }()
	data := filepath.Join(work, "data")
	run := initMariaDB
	if p.engine.MySQL() {
		run = initMySQL
	}
	if err := run(p, append([]string{"--datadir=" + data}, initArgs...), work); err != nil {
		return err
	}
	// Each instance makes an id of its own.
	if err := os.Remove(filepath.Join(data, "auto.cnf")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove the server id: %w", err)
	}
	if err := os.Rename(data, dir); err != nil {
		return fmt.Errorf("keep the data folder template: %w", err)
	}
	return nil
}

func initMySQL(p program, args []string, work string) error {
	file := filepath.Join(work, "accounts.sql")
	if err := os.WriteFile(file, []byte(accounts), 0o600); err != nil {
		return fmt.Errorf("write the accounts: %w", err)
	}
	args = append(args, "--initialize-insecure", "--disable-log-bin", "--init-file="+file)
	return runInit(p, p.command(args...))
}

// initMariaDB feeds the server its system tables itself. mariadb-install-db would do the same but lies in different
// packages on different systems and cannot be run from a tree.
func initMariaDB(p program, args []string, work string) error {
	if err := os.MkdirAll(filepath.Join(work, "data", "mysql"), 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	var sql bytes.Buffer
	sql.WriteString("CREATE DATABASE IF NOT EXISTS mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n")
	for _, part := range []string{"system_tables", "performance_tables", "system_tables_data"} {
		found, err := filepath.Glob(filepath.Join(p.share, "m*_"+part+".sql"))
		if err != nil || len(found) != 1 {
			return fmt.Errorf("find MariaDB's %s SQL: got %d files", part, len(found))
		}
		text, err := os.ReadFile(found[0])
		if err != nil {
			return fmt.Errorf("read MariaDB's %s SQL: %w", part, err)
		}
		sql.Write(text)
		sql.WriteByte('\n')
	}
	// Rights are not loaded in bootstrap mode, and accounts can be made only once they are.
	sql.WriteString("FLUSH PRIVILEGES;\n" + accounts)
	cmd := p.command(append(args, "--bootstrap", "--enforce-storage-engine=", "--log-warnings=0",
		"--max-allowed-packet=8M", "--net-buffer-length=16K")...)
	cmd.Stdin = &sql
	return runInit(p, cmd)
}

func runInit(p program, cmd *exec.Cmd) error {
	out, err := cmd.CombinedOutput()
	// In bootstrap mode MariaDB goes on after a failed statement and says so only in its output.
	if err == nil && bytes.Contains(out, []byte("ERROR: ")) {
		err = errors.New("a statement failed")
	}
	if err != nil {
		return fmt.Errorf("make a data folder of %s: %w: %s", p.engine, err, lastLines(out))
	}
	return nil
}

// lockFile takes a lock that other processes respect and that ends with this process.
func lockFile(path string) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("make the cache folder: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open a lock file: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	return func() { f.Close() }, nil
}

// lastLines returns the end of a log, for an error message.
func lastLines(log []byte) string {
	lines := strings.Split(strings.TrimSpace(string(log)), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}
