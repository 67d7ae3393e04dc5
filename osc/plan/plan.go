package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"oscar/chunker"
	"oscar/osc/alter"
	"oscar/osc/exact"
	"oscar/osc/ident"
	"oscar/osc/schema"
	"oscar/triggers"
)

// Plan is everything that a run does, in the order in which it does it. Nobody changes it once it is built, and nobody downstream asks for an
// option of the command line.
type Plan struct {
	Shadow
	Original  schema.Table
	New       schema.Table // the shadow after the ALTER
	Old       ident.Table  // what the original is called after the swap
	Pairs     []triggers.Pair
	Unique    []UniqueKey // built after the copy
	Withhold  []Stmt      // takes them from the new table while it is empty
	BuildKeys []Stmt      // puts them there when all rows are
	BuildHeld []Stmt      // the same, with writers waiting
	Session   []Stmt      // sets the copy's session up
	Lock      []Stmt      // opens the window for Triggers
	Triggers  []Stmt
	Unlock    []Stmt
	Guard     Guard
	Leave     exact.Leave // what may change
	DropTrigs []Stmt
	Copy      chunker.Copy
	OneChunk  bool   // the whole table in one statement
	Compare   []Stmt // sets the comparison's session up
	Analyze   Stmt
	Counter   []Stmt // raises the new table's AUTO_INCREMENT to the original's, where a numbered column is carried over
	Settle    []Stmt // gives the session back what the copy changed, before the swap
	Hold      []Stmt // locks both tables for the swap, where the server can rename locked tables
	Swap      Stmt
	DropOld   Stmt
}

// Input is what a plan is built from.
type Input struct {
	Shadow   Shadow
	Original schema.Table
	New      schema.Table
	Old      ident.Table
	Pairs    []triggers.Pair
	FindBy   []triggers.Pair // the key by which triggers find rows of the new table
	Key      chunker.Key     // the key that the copy walks; unused with OneChunk
	OneChunk bool
	Carry    bool // rows go through the client where every column can, and Zone is UTC if one is a TIMESTAMP; see chunker.Carry
	Where    string
	Unique   []UniqueKey
	Notes    ident.Table // a free name for the notes of writes that the new table cannot hold
	Leave    exact.Leave // what may change
	House    string      // sql_mode of the session, strict
	Lenient  string      // sql_mode of copy and triggers when values may change
	Binlog   string      // the session's binlog_format
	Reread   bool        // an UPDATE that changes nothing fires triggers with a new ON UPDATE CURRENT_TIMESTAMP, and one that was ignored with values that the row did not get (MariaDB)
	Snapshot bool        // the server has innodb_snapshot_isolation
	Session  string      // time_zone of the session
	Zone     string      // time zone of the copy; empty leaves the session's own
	Checks   string      // foreign_key_checks of the copy and of the comparison's repairs: 0, 1, or empty for the session's own
	Holds    bool        // the server can rename locked tables
}

// Build writes the plan.
func Build(in Input) (Plan, error) {
	if len(in.Pairs) == 0 {
		return Plan{}, fmt.Errorf("plan the copy of %s: the new table shares no column with it", in.Original.Name)
	}
	if len(in.FindBy) == 0 {
		return Plan{}, fmt.Errorf("plan the triggers of %s: the new table has no key to find rows by", in.Original.Name)
	}
	t, shadow := in.Original.Name, in.Shadow.Table
	p := Plan{
		Shadow: in.Shadow, Original: in.Original, New: in.New, Old: in.Old, Pairs: in.Pairs, OneChunk: in.OneChunk,
		Session: []Stmt{isolation(in.Binlog)}, Compare: []Stmt{repeatable()}, Lock: []Stmt{lockTable(t)}, Unlock: []Stmt{unlockTables()},
		Copy:    chunker.Copy{Source: chunker.Source{Table: t, Key: in.Key, Where: in.Where}, Into: shadow},
		Analyze: analyze(shadow), Swap: rename(t, in.Old, shadow), DropOld: dropTable("drop old table", in.Old),
	}
	if in.Zone != "" {
		p.Session = append(p.Session, setZone(in.Zone))
		p.Compare = append(p.Compare, setZone(in.Zone))
	}
	if in.Leave.Any() {
		p.Leave = in.Leave
		p.Compare = append(p.Compare, setMode(in.Lenient)) // a repair loses what the copy lost
		p.Session = append(p.Session, setMode(in.Lenient))
		p.Lock = append([]Stmt{setMode(in.Lenient)}, p.Lock...)
		p.Unlock = append(p.Unlock, setMode(in.House))
	}
	if in.Checks != "" {
		p.Session = append(p.Session, setChecks(in.Checks))
		p.Compare = append(p.Compare, setChecks(in.Checks))
	}
	if in.Checks == "0" {
		p.Settle = []Stmt{setChecks("1")}
	}
	if in.Holds {
		p.Hold = []Stmt{lockBoth(t, shadow)}
	}
	if carriesNumbers(in) {
		p.Counter = []Stmt{raiseCounter(shadow, "?", true)}
	}
	if err := p.later(in); err != nil {
		return Plan{}, err
	}
	for _, pair := range in.Pairs {
		p.Copy.Columns = append(p.Copy.Columns, pair.Original)
		p.Copy.As = append(p.Copy.As, pair.New)
	}
	if in.Carry && !in.OneChunk && !in.Leave.Any() {
		p.Copy.Carry = carry(in)
	}
	spec := triggers.Spec{
		Table: t, Shadow: shadow, Columns: in.Pairs, Key: in.FindBy, Collations: collations(in), Moments: moments(in), Reread: reread(in), Binary: binaries(in),
		Careful: len(in.Unique) > 0, Snapshots: in.Snapshot, Ignored: ignored(in),
	}
	lenient := in.Leave.Any()
	if len(in.Unique) > 0 || lenient || mayRefuse(in.Original, in.New, in.Pairs) {
		p.Guard = newGuard(in.Notes)
		spec.Guard = &triggers.Guard{Notes: in.Notes, Lenient: lenient, Exact: unsure(in)}
	}
	for _, trigger := range spec.Triggers() {
		p.Triggers = append(p.Triggers, createTrigger(trigger))
		p.DropTrigs = append(p.DropTrigs, dropTrigger(trigger))
	}
	return p, nil
}

// collations are the new ones of text key columns that get another.
func collations(in Input) map[ident.Name]triggers.Collation {
	changed := map[ident.Name]triggers.Collation{}
	for _, p := range in.FindBy {
		from, _ := in.Original.Column(p.Original)
		to, _ := in.New.Column(p.New)
		if from.Collation != to.Collation && from.Collation != "" && to.Collation != "" {
			changed[p.Original] = triggers.Collation{Charset: to.Charset, Name: to.Collation}
		}
	}
	return changed
}

// binaries are the key columns whose values are no text.
func binaries(in Input) map[ident.Name]bool {
	found := map[ident.Name]bool{}
	for _, p := range in.FindBy {
		c, _ := in.Original.Column(p.Original)
		if k, ok := chunker.NewColumn(c); ok && (k.Form == chunker.Bytes || c.DataType == "bit") {
			found[p.Original] = true
		}
	}
	return found
}

// reread are the columns whose value an UPDATE trigger must read from the row.
func reread(in Input) []ident.Name {
	var names []ident.Name
	for _, p := range in.Pairs {
		if c, _ := in.Original.Column(p.Original); in.Reread && c.OnUpdate {
			names = append(names, p.Original)
		}
	}
	return names
}

// ignored are the columns for which an UPDATE IGNORE may find no place, where the server fires triggers all the same.
func ignored(in Input) triggers.Ignored {
	i := triggers.Ignored{Fires: in.Reread}
	add := func(names []ident.Name) {
		for _, n := range names {
			if !slices.ContainsFunc(i.Keys, n.Is) {
				i.Keys = append(i.Keys, n)
			}
		}
	}
	for _, k := range in.Original.Keys {
		if k.Unique {
			add(k.Columns())
		}
	}
	for _, fk := range in.Original.ForeignKeys {
		add(fk.Columns)
	}
	return i
}

// moments are the columns that turn into TIMESTAMP or stop being one.
func moments(in Input) map[ident.Name]triggers.Moment {
	crossing := map[ident.Name]triggers.Moment{}
	for _, p := range in.Pairs {
		from, _ := in.Original.Column(p.Original)
		to, _ := in.New.Column(p.New)
		if was, becomes := from.DataType == "timestamp", to.DataType == "timestamp"; was != becomes {
			crossing[p.Original] = triggers.Moment{To: becomes, Zone: in.Session}
		}
	}
	return crossing
}

// WithOld is the plan with another name for the original after the swap.
func (p Plan) WithOld(name ident.Name) Plan {
	p.Old = p.Original.Name.Sibling(name)
	p.Swap = rename(p.Original.Name, p.Old, p.Shadow.Table)
	p.DropOld = dropTable("drop old table", p.Old)
	return p
}

// Capture is how the triggers are made: their table of notes, if they need one, and the window.
func (p Plan) Capture() []Stmt { return slices.Concat(p.Guard.Create, p.Lock, p.Triggers, p.Unlock) }

// Release takes back what Capture made.
func (p Plan) Release() []Stmt {
	if !p.Guard.Needed() {
		return slices.Clone(p.DropTrigs)
	}
	return append(slices.Clone(p.DropTrigs), p.Guard.Drop)
}

// carriesNumbers reports whether a numbered column of the original is numbered in the new table too.
func carriesNumbers(in Input) bool {
	for _, p := range in.Pairs {
		from, _ := in.Original.Column(p.Original)
		to, _ := in.New.Column(p.New)
		if from.AutoIncrement && to.AutoIncrement {
			return true
		}
	}
	return false
}

// Raise sets the AUTO_INCREMENT of a table, the new one under whichever name.
func (p Plan) Raise(t ident.Table, to uint64) Stmt {
	return raiseCounter(t, strconv.FormatUint(to, 10), false)
}

// SwapStmts are all statements of the swap, in order.
func (p Plan) SwapStmts() []Stmt {
	list := slices.Concat(p.Settle, p.Counter, p.Hold, []Stmt{p.Swap})
	if len(p.Hold) > 0 {
		list = append(list, p.Unlock...)
	}
	return list
}

// CopyStmts are the statements of the copy, with ? for key values where it goes in chunks.
func (p Plan) CopyStmts() []Stmt {
	list := append([]Stmt(nil), p.Session...)
	if p.OneChunk {
		return append(list, Stmt{Name: "copy table", SQL: p.Copy.AllSQL(chunker.Fresh)})
	}
	boundary, chunk := p.Copy.Templates()
	list = append(list, Stmt{Name: "last boundary", SQL: p.Copy.LastSQL()}, Stmt{Name: "next chunk boundary", SQL: boundary, Template: true})
	for _, sql := range chunk {
		list = append(list, Stmt{Name: "copy chunk", SQL: sql, Template: true})
	}
	return list
}

// Match pairs the columns whose values are copied: every column of the original that can be read and has a column of the new table that can be
// written, under its own name or the one that the ALTER gave it. A column that the text drops, or drops and adds again, is not copied, as in
// a native ALTER.
func Match(original, shadow schema.Table, text alter.Text) []triggers.Pair {
	renamed := map[ident.Name]ident.Name{}
	claimed := map[ident.Name]bool{} // names that a rename gave to another column
	for _, r := range text.Renames() {
		if _, ok := original.Column(r.From); !ok {
			continue // RENAME COLUMN IF EXISTS of a column that is not there takes no name away
		}
		renamed[r.From.Fold()] = r.To
		claimed[r.To.Fold()] = true
	}
	dropped := map[ident.Name]bool{}
	for _, c := range text.Clauses() {
		if c.Kind == alter.DropColumn {
			dropped[c.Column.Fold()] = true
		}
	}
	var pairs []triggers.Pair
	for _, c := range original.Columns {
		to, isRenamed := renamed[c.Name.Fold()]
		if !isRenamed {
			to = c.Name
			if claimed[to.Fold()] || dropped[to.Fold()] {
				continue
			}
		}
		target, ok := shadow.Column(to)
		if !ok || target.Generated || c.Generated {
			continue
		}
		pairs = append(pairs, triggers.Pair{Original: c.Name, New: target.Name})
	}
	return pairs
}

// ShadowNames are the names to try for the new table, in order: exactly the one that a template gives (%T stands for the table's name), or
// `_T_new` with up to ten underscores in front.
func ShadowNames(t ident.Table, template string) []ident.Name {
	if template != "" {
		return []ident.Name{ident.Name(ident.Cut(strings.Replace(template, "%T", string(t.Name), 1), ident.MaxLen))}
	}
	return underscored(t.Name, "_new")
}

// OldNames are the names to try for the original after the swap: `_T_old` with up to ten underscores in front.
func OldNames(t ident.Table) []ident.Name { return underscored(t.Name, "_old") }

func underscored(base ident.Name, suffix string) []ident.Name {
	var names []ident.Name
	for n := 1; n <= 10; n++ {
		names = append(names, ident.Derive(strings.Repeat("_", n), base, suffix))
	}
	return names
}

// Free is the first of the names that is not taken.
func Free(names, taken []ident.Name) (ident.Name, bool) {
	for _, n := range names {
		if !ident.Has(taken, n) {
			return n, true
		}
	}
	return "", false
}
