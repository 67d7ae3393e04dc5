package preflight

import (
	"fmt"
	"regexp"
	"strings"

	"oscar/chunker"
	"oscar/osc/ident"
	"oscar/osc/schema"
	"oscar/triggers"
)

// utc has no hour that comes twice.
const utc = "+00:00"

// CopyZone is the time zone that the copy needs, empty for the session's own.
//
// The text of a TIMESTAMP key is unambiguous only in a zone without daylight saving time. But the conversion between TIMESTAMP and another type needs
// the session's own zone, as a native ALTER does, and so do defaults that are the time of day.
func CopyZone(t schema.Table, key chunker.Key, shadow schema.Table, pairs []triggers.Pair) (string, Refusals) {
	a := altered{Facts: Facts{Table: t}, shadow: shadow, pairs: pairs}
	bound, why := a.zoneBound()
	for _, c := range key.Columns {
		column, ok := t.Column(c.Name)
		switch {
		case !ok || column.DataType != "timestamp":
		case bound != "":
			return "", Refusals{{
				Check: "time zone",
				Why: fmt.Sprintf("the rows are walked by the TIMESTAMP column %s while %s %s; one needs UTC, the other the session's time zone",
					c.Name.SQL(), bound.SQL(), why),
				Try: "name another unique index with --chunk-index, or make the two changes one after the other",
			}}
		default:
			return utc, nil
		}
	}
	return "", nil
}

// CarryZone is the time zone that a copy through the client needs, given the one that it has for other reasons; false when it cannot have it. The text of a
// TIMESTAMP is unambiguous only in UTC, but the operator's --where means times of the session's own zone.
func CarryZone(zone string, t schema.Table, shadow schema.Table, pairs []triggers.Pair, where string) (string, bool) {
	for _, p := range pairs {
		if c, _ := t.Column(p.Original); c.DataType != "timestamp" || zone == utc {
			continue
		}
		a := altered{Facts: Facts{Table: t}, shadow: shadow, pairs: pairs}
		bound, _ := a.zoneBound()
		return utc, bound == "" && where == ""
	}
	return zone, true
}

// zoneBound is a column of the new table whose values depend on the session's time zone.
func (a altered) zoneBound() (column ident.Name, why string) {
	for _, p := range a.pairs {
		from, _ := a.Table.Column(p.Original)
		to, _ := a.shadow.Column(p.New)
		if (from.DataType == "timestamp") != (to.DataType == "timestamp") {
			return p.Original, "is converted from or to TIMESTAMP"
		}
	}
	for _, c := range a.shadow.Columns {
		if _, old := a.origin(c.Name); !old && c.DataType != "timestamp" && !c.Generated && timeOfDay.MatchString(unquoted(a.definition(c.Name))) {
			return c.Name, "is new and has the time of day as its default"
		}
	}
	return "", ""
}

var timeOfDay = regexp.MustCompile(`(?i) default .*\b(now|sysdate|curdate|curtime|current_date|current_time|current_timestamp|localtime|localtimestamp|from_unixtime)\b`)

// definition is a column's line of the new table's SHOW CREATE TABLE.
func (a altered) definition(column ident.Name) string {
	for line := range strings.SplitSeq(a.shadow.Create, "\n") {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, column.SQL()+" ") {
			return line
		}
	}
	return ""
}
