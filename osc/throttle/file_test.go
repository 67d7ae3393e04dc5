package throttle

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "hold")
	g := File(path, "--pause-file")
	if v, err := g.Check(t.Context()); err != nil || v.State != Go {
		t.Errorf("no file: got %v, %v; want go", v, err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if v, err := g.Check(t.Context()); err != nil || v != (Verdict{Hold, "--pause-file " + path + " exists"}) {
		t.Errorf("a file: got %v, %v; want hold", v, err)
	}
	if _, err := File(filepath.Join(path, "below"), "--pause-file").Check(t.Context()); err == nil {
		t.Error("a path that cannot be looked at is no error")
	}
	if v, err := File("", "--pause-file").Check(t.Context()); err != nil || v.State != Go {
		t.Errorf("no path: got %v, %v; want go", v, err)
	}
}
