package server

import (
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// debianSuites are names by which a mirror's own suites go. Other publishers use some of them as well, which is why the
// mirror's folder name counts too.
var debianSuites = []string{"bullseye", "bookworm", "trixie", "forky", "sid", "oldstable", "stable", "testing", "unstable"}

// source is one entry of apt's configuration.
type source struct {
	uri        string
	suites     []string
	components []string
}

// debianMirror returns the address of Debian's main archive as this machine's apt configuration has it. A machine without
// one, such as Ubuntu, cannot have servers from Debian's suites: ErrNotOffered.
func debianMirror(etc string) (string, error) {
	var all []source
	for _, pattern := range []string{"sources.list.d/*.sources", "sources.list.d/*.list", "sources.list"} {
		files, err := filepath.Glob(filepath.Join(etc, pattern))
		if err != nil {
			return "", fmt.Errorf("list apt's sources: %w", err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				return "", fmt.Errorf("read apt's sources: %w", err)
			}
			if strings.HasSuffix(f, ".sources") {
				all = append(all, parseDeb822(string(text))...)
			} else {
				all = append(all, parseOneLine(string(text))...)
			}
		}
	}
	if uri, ok := pickMirror(all); ok {
		return uri, nil
	}
	return "", fmt.Errorf("%w: apt knows no mirror of Debian's main archive on this machine", ErrNotOffered)
}

// pickMirror prefers an entry whose folder is called debian, as on every mirror, over one that only has Debian's suite names.
func pickMirror(all []source) (string, bool) {
	second := ""
	for _, s := range all {
		u, err := url.Parse(s.uri)
		if err != nil || !slices.Contains(s.components, "main") || strings.Contains(s.uri, "security") ||
			!slices.ContainsFunc(s.suites, func(n string) bool { return slices.Contains(debianSuites, n) }) {
			continue
		}
		if path.Base(u.Path) == "debian" {
			return s.uri, true
		}
		if second == "" && strings.Contains(u.Path, "debian") {
			second = s.uri
		}
	}
	return second, second != ""
}

// parseDeb822 reads the newer form: paragraphs of "Key: value" lines with continuation lines.
func parseDeb822(text string) []source {
	var out []source
	for paragraph := range strings.SplitSeq(text+"\n", "\n\n") {
		fields := map[string]string{}
		last := ""
		for line := range strings.SplitSeq(paragraph, "\n") {
			switch key, value, ok := strings.Cut(line, ":"); {
			case strings.HasPrefix(line, "#"):
			case strings.HasPrefix(line, " "), strings.HasPrefix(line, "\t"):
				fields[last] += " " + line
			case ok:
				last = strings.ToLower(strings.TrimSpace(key))
				fields[last] = value
			}
		}
		if !slices.Contains(strings.Fields(fields["types"]), "deb") || strings.EqualFold(strings.TrimSpace(fields["enabled"]), "no") {
			continue
		}
		for _, uri := range strings.Fields(fields["uris"]) {
			out = append(out, source{uri, strings.Fields(fields["suites"]), strings.Fields(fields["components"])})
		}
	}
	return out
}

// parseOneLine reads the older form: deb [options] uri suite component...
func parseOneLine(text string) []source {
	var out []source
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		if open := strings.Index(line, "["); open >= 0 {
			if shut := strings.Index(line, "]"); shut > open {
				line = line[:open] + " " + line[shut+1:]
			}
		}
		if f := strings.Fields(line); len(f) >= 3 && f[0] == "deb" {
			out = append(out, source{f[1], f[2:3], f[3:]})
		}
	}
	return out
}
