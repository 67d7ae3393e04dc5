package dsn

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// This file reads my.cnf text as the MySQL and MariaDB clients read it. It does so by hand: an ini library either keeps or
// drops quotes, comments and backslashes for all values alike, while the clients cut a comment only outside quotes, take
// away only a pair of quotes that encloses the whole value, and know the escapes \b \n \r \s \t \\ \' \" and no continuation
// lines. A password read otherwise is a wrong password. The table test holds what MariaDB's my_print_defaults printed.

// entryKind tells the lines of a my.cnf file apart.
type entryKind int

const (
	entryNone       entryKind = iota // blank or comment
	entryGroup                       // [name]
	entryOption                      // name, or name=value
	entryInclude                     // !include file
	entryIncludeDir                  // !includedir folder
)

// entry is what one line says.
type entry struct {
	kind     entryKind
	name     string // of the group or option; path of an include
	value    string
	hasValue bool // "name=" has an empty value, "name" has none
}

const (
	maxDefaultsFile  = 1 << 20 // bytes of one file
	maxDefaultsFiles = 1000    // files read for one DSN, includes and repeats counted
	blanks           = " \t\n\v\f\r"
)

// parseEntry reads one line. Its errors never hold text of the line.
func parseEntry(line string) (entry, error) {
	line = strings.Trim(line, blanks)
	if line == "" {
		return entry{}, nil
	}
	switch line[0] {
	case '#', ';':
		return entry{}, nil
	case '!':
		return parseDirective(strings.TrimLeft(line[1:], blanks))
	case '[':
		name, _, closed := strings.Cut(line[1:], "]")
		if !closed {
			return entry{}, errors.New("the group's name has no closing bracket")
		}
		return entry{kind: entryGroup, name: strings.TrimRight(name, blanks)}, nil
	}
	name, value, hasValue := strings.Cut(cutComment(line), "=")
	return entry{
		kind:     entryOption,
		name:     strings.TrimRight(name, blanks),
		value:    unescape(unquote(strings.Trim(value, blanks))),
		hasValue: hasValue,
	}, nil
}

func parseDirective(text string) (entry, error) {
	word, path := text, ""
	if i := strings.IndexAny(text, blanks); i >= 0 {
		word, path = text[:i], strings.TrimLeft(text[i:], blanks)
	}
	var kind entryKind
	switch word {
	case "include":
		kind = entryInclude
	case "includedir":
		kind = entryIncludeDir
	default:
		return entry{}, errors.New("unknown directive; !include and !includedir are known")
	}
	if path == "" {
		return entry{}, fmt.Errorf("!%s names no path", word)
	}
	return entry{kind: kind, name: path}, nil
}

// cutComment takes away the comment at the end of an option's line. Inside quotes, which may begin anywhere in the line, "#" is
// text and a backslash protects a quote; outside them a backslash protects nothing.
func cutComment(line string) string {
	var quote byte
	escaped := false
	for i := range len(line) {
		c := line[i]
		switch {
		case (c == '\'' || c == '"') && !escaped:
			if quote == 0 {
				quote = c
			} else if quote == c {
				quote = 0
			}
		case c == '#' && quote == 0:
			return line[:i]
		}
		escaped = quote != 0 && c == '\\' && !escaped
	}
	return line
}

// unquote takes away quotes only when the first and last character are the same quote.
func unquote(v string) string {
	if len(v) > 1 && (v[0] == '\'' || v[0] == '"') && v[len(v)-1] == v[0] {
		return v[1 : len(v)-1]
	}
	return v
}

// unescape reads the clients' escapes. An unknown one, and a backslash at the end, stand for themselves.
func unescape(v string) string {
	const from, to = `nrtbs\'"`, "\n\r\t\b \\'\""
	var b strings.Builder
	for i := 0; i < len(v); i++ {
		if v[i] == '\\' && i+1 < len(v) {
			i++
			if at := strings.IndexByte(from, v[i]); at >= 0 {
				b.WriteByte(to[at])
				continue
			}
			b.WriteByte('\\')
		}
		b.WriteByte(v[i])
	}
	return b.String()
}

// defaultsReader walks a file and what it includes, and hands each option on.
type defaultsReader struct {
	option func(group, name, value string, hasValue bool) error
	read   int      // files so far
	open   []string // files being read, outermost first
}

// file reads one file. Whoever calls decides what a missing file means.
func (r *defaultsReader) file(path string) error {
	path = expandHome(path)
	if slices.Contains(r.open, path) {
		return nil // a loop: each of its files is being read already
	}
	if r.read++; r.read > maxDefaultsFiles {
		return fmt.Errorf("%s: more than %d defaults files are included", path, maxDefaultsFiles)
	}
	text, err := readLimited(path)
	if err != nil {
		return err
	}
	r.open = append(r.open, path)
	defer func() { r.open = r.open[:len(r.open)-1] }()
	return r.lines(path, string(text))
}

// lines reads the text of one file.
func (r *defaultsReader) lines(path, text string) error {
	group, inGroup := "", false
	for i, line := range strings.Split(text, "\n") {
		e, err := parseEntry(line)
		if err == nil {
			switch e.kind {
			case entryNone:
			case entryGroup:
				group, inGroup = e.name, true
			case entryOption:
				if !inGroup {
					err = errors.New("an option stands before the first [group]")
					break
				}
				err = r.option(group, e.name, e.value, e.hasValue)
			case entryInclude:
				err = r.include(e.name)
			case entryIncludeDir:
				err = r.includeDir(e.name)
			}
		}
		if err != nil {
			return fmt.Errorf("%s, line %d: %w", path, i+1, err)
		}
	}
	return nil
}

// include reads a file if it can: as with the clients, a file that is absent, or not for us to read, says nothing.
func (r *defaultsReader) include(path string) error {
	return tolerate(r.file(path))
}

// includeDir reads the files of a folder that end in ".cnf", in the order of their names.
func (r *defaultsReader) includeDir(path string) error {
	dir := expandHome(path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("read the included folder: %w", err)
	}
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".cnf" {
			continue
		}
		if err := r.include(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// errWorldWritable marks a file that anybody may change. The clients do not trust such a file.
var errWorldWritable = errors.New("anybody may write to it; take that right away with chmod o-w")

// tolerate drops the errors of a file that nobody named on the command line.
func tolerate(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, errWorldWritable) {
		return nil
	}
	return err
}

// readLimited reads a file of bounded size. Pipes are read too, so that "F=/dev/fd/63" works, though only once.
func readLimited(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Mode().IsRegular() && info.Mode().Perm()&0o002 != 0 {
		return nil, fmt.Errorf("%s: %w", path, errWorldWritable)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxDefaultsFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxDefaultsFile {
		return nil, fmt.Errorf("%s: larger than %d bytes, which is no defaults file", path, maxDefaultsFile)
	}
	return bytes.TrimPrefix(text, []byte("\ufeff")), nil
}

// expandHome replaces a leading "~/" by the home folder. Other relative paths are relative to the working folder, as with
// the clients.
func expandHome(path string) string {
	rest, found := strings.CutPrefix(path, "~/")
	if !found {
		return path
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return path
	}
	return filepath.Join(home, rest)
}
