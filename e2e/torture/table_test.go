package torture

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"oscar/e2e/compare"
	"oscar/e2e/server"
)

// column of a random table.
type column struct {
	name      string
	domain    domain
	null      bool
	standard  string // what stands after DEFAULT
	generated string // what stands after the type of a generated column
	tail      string // comment and the like
	auto      bool
	inKey     bool // of a unique key
	zero      bool // the first rows have zero dates
}

// define writes the column's definition without its name.
func (c column) define() string {
	out := c.domain.sql()
	if c.generated != "" {
		return out + " " + c.generated + c.tail
	}
	if c.null {
		out += " NULL"
	} else {
		out += " NOT NULL"
	}
	if c.standard != "" {
		out += " DEFAULT " + c.standard
	}
	if c.auto {
		out += " AUTO_INCREMENT"
	}
	return out + c.tail
}

// optional says whether an INSERT may leave the column out.
func (c column) optional() bool { return c.null || c.standard != "" || c.auto }

// index is a key that is not unique.
type index struct{ name, parts string }

// table is a random table.
type table struct {
	name      string
	columns   []column
	key       []int   // the key that rows are found by
	primary   bool    // key is the PRIMARY KEY
	uniques   [][]int // other unique keys
	indexes   []index
	options   string
	partition string
}

var oddNames = []string{"select", "c 1", "ñame", "a`b", "kom,ma", "Q'1", "%wild_", "漢字", "KEY", "x.y", "CamelCase", "\"quoted\"", "new", "old"}

var oddTables = []string{"order", "tab le", "täble", "a`t", "x,y", "_t", "T'2", "t.1", "%t"}

// drawTable draws a table. The server may refuse it.
func drawTable(r *rand.Rand, e server.Engine) table {
	t := table{name: "t", primary: !one(r, 10)}
	if one(r, 6) {
		t.name = pick(r, oddTables...)
	}
	odd := slices.Clone(oddNames)
	r.Shuffle(len(odd), func(i, j int) { odd[i], odd[j] = odd[j], odd[i] })
	add := func(c column) int {
		c.name = fmt.Sprintf("c%d", len(t.columns))
		if one(r, 9) {
			c.name, odd = odd[0], odd[1:]
		}
		if c.inKey || c.generated != "" {
			c.zero = false
		}
		t.columns = append(t.columns, c)
		return len(t.columns) - 1
	}
	t.drawKey(r, e, add)
	for range 2 + r.IntN(9) {
		add(payload(r, e))
	}
	t.drawUniques(r, e, add)
	if one(r, 3) {
		for range 1 + r.IntN(2) {
			if c, ok := t.drawGenerated(r); ok {
				add(c)
			}
		}
	}
	t.order(r)
	for n := range r.IntN(4) {
		t.indexes = append(t.indexes, index{fmt.Sprintf("i%d", n), t.parts(r)})
	}
	t.drawOptions(r)
	return t
}

func (t *table) drawKey(r *rand.Rand, e server.Engine, add func(column) int) {
	if one(r, 3) {
		t.key = []int{add(column{domain: domain{base: pick(r, "int", "bigint"), unsigned: one(r, 3)}, auto: true, inKey: true})}
		if one(r, 4) {
			t.key = append(t.key, add(column{domain: fit(r, e), inKey: true}))
		}
		return
	}
	n := pick(r, 1, 1, 1, 2, 2, 3, 4)
	wide := false
	for i := range n {
		d := fit(r, e)
		// No server looks for a range of a SET: with one in front, each chunk would read the table from its start.
		for i == 0 && d.base == "set" || i == n-1 && !wide && !d.wide() && !one(r, 10) {
			d = fit(r, e)
		}
		wide = wide || d.wide()
		t.key = append(t.key, add(column{domain: d, inKey: true}))
	}
}

// fit draws a type that the copy can walk. CHAR in MariaDB's NOPAD collations has one order in an index and another in comparisons, so oscar
// refuses it.
func fit(r *rand.Rand, e server.Engine) domain {
	d := keyDomain(r, e)
	for d.base == "char" && strings.Contains(d.collation, "nopad") {
		d = keyDomain(r, e)
	}
	return d
}

func payload(r *rand.Rand, e server.Engine) column {
	c := column{domain: anyDomain(r, e), null: one(r, 2)}
	if one(r, 3) {
		c.standard = c.domain.literal(r)
	}
	if c.null && c.standard == "" {
		c.standard = "NULL"
	}
	if one(r, 8) {
		c.tail = pick(r, " COMMENT 'it''s; a -- comment'", " COMMENT 'CONSTRAINT `x`'", " COMMENT ''")
	}
	switch c.domain.base {
	case "timestamp", "datetime":
		if one(r, 3) {
			now := "CURRENT_TIMESTAMP"
			if c.domain.n > 0 {
				now += fmt.Sprintf("(%d)", c.domain.n)
			}
			c.standard = now + " ON UPDATE " + now
		}
		c.zero = one(r, 4)
	case "date":
		c.zero = one(r, 4)
	}
	return c
}

func (t *table) drawUniques(r *rand.Rand, e server.Engine, add func(column) int) {
	for _, null := range []bool{false, true} {
		if !one(r, 3) {
			continue
		}
		var at []int
		for range 1 + r.IntN(2) {
			s := keyDomain(r, e)
			for !s.wide() {
				s = keyDomain(r, e)
			}
			at = append(at, add(column{domain: s, null: null, inKey: true}))
		}
		t.uniques = append(t.uniques, at)
	}
}

// drawGenerated draws a column that the server computes from another.
func (t *table) drawGenerated(r *rand.Rand) (column, bool) {
	from := t.columns[r.IntN(len(t.columns))]
	q := compare.Quote(from.name)
	var c column
	var expression string
	switch from.domain.base {
	case "tinyint", "smallint", "mediumint", "int", "bigint":
		c.domain, expression = domain{base: "bigint"}, q+" % 97"
	case "char", "varchar", "text":
		c.domain, expression = domain{base: "varchar", n: 10, charset: from.domain.charset, collation: from.domain.collation}, "LEFT("+q+", 5)"
	case "date", "datetime":
		c.domain, expression = domain{base: "int"}, "YEAR("+q+")"
	case "varbinary", "blob":
		c.domain, expression = domain{base: "int"}, "LENGTH("+q+")"
	case "decimal":
		c.domain, expression = domain{base: "decimal", n: 20, m: 5}, q+" * 2"
	default:
		return c, false
	}
	if from.auto {
		return c, false
	}
	c.generated = "GENERATED ALWAYS AS (" + expression + ") " + pick(r, "STORED", "VIRTUAL")
	return c, true
}

// order shuffles the columns sometimes.
func (t *table) order(r *rand.Rand) {
	if !one(r, 3) {
		return
	}
	to := r.Perm(len(t.columns))
	shuffled := make([]column, len(t.columns))
	for i, c := range t.columns {
		shuffled[to[i]] = c
	}
	t.columns = shuffled
	for _, list := range append([][]int{t.key}, t.uniques...) {
		for i := range list {
			list[i] = to[list[i]]
		}
	}
}

// parts draws the columns of an index.
func (t *table) parts(r *rand.Rand) string {
	var out []string
	for _, i := range r.Perm(len(t.columns))[:1+r.IntN(min(2, len(t.columns)))] {
		switch c := t.columns[i]; {
		case c.domain.base == "json" || c.domain.base == "point" || c.domain.base == "geometry":
		case c.domain.long() || c.domain.n > 60 && c.domain.text():
			out = append(out, compare.Quote(c.name)+"(7)")
		default:
			out = append(out, compare.Quote(c.name)+pick(r, "", "", " DESC"))
		}
	}
	if len(out) == 0 {
		return compare.Quote(t.columns[t.key[0]].name)
	}
	return strings.Join(out, ", ")
}

func (t *table) drawOptions(r *rand.Rand) {
	t.options = "ENGINE=InnoDB" + pick(r, "", "", "", " ROW_FORMAT=COMPACT", " COMMENT='a `table`'") + pick(r, "", " DEFAULT CHARSET=utf8mb4", " DEFAULT CHARSET=latin1")
	if t.columns[t.key[0]].auto && one(r, 3) {
		t.options += fmt.Sprintf(" AUTO_INCREMENT=%d", 100_000+r.IntN(1000))
	}
	if len(t.uniques) == 0 && t.primary && one(r, 4) {
		t.partition = t.drawPartition(r)
	}
}

// drawPartition draws a way to partition by the key.
func (t *table) drawPartition(r *rand.Rand) string {
	q := compare.Quote(t.columns[t.key[0]].name)
	switch t.columns[t.key[0]].domain.base {
	case "smallint", "mediumint", "int", "bigint":
		switch r.IntN(3) {
		case 0:
			return fmt.Sprintf("PARTITION BY HASH (%s) PARTITIONS %d", q, 2+r.IntN(5))
		case 1:
			return "PARTITION BY RANGE (" + q + ") (PARTITION p0 VALUES LESS THAN (500), PARTITION p1 VALUES LESS THAN (9000), PARTITION p2 VALUES LESS THAN MAXVALUE)"
		}
	}
	return fmt.Sprintf("PARTITION BY KEY (%s) PARTITIONS %d", q, 2+r.IntN(4))
}

// create writes CREATE TABLE under a name.
func (t table) create(name string) string {
	var lines []string
	for _, c := range t.columns {
		lines = append(lines, compare.Quote(c.name)+" "+c.define())
	}
	if t.primary {
		lines = append(lines, "PRIMARY KEY ("+t.names(t.key)+")")
	} else {
		lines = append(lines, "UNIQUE KEY only_one ("+t.names(t.key)+")")
	}
	for n, u := range t.uniques {
		lines = append(lines, fmt.Sprintf("UNIQUE KEY u%d (%s)", n, t.names(u)))
	}
	for _, i := range t.indexes {
		lines = append(lines, "KEY "+i.name+" ("+i.parts+")")
	}
	return "CREATE TABLE " + compare.Quote(name) + " (\n  " + strings.Join(lines, ",\n  ") + "\n) " + t.options + "\n" + t.partition
}

func (t table) names(at []int) string {
	var out []string
	for _, i := range at {
		out = append(out, compare.Quote(t.columns[i].name))
	}
	return strings.Join(out, ", ")
}

// plain are the positions of columns that can be written.
func (t table) plain() []int {
	var out []int
	for i, c := range t.columns {
		if c.generated == "" {
			out = append(out, i)
		}
	}
	return out
}
