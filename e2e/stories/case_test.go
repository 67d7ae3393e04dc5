package stories

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"oscar/e2e/load"
	"oscar/e2e/server"
)

const casesDir = "testdata/cases"

// story is one folder.
type story struct {
	name   string
	create string
	args   []string
	table  string
	load   *load.Spec // nil: no writers
	ops    int        // writes to wait for before and after the change
	beside []string   // columns to write when there is no swap; empty: all
	still  bool       // nobody writes while the table is swapped
	server []string
	folder string // stands for placeholder
	only   []string
	dir    string
}

// known are the files a story may have. Another name is a slip that would silently test nothing.
var known = []string{"create.sql", "args", "table", "load", "only", "server", "refusal", "renames", "ignore", "stdout", "left", "check.sql", "native"}

func readStories(t *testing.T) []story {
	t.Helper()
	entries, err := os.ReadDir(casesDir)
	if err != nil {
		t.Fatal(err)
	}
	var all []story
	for _, e := range entries {
		s, err := readStory(filepath.Join(casesDir, e.Name()))
		if err != nil {
			t.Fatalf("story %s: %v", e.Name(), err)
		}
		all = append(all, s)
	}
	return all
}

func readStory(dir string) (story, error) {
	s := story{name: filepath.Base(dir), dir: dir, table: "t"}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return s, err
	}
	for _, e := range entries {
		if !slices.Contains(known, e.Name()) && !strings.HasSuffix(e.Name(), ".golden") {
			return s, fmt.Errorf("unknown file %s", e.Name())
		}
	}
	if s.create, err = s.text("create.sql"); err != nil {
		return s, err
	}
	if s.create == "" {
		return s, errors.New("no create.sql")
	}
	args, err := s.text("args")
	if err != nil {
		return s, err
	}
	if s.args, err = words(args); err != nil {
		return s, err
	}
	if table := s.lines("table"); len(table) > 0 {
		s.table = table[0]
	}
	s.server = s.lines("server")
	s.only = strings.Fields(strings.Join(s.lines("only"), " "))
	for _, word := range s.only {
		if word != "mysql" && word != "mariadb" && !slices.Contains(server.All(), server.Engine(word)) {
			return s, fmt.Errorf("only: unknown engine %s", word)
		}
	}
	return s, s.readLoad()
}

func (s *story) readLoad() error {
	if !s.has("load") {
		return nil
	}
	s.load, s.ops = &load.Spec{Table: s.table, Seed: 1}, 60
	for _, line := range s.lines("load") {
		key, value, ok := strings.Cut(line, "=")
		var err error
		switch column, isValues := strings.CutPrefix(key, "values."); {
		case !ok:
			err = errors.New("no =")
		case isValues:
			if s.load.Values == nil {
				s.load.Values = map[string][]any{}
			}
			for v := range strings.SplitSeq(value, "|") {
				s.load.Values[column] = append(s.load.Values[column], v)
			}
		case key == "workers":
			s.load.Workers, err = strconv.Atoi(value)
		case key == "seed":
			s.load.Seed, err = strconv.ParseUint(value, 10, 64)
		case key == "ops":
			s.ops, err = strconv.Atoi(value)
		case key == "rate":
			s.load.Rate, err = strconv.ParseFloat(value, 64)
		case key == "columns":
			s.load.Columns = strings.Split(value, ",")
		case key == "swapped":
			if value != "no" {
				err = errors.New("only no can be said")
			}
			s.still = true
		case key == "beside":
			s.beside = strings.Split(value, ",")
		case key == "mix":
			s.load.Mix, err = readMix(value)
		case key == "tolerate":
			var n uint64
			n, err = strconv.ParseUint(value, 10, 16)
			s.load.Tolerate = append(s.load.Tolerate, uint16(n))
		default:
			err = errors.New("unknown key")
		}
		if err != nil {
			return fmt.Errorf("load: %q: %w", line, err)
		}
	}
	return nil
}

// readMix reads weights over the default ones.
func readMix(text string) (load.Mix, error) {
	mix := maps.Clone(load.DefaultMix())
	for part := range strings.SplitSeq(text, ",") {
		op, weight, _ := strings.Cut(part, ":")
		n, err := strconv.Atoi(weight)
		if err != nil {
			return nil, err
		}
		mix[load.Op(op)] = n
	}
	return mix, nil
}

// runs says whether the story is for this engine.
func (s story) runs(e server.Engine) bool {
	return len(s.only) == 0 || slices.Contains(s.only, family(e)) || slices.Contains(s.only, string(e))
}

func family(e server.Engine) string {
	if e.MySQL() {
		return "mysql"
	}
	return "mariadb"
}

// placeholder stands in create.sql, args and server for a folder that the server may write to.
const placeholder = "{dir}"

// at is the story with that folder.
func (s story) at(dir string) story {
	s.folder, s.create = dir, strings.ReplaceAll(s.create, placeholder, dir)
	for _, list := range []*[]string{&s.args, &s.server} {
		*list = slices.Clone(*list)
		for i, text := range *list {
			(*list)[i] = strings.ReplaceAll(text, placeholder, dir)
		}
	}
	return s
}

// alter is the value of --alter, empty for a rebuild.
func (s story) alter() string {
	if i := slices.Index(s.args, "--alter"); i >= 0 {
		return s.args[i+1]
	}
	return ""
}

func (s story) has(file string) bool {
	_, err := os.Stat(filepath.Join(s.dir, file))
	return err == nil
}

// text is a file of the story, empty when it has none.
func (s story) text(file string) (string, error) {
	b, err := os.ReadFile(filepath.Join(s.dir, file))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(b), err
}

// lines are the lines of a file that are not empty.
func (s story) lines(file string) []string {
	text, _ := s.text(file)
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		if strings.TrimSpace(line) != "" {
			out = append(out, line)
		}
	}
	return out
}

func (s story) renames() map[string]string {
	out := map[string]string{}
	for _, line := range s.lines("renames") {
		from, to, _ := strings.Cut(line, "=")
		out[from] = to
	}
	return out
}

// words cuts text as the shell does, by asking it.
func words(text string) ([]string, error) {
	text = strings.ReplaceAll(strings.TrimSpace(text), "\n", " ")
	if text == "" {
		return nil, nil
	}
	out, err := exec.Command("sh", "-c", `printf '%s\0' `+text).Output()
	if err != nil {
		return nil, fmt.Errorf("read args: %w", err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"), nil
}
