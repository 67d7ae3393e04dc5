package conn

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"
)

// Setup is what every session of a run gets after connecting, and after each reconnect.
type Setup struct {
	Vars Vars     // --set-vars over the defaults
	Also []string // further SET statements, in order; an error of one of them is an error of the connect
}

// Var is one session variable to set. Text is the value as it goes into the SET statement.
type Var struct {
	Name     string
	Text     string
	Optional bool // a default of oscar's: skipped where the server has no such variable
}

// Vars are session variables, one of each name.
type Vars []Var

// The values that a run has unless --set-vars says otherwise (pt-online-schema-change's manual, --set-vars).
var defaultVars = Vars{
	{"innodb_lock_wait_timeout", "1", true},
	{"lock_wait_timeout", "60", true},
	{"wait_timeout", "10000", true},
	// A limit that the server sets for queries of applications must not end a chunk or a count (MariaDB, then MySQL).
	{"max_statement_time", "0", true},
	{"max_execution_time", "0", true},
	// SHOW WARNINGS must show every warning of a chunk, or one lost value could hide behind many harmless duplicates.
	{"max_error_count", strconv.Itoa(MaxWarnings), true},
	// Under REPEATABLE READ a copy must not fail because a trigger wrote a row meanwhile (MariaDB; see triggers.Spec).
	{"innodb_snapshot_isolation", "OFF", true},
	// A TIMESTAMP column without NULL or DEFAULT means what it says, and NULL is not turned into now().
	{"explicit_defaults_for_timestamp", "ON", true},
	{"sql_quote_show_create", "1", true},
	{"sql_safe_updates", "0", true},
}

var setVar = regexp.MustCompile(`^([^\s=]+)=(\S+)$`)

// ParseVars reads the elements of --set-vars, "name=value" each, over oscar's defaults. `\,` in an element stands for a comma.
func ParseVars(elements []string) (Vars, error) {
	vars := append(Vars(nil), defaultVars...)
	for _, e := range elements {
		m := setVar.FindStringSubmatch(strings.TrimSpace(strings.ReplaceAll(e, `\,`, ",")))
		if m == nil {
			return nil, fmt.Errorf("Invalid --set-vars value: %s (write name=value, without spaces; a comma inside a value as \\,)", e) //nolint:staticcheck // pt-online-schema-change's wording
		}
		vars = vars.With(strings.ToLower(m[1]), m[2])
	}
	sort.Slice(vars, func(i, j int) bool { return vars[i].Name < vars[j].Name })
	return vars, nil
}

// fallBack gives a variable that the operator set wrongly the value that oscar sets without being told, where there is one, and says which.
func fallBack(ctx context.Context, q Querier, v Var) string {
	if own, ok := defaultVars.Get(v.Name); ok && !v.Optional {
		if _, err := q.ExecContext(ctx, "SET SESSION "+v.Name+"="+own); err == nil {
			return own
		}
	}
	return "the server's own value"
}

// With is a copy with one variable set.
func (v Vars) With(name, text string) Vars {
	out := make(Vars, 0, len(v)+1)
	for _, old := range v {
		if old.Name != name {
			out = append(out, old)
		}
	}
	return append(out, Var{Name: name, Text: text})
}

// Get is the text of a variable.
func (v Vars) Get(name string) (string, bool) {
	for _, have := range v {
		if have.Name == name {
			return have.Text, true
		}
	}
	return "", false
}

// apply sets the variables and the sql_mode. It returns the mode before the house's own was set, and a sentence for each variable
// of the operator's that could not be set: that is a warning, as in pt-online-schema-change.
func (s Setup) apply(ctx context.Context, q Querier) (mode string, notes []string, err error) {
	for _, v := range s.Vars {
		if v.Optional {
			row := struct {
				Name  string `db:"Variable_name"`
				Value string `db:"Value"`
			}{}
			err := q.GetContext(ctx, &row, "SHOW VARIABLES LIKE '"+v.Name+"'")
			if errors.Is(err, sql.ErrNoRows) {
				continue
			}
			if err != nil {
				return "", nil, fmt.Errorf("read variable %s: %w", v.Name, err)
			}
			if row.Value == v.Text {
				continue
			}
		}
		if _, err := q.ExecContext(ctx, "SET SESSION "+v.Name+"="+v.Text); err != nil {
			if IsLost(err) || ctx.Err() != nil {
				return "", nil, fmt.Errorf("set %s: %w", v.Name, err)
			}
			notes = append(notes, fmt.Sprintf("the server did not take %s=%s: %v; going on with %s", v.Name, v.Text, err, fallBack(ctx, q, v)))
		}
	}
	if err := q.GetContext(ctx, &mode, "SELECT @@SESSION.sql_mode"); err != nil {
		return "", nil, fmt.Errorf("read sql_mode: %w", err)
	}
	statements := append([]string{"SET SESSION sql_mode='" + HouseMode(mode) + "'", "SET SESSION autocommit=1"}, s.Also...)
	for _, text := range statements {
		if _, err := q.ExecContext(ctx, text); err != nil {
			return "", nil, fmt.Errorf("set up the session (%s): %w", text, err)
		}
	}
	return mode, notes, nil
}
