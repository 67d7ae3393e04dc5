package conn

import (
	"strings"
	"testing"
)

func TestParseVars(t *testing.T) {
	tests := map[string]struct {
		elements []string
		name     string
		want     string // of the variable name; empty: there is none
		fails    bool
	}{
		"oscar gives up a row lock soon by default": {name: "innodb_lock_wait_timeout", want: "1"},
		"every warning of a chunk can be read":      {name: "max_error_count", want: "65535"},
		"an element replaces a default":             {elements: []string{"lock_wait_timeout=5"}, name: "lock_wait_timeout", want: "5"},
		"names are compared in lower case":          {elements: []string{"LOCK_WAIT_TIMEOUT=5"}, name: "lock_wait_timeout", want: "5"},
		"the last of two wins":                      {elements: []string{"wait_timeout=5", "wait_timeout=6"}, name: "wait_timeout", want: "6"},
		"a variable without default is added":       {elements: []string{"time_zone='+00:00'"}, name: "time_zone", want: "'+00:00'"},
		"an escaped comma is a comma":               {elements: []string{`sql_mode='A\,B'`}, name: "sql_mode", want: "'A,B'"},
		"a value may hold an equals sign":           {elements: []string{"optimizer_switch='mrr=on'"}, name: "optimizer_switch", want: "'mrr=on'"},
		"spaces around an element are cut":          {elements: []string{" wait_timeout=5 "}, name: "wait_timeout", want: "5"},
		"a name alone is refused":                   {elements: []string{"wait_timeout"}, fails: true},
		"a name without value is refused":           {elements: []string{"wait_timeout="}, fails: true},
		"a value without name is refused":           {elements: []string{"=5"}, fails: true},
		"spaces inside are refused":                 {elements: []string{"wait_timeout = 5"}, fails: true},
		"an empty element is refused":               {elements: []string{""}, fails: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			vars, err := ParseVars(test.elements)
			if (err != nil) != test.fails {
				t.Fatalf("error %v", err)
			}
			if test.fails {
				if !strings.HasPrefix(err.Error(), "Invalid --set-vars value: "+test.elements[0]) {
					t.Errorf("error %v", err)
				}
				return
			}
			if got, ok := vars.Get(test.name); got != test.want || !ok {
				t.Errorf("%s\n got %q, %v\nwant %q", test.name, got, ok, test.want)
			}
			seen := map[string]bool{}
			for _, v := range vars {
				if seen[v.Name] {
					t.Errorf("%s is set twice", v.Name)
				}
				seen[v.Name] = true
				if asked := len(test.elements) > 0 && v.Name == test.name; asked == v.Optional {
					t.Errorf("%s=%s: optional %v, asked for %v", v.Name, v.Text, v.Optional, asked)
				}
			}
		})
	}
}

func TestVarsWithIsACopy(t *testing.T) {
	vars := Vars{{Name: "a", Text: "1"}}
	other := vars.With("a", "2").With("b", "3")
	if a, _ := vars.Get("a"); a != "1" || len(vars) != 1 {
		t.Errorf("the first list became %v", vars)
	}
	if a, _ := other.Get("a"); a != "2" || len(other) != 2 {
		t.Errorf("the copy is %v", other)
	}
	if _, ok := vars.Get("b"); ok {
		t.Error("a variable that nobody set is there")
	}
}
