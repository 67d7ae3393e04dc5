package throttle

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// Limit is one element of --max-load or --critical-load: a global status variable and the value that is too much.
type Limit struct {
	Name  string
	Value float64 // 0: to be derived from the value at the start
}

func (l Limit) String() string {
	if l.Value == 0 {
		return l.Name
	}
	return l.Name + "=" + number(l.Value)
}

// Only these signs can be in a name, so it may stand in SQL between quotes.
var limitSpec = regexp.MustCompile(`^(\w+)(?:[=:](\d+(?:\.\d+)?|\.\d+))?$`)

// ParseLoad reads the elements of a load option: "Variable=number", "Variable:number" or "Variable". The option's name, "--max-load", is for
// the message. Empty elements are passed over, so an empty option is no limit at all.
func ParseLoad(spec []string, option string) ([]Limit, error) {
	var limits []Limit
	for _, element := range spec {
		element = strings.TrimSpace(element)
		if element == "" {
			continue
		}
		m := limitSpec.FindStringSubmatch(element)
		if m == nil {
			return nil, fmt.Errorf("Invalid %s: %s (write Variable=number or Variable)", option, element) //nolint:staticcheck // pt-online-schema-change's wording
		}
		l := Limit{Name: m[1]}
		if m[2] != "" {
			v, err := strconv.ParseFloat(m[2], 64)
			if err != nil || math.IsInf(v, 0) {
				return nil, fmt.Errorf("Invalid %s: %s (the number is too great)", option, element) //nolint:staticcheck // as above
			}
			l.Value = v
		}
		limits = append(limits, l)
	}
	return limits, nil
}

// Status reads rows of a server. conn.Querier satisfies it.
type Status interface {
	SelectContext(ctx context.Context, dest any, query string, args ...any) error
}

// loadGate holds at a value of max and stops at one of critical.
type loadGate struct {
	q             Status
	query         string
	max, critical []Limit
}

// Load is a gate over global status variables: it holds while one of max has reached its limit and stops when one of critical has. Each
// check is one short statement for all variables of both lists; a variable of critical counts whether or not it is in max.
//
// Load measures once to see that all variables are there and to give limits without a value one of their own: 1.2 times the present value
// for max, 2 times for critical, rounded up and never less than 1. What the tool itself adds to Threads_running and the like is in all these
// numbers, as it is in pt-online-schema-change. Load of no limits is always Go and measures nothing.
func Load(ctx context.Context, q Status, max, critical []Limit) (Gate, error) {
	g := &loadGate{q: q, max: append([]Limit(nil), max...), critical: append([]Limit(nil), critical...)}
	if len(max)+len(critical) == 0 {
		return All(), nil
	}
	g.query = loadQuery(g.max, g.critical)
	now, err := g.measure(ctx)
	if err != nil {
		return nil, fmt.Errorf("Error checking --max-load or --critical-load: %w", err) //nolint:staticcheck // pt-online-schema-change's wording
	}
	derive(g.max, now, 1.2)
	derive(g.critical, now, 2)
	return g, nil
}

// loadQuery asks for each variable once.
func loadQuery(lists ...[]Limit) string {
	var quoted []string
	seen := map[string]bool{}
	for _, list := range lists {
		for _, l := range list {
			if key := strings.ToLower(l.Name); !seen[key] {
				seen[key] = true
				quoted = append(quoted, "'"+l.Name+"'")
			}
		}
	}
	return "SHOW GLOBAL STATUS WHERE Variable_name IN (" + strings.Join(quoted, ", ") + ")"
}

func derive(limits []Limit, now map[string]float64, factor float64) {
	for i, l := range limits {
		if l.Value == 0 {
			// A limit of 0 would be reached for ever.
			limits[i].Value = math.Max(1, math.Ceil(now[strings.ToLower(l.Name)]*factor))
		}
	}
}

// Check measures all variables and compares.
func (g *loadGate) Check(ctx context.Context) (Verdict, error) {
	now, err := g.measure(ctx)
	if err != nil {
		return Verdict{}, err
	}
	var v Verdict
	var why []string
	for _, l := range g.critical {
		if have := now[strings.ToLower(l.Name)]; have >= l.Value {
			v.State = Stop
			why = append(why, fmt.Sprintf("%s=%s exceeds its critical threshold %s", l.Name, number(have), number(l.Value)))
		}
	}
	for _, l := range g.max {
		if have := now[strings.ToLower(l.Name)]; v.State != Stop && have >= l.Value {
			v.State = Hold
			why = append(why, fmt.Sprintf("%s=%s >= %s", l.Name, number(have), number(l.Value)))
		}
	}
	v.Why = strings.Join(why, "; ")
	return v, nil
}

// measure reads all variables of the gate, by lower-case name. All of them have a number, or it is an error.
func (g *loadGate) measure(ctx context.Context) (map[string]float64, error) {
	var rows []struct {
		Name  string `db:"Variable_name"`
		Value string `db:"Value"`
	}
	if err := g.q.SelectContext(ctx, &rows, g.query); err != nil {
		return nil, fmt.Errorf("read the server's load: %w", err)
	}
	now := map[string]float64{}
	var errs []error
	for _, r := range rows {
		v, err := strconv.ParseFloat(r.Value, 64)
		if err != nil {
			errs = append(errs, fmt.Errorf("Variable %s has the value %q, which is no number", r.Name, r.Value))
		}
		now[strings.ToLower(r.Name)] = v
	}
	for _, list := range [][]Limit{g.max, g.critical} {
		for _, l := range list {
			if _, ok := now[strings.ToLower(l.Name)]; !ok {
				now[strings.ToLower(l.Name)] = 0
				errs = append(errs, fmt.Errorf("Variable %s does not exist or its value is undefined.", l.Name)) //nolint:staticcheck // pt-online-schema-change's wording
			}
		}
	}
	return now, errors.Join(errs...)
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
