package torture

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"oscar/e2e/compare"
	"oscar/e2e/server"
)

// change is a random ALTER and what writers must know of it.
type change struct {
	text    string
	renamed map[int]string
	dropped map[int]bool
	touched map[int]bool // columns that a clause is about
	mixed   map[int]bool // columns whose old name means another column after the change
}

// changer draws the clauses of one ALTER of t.
type changer struct {
	r       *rand.Rand
	e       server.Engine
	t       table
	out     change
	clauses []string
	last    string // what must stand behind all clauses, without a comma
	fresh   int
	used    map[string]bool // indexes
	beside  bool            // writers never meet the new table: names may be exchanged between any columns
}

// drawChange draws an ALTER of one to four clauses. The server may refuse it.
func drawChange(r *rand.Rand, e server.Engine, t table, beside bool) change {
	c := &changer{r: r, e: e, t: t, used: map[string]bool{}, beside: beside,
		out: change{renamed: map[int]string{}, dropped: map[int]bool{}, touched: map[int]bool{}, mixed: map[int]bool{}}}
	ways := []func(){c.add, c.add, c.add, c.drop, c.rename, c.rename, c.exchange, c.widen, c.widen, c.widen, c.reorder, c.reorder, c.standard,
		c.index, c.index, c.option, c.partition, c.convert, c.chain}
	for n := 1 + r.IntN(4); len(c.clauses) < n && (c.last == "" || len(c.clauses) == 0); {
		ways[r.IntN(len(ways))]()
		if c.last != "" && len(c.clauses) == 0 {
			break
		}
	}
	c.out.text = strings.TrimSpace(strings.Join(c.clauses, pick(r, ", ", ",", ",\n\t")) + " " + c.last)
	return c.out
}

func (c *changer) say(format string, args ...any) {
	c.clauses = append(c.clauses, fmt.Sprintf(format, args...))
}

func (c *changer) name() string {
	c.fresh++
	return fmt.Sprintf(pick(c.r, "n%d", "n%d", "N %d", "né%d"), c.fresh)
}

// column draws a column that no clause is about yet, and takes it.
func (c *changer) column(fit func(column) bool) (int, bool) {
	for _, i := range c.r.Perm(len(c.t.columns)) {
		if !c.out.touched[i] && fit(c.t.columns[i]) {
			c.out.touched[i] = true
			return i, true
		}
	}
	return 0, false
}

func plainColumn(c column) bool { return c.generated == "" }

// place draws where a column goes.
func (c *changer) place() string {
	i := c.r.IntN(len(c.t.columns))
	if one(c.r, 3) {
		return " FIRST"
	}
	if c.out.touched[i] {
		return ""
	}
	c.out.touched[i] = true // its name must still stand when this clause is read
	return " AFTER " + compare.Quote(c.t.columns[i].name)
}

func (c *changer) add() {
	n := column{name: c.name(), domain: anyDomain(c.r, c.e), null: one(c.r, 2)}
	n.standard = n.domain.literal(c.r)
	if n.standard == "" || n.null && one(c.r, 3) {
		n.null, n.standard = true, ""
	}
	if one(c.r, 6) {
		if g, ok := c.t.drawGenerated(c.r); ok {
			n.domain, n.generated = g.domain, g.generated
		}
	}
	where := ""
	if one(c.r, 2) {
		where = c.place()
	}
	c.say("ADD%s %s %s%s", pick(c.r, "", " COLUMN"), compare.Quote(n.name), n.define(), where)
}

func (c *changer) drop() {
	fit := func(x column) bool { return !x.inKey }
	if len(c.out.dropped) < 2 {
		if i, ok := c.column(fit); ok {
			c.out.dropped[i] = true
			c.say("DROP%s %s", pick(c.r, "", " COLUMN"), compare.Quote(c.t.columns[i].name))
		}
	}
}

// call renames a column by one of two clauses.
func (c *changer) call(i int, name string) {
	c.out.renamed[i] = name
	if one(c.r, 2) {
		c.say("RENAME COLUMN %s TO %s", compare.Quote(c.t.columns[i].name), compare.Quote(name))
		return
	}
	c.say(pick(c.r, "CHANGE %s %s %s", "CHANGE COLUMN %s %s %s", "change column%s%s%s"), compare.Quote(c.t.columns[i].name), compare.Quote(name), c.t.columns[i].define())
}

func (c *changer) rename() {
	if i, ok := c.column(plainColumn); ok {
		c.call(i, c.name())
	}
}

// apart are columns that writers can do without: an INSERT may leave them out.
func (c *changer) apart(x column) bool {
	return x.generated == "" && (c.beside || !x.inKey && x.optional() && !strings.Contains(x.standard, "ON UPDATE"))
}

// exchange gives two columns each other's name.
func (c *changer) exchange() {
	i, ok := c.column(c.apart)
	if !ok {
		return
	}
	if k, ok := c.column(c.apart); ok {
		c.out.mixed[i], c.out.mixed[k] = true, true
		c.call(i, c.t.columns[k].name)
		c.call(k, c.t.columns[i].name)
	}
}

// chain gives one column the name that another has had.
func (c *changer) chain() {
	i, ok := c.column(c.apart)
	if !ok {
		return
	}
	if k, ok := c.column(c.apart); ok {
		c.out.mixed[i], c.out.mixed[k] = true, true
		c.call(i, c.name())
		c.call(k, c.t.columns[i].name)
	}
}

func (c *changer) widen() {
	i, ok := c.column(plainColumn)
	if !ok {
		return
	}
	x := c.t.columns[i]
	w, ok := x.domain.wider(c.r, x.inKey)
	if !ok {
		return
	}
	if f, ok := w.finer(); ok && x.inKey && c.beside && one(c.r, 2) {
		w = f
	}
	x.domain = w
	if !x.inKey && !x.null && one(c.r, 3) {
		x.null = true
	}
	if strings.Contains(x.standard, "CURRENT") {
		x.standard = "CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6)"
	}
	if w.long() || w.base == "smallint" {
		if x.null && !c.beside {
			return // see standard
		}
		x.standard = ""
	}
	if one(c.r, 4) {
		name := c.name()
		c.out.renamed[i] = name
		c.say("CHANGE %s %s %s", compare.Quote(x.name), compare.Quote(name), x.define())
		return
	}
	c.say("MODIFY%s %s %s", pick(c.r, "", " COLUMN"), compare.Quote(x.name), x.define())
}

func (c *changer) reorder() {
	if i, ok := c.column(func(column) bool { return true }); ok {
		c.say("MODIFY %s %s%s", compare.Quote(c.t.columns[i].name), c.t.columns[i].define(), c.place())
	}
}

// standard sets or drops a default. Once it is there MariaDB takes an update from NULL to NULL for a change when the default is another value, so
// while writers meet the new table only columns without NULL get one.
func (c *changer) standard() {
	i, ok := c.column(func(x column) bool {
		return x.generated == "" && x.domain.literal(c.r) != "" && !x.auto &&
			(c.beside || !x.null && !strings.Contains(x.standard, "ON UPDATE")) // which MariaDB drops with the default
	})
	if !ok {
		return
	}
	x := c.t.columns[i]
	if x.standard != "" && one(c.r, 3) {
		c.say("ALTER COLUMN %s DROP DEFAULT", compare.Quote(x.name))
		return
	}
	c.say("ALTER %s SET DEFAULT %s", compare.Quote(x.name), x.domain.literal(c.r))
}

func (c *changer) index() {
	for _, i := range c.t.indexes {
		if c.used[i.name] || one(c.r, 3) {
			continue
		}
		c.used[i.name] = true
		if one(c.r, 2) {
			c.say("DROP %s %s", pick(c.r, "INDEX", "KEY"), i.name)
		} else {
			c.say("RENAME INDEX %s TO %s", i.name, compare.Quote("ix "+i.name))
		}
		return
	}
	i := c.r.IntN(len(c.t.columns))
	if c.out.touched[i] || c.t.columns[i].domain.long() {
		return
	}
	c.out.touched[i] = true
	c.fresh++
	part := compare.Quote(c.t.columns[i].name)
	if x := c.t.columns[i]; x.domain.text() && x.domain.n > 60 {
		part += "(9)"
	}
	c.say("ADD %s %s (%s)", pick(c.r, "INDEX", "KEY"), compare.Quote(fmt.Sprintf("nx%d", c.fresh)), part)
}

func (c *changer) option() {
	c.say("%s", pick(c.r, "COMMENT = 'it''s, new'", "ROW_FORMAT=DYNAMIC", "ROW_FORMAT=COMPACT", "ENGINE=InnoDB", "ENGINE = innodb", "FORCE", "DEFAULT CHARACTER SET utf8mb4",
		"AUTO_INCREMENT=120000", "STATS_PERSISTENT=1"))
}

// partition stands alone or last.
func (c *changer) partition() {
	if c.t.partition != "" && one(c.r, 2) {
		c.last = "REMOVE PARTITIONING"
		return
	}
	if len(c.t.uniques) > 0 || !c.t.primary || c.out.touched[c.t.key[0]] {
		return
	}
	c.out.touched[c.t.key[0]] = true
	c.last = c.t.drawPartition(c.r)
}

// convert changes the character set of all columns. Keys of text could become stricter, so such tables are left alone.
func (c *changer) convert() {
	for i, x := range c.t.columns {
		if x.domain.charset != "" && (x.inKey || c.out.touched[i] || !slices.Contains([]string{"latin1", "ascii", "utf8mb3", "utf8mb4"}, x.domain.charset)) {
			return
		}
	}
	for i := range c.t.columns {
		c.out.touched[i] = true
	}
	c.say("CONVERT TO CHARACTER SET utf8mb4")
}

// drawLoss draws an ALTER that would lose rows or values, and the column that it is about, which the table must have.
func drawLoss(r *rand.Rand, t table) (string, column) {
	victim := column{name: "victim", domain: domain{base: "varchar", n: 20, charset: "utf8mb4", collation: "utf8mb4_general_ci"}, null: true, standard: "NULL"}
	return pick(r,
		"RENAME TO elsewhere",
		"ADD UNIQUE KEY strict (victim)",
		"MODIFY victim VARCHAR(20) NULL UNIQUE",
		"MODIFY victim VARCHAR(3) NULL",
		"MODIFY victim INT NULL",
		"MODIFY victim VARCHAR(20) NOT NULL",
		"MODIFY victim VARCHAR(20) CHARACTER SET ascii NULL",
		"DROP COLUMN victim, ADD COLUMN victim BIGINT",
		"ADD COLUMN also INT, MODIFY victim ENUM('a','b') NULL",
		"DROP PRIMARY KEY, ADD PRIMARY KEY (victim)",
		"ADD COLUMN stolen INT, DROP COLUMN "+compare.Quote(t.columns[t.key[0]].name),
	), victim
}
