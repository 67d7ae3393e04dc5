package exact

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"oscar/e2e/server"
	"oscar/osc/ident"
	"oscar/osc/inspect"
	"oscar/osc/schema"
)

// kind is a column type and how to write a value of it. A kind without values is only a target.
type kind struct {
	definition string
	value      func(r *rand.Rand) string // a literal
}

func whole(low int64, high uint64) func(*rand.Rand) string {
	return func(r *rand.Rand) string {
		switch r.IntN(6) {
		case 0:
			return strconv.FormatInt(low, 10)
		case 1:
			return strconv.FormatUint(high, 10)
		case 2:
			return strconv.Itoa(r.IntN(10))
		default: // any number of bits
			n := r.Uint64() >> r.IntN(64)
			if n > high {
				n %= high + 1
			}
			if low < 0 && n <= uint64(-(low+1)) && r.IntN(2) == 0 {
				return "-" + strconv.FormatUint(n, 10)
			}
			return strconv.FormatUint(n, 10)
		}
	}
}

func fraction(digits, places int) func(*rand.Rand) string {
	return func(r *rand.Rand) string {
		text := strings.Repeat("-", r.IntN(2)) + "0"
		for range r.IntN(digits - places + 1) {
			text += strconv.Itoa(r.IntN(10))
		}
		text += "."
		for range r.IntN(places + 1) {
			text += strconv.Itoa(r.IntN(10))
		}
		return text + "0"
	}
}

func floating(r *rand.Rand) string {
	switch r.IntN(4) {
	case 0:
		return strconv.Itoa(r.IntN(1 << 24))
	case 1:
		return strconv.FormatFloat(float64(r.IntN(1000))/8, 'g', -1, 64)
	case 2:
		return "-0e0"
	default:
		return strconv.FormatFloat(r.NormFloat64()*math.Pow10(r.IntN(30)-15), 'e', -1, 64)
	}
}

func oneOf(list ...string) func(*rand.Rand) string {
	return func(r *rand.Rand) string { return list[r.IntN(len(list))] }
}

var words = oneOf("''", "'a'", "'x,z'", "'é'", "'A '", "'42'", "'-7'", "'1.50'", "'007'", "'2024-02-29'", "'2024-02-29 10:11:12'", "'10:11:12'", "'y'")

func moment(format string) func(*rand.Rand) string {
	return func(r *rand.Rand) string {
		text := fmt.Sprintf("%04d-%02d-%02d %02d:%02d:%02d.%06d", 1971+r.IntN(60), 1+r.IntN(12), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(4)*250000)
		return "'" + text[:len(format)] + "'"
	}
}

var everyKind = []kind{
	{"tinyint", whole(-128, 127)}, {"smallint unsigned", whole(0, 65535)}, {"int", whole(math.MinInt32, math.MaxInt32)}, {"int unsigned zerofill", whole(0, math.MaxUint32)},
	{"bigint", whole(math.MinInt64, math.MaxInt64-1)}, {"bigint unsigned", whole(0, math.MaxUint64)}, {"year", oneOf("2024", "1999", "0")}, {"bit(9)", whole(0, 511)}, {"bit(64)", whole(0, math.MaxUint64)},
	{"decimal(10,2)", fraction(10, 2)}, {"decimal(12,4) zerofill", func(r *rand.Rand) string { return strings.TrimPrefix(fraction(12, 4)(r), "-") }}, {"decimal(65,0)", fraction(65, 0)}, {"decimal(40,20)", fraction(40, 20)},
	{"float", floating}, {"double", floating},
	{"char(30) CHARACTER SET latin1", words}, {"varchar(30) CHARACTER SET utf8mb4", words}, {"text CHARACTER SET utf8mb4", words},
	{"varchar(30) CHARACTER SET utf16", words}, {"binary(4)", oneOf("'a'", "X'0001'", "'wxyz'", "'42'")}, {"binary(30)", nil}, {"varbinary(30)", words}, {"blob", words},
	{"enum('x','y','é','42') CHARACTER SET utf8mb4", oneOf("'x'", "'y'", "'é'", "'42'")}, {"enum('42','a','y','x') CHARACTER SET latin1", oneOf("'x'", "'y'", "'a'", "'42'")},
	{"set('x','y','z') CHARACTER SET utf8mb4", oneOf("''", "'x'", "'x,z'", "'y,z'")}, {"set('z','n','y','x') CHARACTER SET latin1", oneOf("''", "'x'", "'n,y,x'")}, {"set('x','y','z','more') CHARACTER SET utf8mb4", nil},
	{"date", moment("2006-01-02")}, {"datetime", moment("2006-01-02 15:04:05")}, {"datetime(2)", moment("2006-01-02 15:04:05.00")}, {"datetime(6)", moment("2006-01-02 15:04:05.000000")},
	{"timestamp", moment("2006-01-02 15:04:05")}, {"timestamp(3)", moment("2006-01-02 15:04:05.000")},
	{"time", oneOf("'-838:59:59'", "'10:11:12'")}, {"time(4)", oneOf("'01:02:03.25'", "'10:11:12'")}, {"json", oneOf(`'{"b": [1, 2.50]}'`, "'42'", `'"x"'`)},
}

// However a server turns a value of one type into another type, the comparison is right: it finds a difference only where the value cannot be read
// back from the new column, and it does find one there.
func TestEveryConversionIsJudgedByWhatCanBeReadBack(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	server.Each(t, func(t *testing.T, s *server.Server) {
		c := &conversions{bench: newBench(t, s), random: rand.New(rand.NewPCG(seed, 1))}
		c.exec("SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO'")
		var targets []string
		for i, k := range everyKind {
			targets = append(targets, fmt.Sprintf("b%d %s NULL", i, k.definition))
		}
		c.exec("CREATE TABLE target (id int, j int, " + strings.Join(targets, ", ") + ", PRIMARY KEY (id, j))")
		c.target = c.inspect("target")
		for _, from := range everyKind {
			if from.value != nil {
				c.from(from)
			}
		}
		if c.judged == 0 {
			t.Error("nothing was compared")
		}
		t.Logf("%d values were compared", c.judged)
	})
}

type conversions struct {
	*bench
	random *rand.Rand
	target schema.Table
	judged int
}

func (c *conversions) inspect(name ident.Name) schema.Table {
	c.t.Helper()
	table, err := inspect.Table(c.t.Context(), c.session, ident.Table{Schema: ident.Name(c.schema), Name: name})
	if err != nil {
		c.t.Fatal(err)
	}
	return table
}

// from writes values of one type into columns of every type, and back.
func (c *conversions) from(from kind) {
	c.t.Helper()
	const values = 6
	c.exec("DROP TABLE IF EXISTS source, again")
	c.exec("CREATE TABLE source (id int PRIMARY KEY, v " + from.definition + " NULL)")
	c.exec("CREATE TABLE again (id int, j int, v " + from.definition + " NULL, PRIMARY KEY (id, j))")
	c.exec("DELETE FROM target")
	for i := range values {
		c.try(fmt.Sprintf("INSERT INTO source VALUES (%d, %s)", i, from.value(c.random)))
	}
	v, _ := c.inspect("source").Column("v")
	for j, to := range everyKind {
		name := ident.Name(fmt.Sprintf("b%d", j))
		w, _ := c.target.Column(name)
		r, ok := Compare(v, w)
		if !ok {
			continue
		}
		for i := range values {
			if c.try(fmt.Sprintf("INSERT INTO target (id, j, %s) SELECT id, %d, v FROM source WHERE id = %d", name, j, i)) {
				c.try(fmt.Sprintf("INSERT INTO again SELECT id, j, %s FROM target WHERE j = %d AND id = %d", name, j, i))
			}
		}
		c.judge(from, to, r, name, j, coarse(v, w))
	}
}

// coarse are conversions where the comparison is of what is meant: a number, a date or JSON that was written as text may be written in another way,
// and a BINARY gets as long as it is declared.
func coarse(from, to schema.Column) bool {
	switch a, b := familyOf(from), familyOf(to); {
	case from.DataType == "binary" && to.DataType == "binary":
		return true
	case a == json && b == bytes: // MySQL makes no JSON of binary text
		return true
	default:
		return (a == text || a == bytes) && b != text && b != bytes && b != member
	}
}

func (k kind) base() string {
	base, _, _ := strings.Cut(k.definition, " ")
	base, _, _ = strings.Cut(base, "(")
	return base
}

func (c *conversions) judge(from, to kind, r Form, name ident.Name, j int, coarse bool) {
	c.t.Helper()
	exact := "CAST(%s AS BINARY)"
	switch from.base() {
	case "float", "double":
		exact = "%s + 0e0"
	}
	left, right := Digest(r.Parts(r.Original, "v")), Digest(r.Parts(r.Altered, name))
	_, rows, err := c.session.Rows(c.t.Context(), fmt.Sprintf(
		"SELECT CAST(s.v AS CHAR), CAST(n.%s AS CHAR), IFNULL(%s = %s, 0), (SELECT %s FROM source WHERE id = n.id) = (SELECT %s FROM target WHERE id = n.id AND j = n.j) "+
			"FROM target n JOIN source s ON s.id = n.id LEFT JOIN again a ON a.id = n.id AND a.j = n.j WHERE n.j = %d",
		name, strings.ReplaceAll(exact, "%s", "s.v"), strings.ReplaceAll(exact, "%s", "a.v"), left, right, j))
	if err != nil {
		c.t.Fatalf("%s to %s: %v", from.definition, to.definition, err)
	}
	for _, row := range rows {
		c.judged++
		back, equal := *row[2] == "1", *row[3] == "1"
		if back && !equal || !back && equal && !coarse {
			c.t.Errorf("%s to %s: %s became %s; it can be read back: %v; taken as equal: %v", from.definition, to.definition, show(row[0]), show(row[1]), back, equal)
		}
	}
}

func show(s *string) string {
	if s == nil {
		return "NULL"
	}
	return strconv.Quote(*s)
}

// try runs a statement that the server may refuse for its value.
func (c *conversions) try(query string) bool {
	c.t.Helper()
	_, err := c.session.ExecContext(c.t.Context(), query)
	var refused *mysql.MySQLError
	if err != nil && !errors.As(err, &refused) {
		c.t.Fatalf("%s: %v", query, err)
	}
	return err == nil
}
