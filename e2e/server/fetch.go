package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// ErrNotOffered means that the machine's package source does not have the server: tests may go on without it, but must say
// which server they did not test.
var ErrNotOffered = errors.New("the package source does not offer this server")

// debianKeyring verifies what a Debian mirror sends. Its package is essential on Debian; elsewhere it may be absent.
const debianKeyring = "/usr/share/keyrings/debian-archive-keyring.gpg"

// offer is where Debian has a server: the suite, the packages that make a tree, and the versions accepted for the engine.
type offer struct {
	suite, server, client string
	versions              string // prefix, epoch left out
}

// The suite sid moves on. Any MySQL 9 is taken for mysql97, so that the family does not silently drop out of the matrix
// with the next minor version; the version is printed when it is fetched.
var offers = map[Engine]offer{
	MariaDB118: {suite: "trixie", server: "mariadb-server-core", client: "mariadb-client-core", versions: "11.8."},
	MySQL97:    {suite: "sid", server: "mysql-server-core", client: "mysql-client-core", versions: "9."},
}

// Fetch makes sure that the engine's tree is in TreesDir: downloaded through the machine's own apt configuration and
// unpacked, never installed. It needs no root. A tree that is there is left alone. MariaDB1011 has no tree: for it Fetch
// only checks that the server is installed. What happens is told on log.
func Fetch(ctx context.Context, e Engine, log io.Writer) error {
	if _, err := find(e); err == nil {
		fmt.Fprintf(log, "%s: here already\n", e)
		return nil
	}
	o, ok := offers[e]
	if !ok {
		_, err := find(e)
		return err
	}
	trees, err := TreesDir()
	if err != nil {
		return err
	}
	dir := filepath.Join(trees, string(e))
	unlock, err := lockFile(dir + ".lock")
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := findTree(e, dir); err == nil { // another process fetched it while we waited
		return nil
	}
	uri, err := debianMirror("/etc/apt")
	if err != nil {
		return fmt.Errorf("fetch %s: %w", e, err)
	}
	work, err := os.MkdirTemp(trees, "fetching-")
	if err != nil {
		return fmt.Errorf("fetch %s: %w", e, err)
	}
	defer os.RemoveAll(work)
	a, err := newApt(work, uri, o.suite)
	if err != nil {
		return fmt.Errorf("fetch %s: %w", e, err)
	}
	version, err := a.download(ctx, o)
	if err != nil {
		return fmt.Errorf("fetch %s: %w", e, err)
	}
	if err := a.unpack(ctx, filepath.Join(work, "tree")); err != nil {
		return fmt.Errorf("fetch %s: %w", e, err)
	}
	// A broken tree from an earlier run may be in the way.
	if err := errors.Join(os.RemoveAll(dir), os.Rename(filepath.Join(work, "tree"), dir)); err != nil {
		return fmt.Errorf("fetch %s: %w", e, err)
	}
	if _, err := findTree(e, dir); err != nil {
		return fmt.Errorf("fetch %s: %w", e, err)
	}
	fmt.Fprintf(log, "%s: got %s %s from suite %s\n", e, o.server, version, o.suite)
	return nil
}

// apt runs apt with a state of its own, for one suite, so that the machine's package lists and locks stay untouched.
type apt struct {
	dir  string
	opts []string
}

func newApt(dir, uri, suite string) (apt, error) {
	trust := "trusted=yes"
	if _, err := os.Stat(debianKeyring); err == nil {
		trust = "signed-by=" + debianKeyring
	}
	files := map[string]string{"sources.list": fmt.Sprintf("deb [%s] %s %s main\n", trust, uri, suite), "status": ""}
	for _, d := range []string{"lists/partial", "archives/partial", "parts"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			return apt{}, fmt.Errorf("make apt's folder: %w", err)
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return apt{}, fmt.Errorf("write apt's %s: %w", name, err)
		}
	}
	a := apt{dir: dir}
	for _, o := range []string{
		"Dir::Etc::sourcelist=" + dir + "/sources.list", "Dir::Etc::sourceparts=" + dir + "/parts",
		"Dir::State=" + dir, "Dir::State::lists=" + dir + "/lists", "Dir::State::status=" + dir + "/status",
		"Dir::Cache=" + dir, "Dir::Cache::archives=" + dir + "/archives",
		"Acquire::Languages=none", "Acquire::Retries=3",
		"Acquire::Check-Valid-Until=false", // a mirror that is a copy of some day is as good "Debug::NoLocking=1", "APT::Update::Error-Mode=any",
	} {
		a.opts = append(a.opts, "-o", o)
	}
	if os.Geteuid() == 0 { // apt's own user cannot read our folder
		a.opts = append(a.opts, "-o", "APT::Sandbox::User=root")
	}
	return a, nil
}

func (a apt) run(ctx context.Context, tool string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, tool, append(append([]string{}, a.opts...), args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", tool, args[0], err, lastLines(errs.Bytes()))
	}
	return out.String(), nil
}

// download gets the packages with everything they depend on and returns the server's version.
func (a apt) download(ctx context.Context, o offer) (string, error) {
	if _, err := a.run(ctx, "apt-get", "update", "-qq"); err != nil {
		if strings.Contains(err.Error(), "does not have a Release file") || strings.Contains(err.Error(), "404 ") {
			return "", fmt.Errorf("%w (suite %s): %w", ErrNotOffered, o.suite, err)
		}
		return "", err
	}
	versions, err := a.run(ctx, "apt-cache", "madison", o.server)
	if err != nil {
		return "", err
	}
	version, ok := newest(versions, o.versions)
	if !ok {
		return "", fmt.Errorf("%w: suite %s has no %s %s*", ErrNotOffered, o.suite, o.server, o.versions)
	}
	_, err = a.run(ctx, "apt-get", "install", "-qq", "--download-only", "-y", "--no-install-recommends",
		o.server+"="+version, o.client)
	return version, err
}

// newest returns the first version with this prefix in the output of apt-cache madison, which lists the newest first.
func newest(madison, prefix string) (string, bool) {
	for line := range strings.Lines(madison) {
		f := strings.Split(line, "|")
		if len(f) < 3 {
			continue
		}
		v := strings.TrimSpace(f[1])
		_, plain, found := strings.Cut(v, ":")
		if !found {
			plain = v
		}
		if strings.HasPrefix(plain, prefix) {
			return v, true
		}
	}
	return "", false
}

// unpack lays the packages over one another. Those that no server needs to run are left out.
func (a apt) unpack(ctx context.Context, tree string) error {
	debs, err := filepath.Glob(filepath.Join(a.dir, "archives", "*.deb"))
	if err != nil || len(debs) == 0 {
		return fmt.Errorf("apt downloaded no package: %w", errors.Join(err, os.ErrNotExist))
	}
	for _, deb := range debs {
		if name := filepath.Base(deb); strings.HasPrefix(name, "perl") || strings.HasPrefix(name, "libc-gconv-modules") {
			continue
		}
		if out, err := exec.CommandContext(ctx, "dpkg-deb", "-x", deb, tree).CombinedOutput(); err != nil {
			return fmt.Errorf("unpack %s: %w: %s", filepath.Base(deb), err, bytes.TrimSpace(out))
		}
	}
	return nil
}
