package copier_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"oscar/chunker"
	"oscar/e2e/server"
	"oscar/osc/ident"
	"oscar/osc/inspect"
)

// family is a type of key column and where its values come from.
type family struct {
	name    string
	ddl     string
	value   func(*rand.Rand) string // a literal
	mysql   bool                    // only there
	mariadb bool                    // only there
}

// pick draws from a few values often, so that rows share them, and else makes one.
func pick(often []string, make func(*rand.Rand) string) func(*rand.Rand) string {
	return func(r *rand.Rand) string {
		if len(often) > 0 && (make == nil || r.IntN(3) > 0) {
			return often[r.IntN(len(often))]
		}
		return make(r)
	}
}

func between(low, high int64) func(*rand.Rand) string {
	return func(r *rand.Rand) string { return strconv.FormatInt(low+r.Int64N(high-low+1), 10) }
}

// words are short texts of an alphabet, with spaces at their ends now and then, as hex of UTF-8, which the server converts.
func words(alphabet string) func(*rand.Rand) string {
	letters := []rune(alphabet)
	return func(r *rand.Rand) string {
		var text []rune
		for range r.IntN(5) {
			text = append(text, letters[r.IntN(len(letters))])
		}
		return fmt.Sprintf("_utf8mb4 X'%X'", string(text)+strings.Repeat(" ", max(0, r.IntN(6)-3)))
	}
}

func bytes(most int) func(*rand.Rand) string {
	return func(r *rand.Rand) string {
		var b []byte
		for range r.IntN(most + 1) {
			b = append(b, []byte{0, 0xff, 0x5c, 0x27, ' ', 'a', byte(r.IntN(256))}[r.IntN(7)])
		}
		return fmt.Sprintf("X'%X'", b)
	}
}

func quoted(values ...string) []string {
	for i, v := range values {
		values[i] = "'" + v + "'"
	}
	return values
}

const latin = "aAbBzZ0\t\x00\\'_%äÄöß"

func families() []family {
	text := func(charset, collation, alphabet string) family {
		return family{name: collation, ddl: "VARCHAR(20) CHARACTER SET " + charset + " COLLATE " + collation, value: words(alphabet)}
	}
	only := func(f family, mysql bool) family { f.mysql, f.mariadb = mysql, !mysql; return f }
	return []family{
		{name: "tinyint", ddl: "TINYINT", value: between(-128, 127)},
		{name: "int unsigned", ddl: "INT UNSIGNED", value: pick([]string{"0", "4294967295", "4294967294"}, between(0, 50))},
		{name: "bigint", ddl: "BIGINT", value: pick([]string{"-9223372036854775808", "9223372036854775807", "-1", "0"}, between(math.MinInt64/4, math.MaxInt64/4))},
		{name: "bigint unsigned", ddl: "BIGINT UNSIGNED", value: pick([]string{"0", "18446744073709551615", "18446744073709551614", "9223372036854775808"},
			func(r *rand.Rand) string { return strconv.FormatUint(math.MaxUint64-r.Uint64N(50), 10) })},
		{name: "decimal", ddl: "DECIMAL(30,10)", value: pick([]string{"-99999999999999999999.9999999999", "99999999999999999999.9999999999", "0", "-0.0000000001"},
			func(r *rand.Rand) string { return fmt.Sprintf("%d.%010d", r.Int64N(100)-50, r.Int64N(3)) })},
		{name: "float", ddl: "FLOAT", value: pick([]string{"0.1", "-0.1", "3.4028235e38", "-3.4028235e38", "1.17549435e-38", "16777216", "16777215", "0"},
			func(r *rand.Rand) string {
				return strconv.FormatFloat(float64(math.Float32frombits(r.Uint32()&0xbfffffff)), 'e', -1, 32)
			})},
		{name: "double", ddl: "DOUBLE", value: pick([]string{"0.1e0", "0.30000000000000004e0", "1.7976931348623157e308", "-1.7976931348623157e308", "2.2250738585072014e-308", "-0e0"},
			func(r *rand.Rand) string { return strconv.FormatFloat(r.NormFloat64(), 'e', -1, 64) })},
		{name: "char", ddl: "CHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci", value: words(latin + "😀𝄞")},
		text("utf8mb4", "utf8mb4_general_ci", latin+"😀𝄞中"),
		text("utf8mb4", "utf8mb4_bin", latin+"😀𝄞中"),
		text("utf8mb4", "utf8mb4_unicode_ci", latin+"😀𝄞中"),
		only(text("utf8mb4", "utf8mb4_0900_ai_ci", latin+"😀𝄞中"), true),
		only(text("utf8mb4", "utf8mb4_0900_as_cs", latin+"😀𝄞中"), true),
		only(text("utf8mb4", "utf8mb4_nopad_bin", latin+"😀𝄞中"), false),
		only(text("utf8mb4", "utf8mb4_general_nopad_ci", latin+"😀𝄞中"), false),
		only(text("utf8mb4", "utf8mb4_uca1400_ai_ci", latin+"😀𝄞中"), false),
		text("utf8mb3", "utf8mb3_general_ci", latin+"中文"),
		text("latin1", "latin1_swedish_ci", latin+"éÿ"),
		text("latin1", "latin1_german1_ci", latin+"éÿ"),
		text("gbk", "gbk_chinese_ci", "aAbB \\'\x00中文字啊縗"),
		text("sjis", "sjis_japanese_ci", "aAbB \x00日本語表ソ能"), // the second byte of 表, ソ and 能 is a backslash
		text("cp932", "cp932_japanese_ci", "aAbB \x00日本語表ソ能"),
		text("big5", "big5_chinese_ci", "aAbB \\'\x00中文字功許"),
		only(text("gb18030", "gb18030_chinese_ci", latin+"😀中"), true),
		text("tis620", "tis620_thai_ci", "aAกขคงเแโ"), // vowels that are written before a consonant sort behind it
		text("latin2", "latin2_czech_cs", "aAcChHčČ "),
		text("utf8mb4", "utf8mb4_croatian_ci", "dDžŽlLjJnN ǆ"), // two letters that sort as one
		text("utf32", "utf32_unicode_ci", latin+"😀𝄞"),
		text("utf16", "utf16_general_ci", latin+"中"),
		text("ucs2", "ucs2_general_ci", latin+"中"),
		{name: "binary", ddl: "BINARY(4)", value: bytes(4)},
		{name: "varbinary", ddl: "VARBINARY(8)", value: bytes(8)},
		{name: "enum", ddl: "ENUM('b','a','','it''s','ä') CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", value: pick(nil, between(1, 5))},
		{name: "set", ddl: "SET('x','y','z')", value: between(0, 7)},
		{name: "set of many", ddl: "SET('a','b','c','d','e','f','g','h','i','j','k','l','m','n')", value: pick([]string{"0", "16383", "8192"}, between(0, 16383))},
		{name: "bit(64)", ddl: "BIT(64)", value: pick([]string{"0", "18446744073709551615", "9223372036854775808"}, between(0, 300))},
		{name: "bit(3)", ddl: "BIT(3)", value: between(0, 7)},
		{name: "date", ddl: "DATE", value: pick(quoted("0000-00-00", "1000-01-01", "9999-12-31", "2024-02-29", "2024-00-00"), nil)},
		{name: "datetime(6)", ddl: "DATETIME(6)", value: pick(quoted("0000-00-00", "1000-01-01", "9999-12-31 23:59:59.999999", "2024-03-31 02:30:00.000001"),
			func(r *rand.Rand) string { return fmt.Sprintf("'2024-10-27 02:30:0%d.%06d'", r.IntN(2), r.IntN(20)) })},
		{name: "datetime", ddl: "DATETIME", value: func(r *rand.Rand) string { return fmt.Sprintf("'2024-10-27 0%d:%02d:00'", r.IntN(10), r.IntN(60)) }},
		{name: "time(6)", ddl: "TIME(6)", value: pick(quoted("-838:59:59.000000", "838:59:59.000000", "00:00:00", "-00:00:00.000001", "-100:00:00.5"),
			func(r *rand.Rand) string { return fmt.Sprintf("'-0%d:%02d:00.%06d'", r.IntN(3), r.IntN(60), r.IntN(3)) })},
		{name: "timestamp(6)", ddl: "TIMESTAMP(6)", value: pick(quoted("1970-01-01 00:00:01", "2038-01-19 03:14:07.999999", "2024-10-27 00:30:00", "2024-10-27 01:30:00"),
			func(r *rand.Rand) string { return fmt.Sprintf("'2024-10-27 0%d:30:00.%06d'", r.IntN(3), r.IntN(20)) })},
		{name: "year", ddl: "YEAR", value: pick([]string{"0", "1901", "2155", "2000", "1970"}, between(1901, 2155))},
		{name: "uuid", ddl: "UUID", mariadb: true, value: func(r *rand.Rand) string {
			return fmt.Sprintf("'%08x-%04x-%d000-8000-%012x'", r.IntN(3), r.IntN(3), 1+r.IntN(7), r.IntN(9))
		}},
		{name: "inet6", ddl: "INET6", mariadb: true, value: pick(quoted("::", "::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::ffff:192.0.2.1"),
			func(r *rand.Rand) string { return fmt.Sprintf("'2001:db8::%x:%x'", r.IntN(20), r.IntN(65536)) })},
		{name: "inet4", ddl: "INET4", mariadb: true, value: func(r *rand.Rand) string { return fmt.Sprintf("'%d.0.2.%d'", r.IntN(3)*100, r.IntN(256)) }},
	}
}

// key is one table to walk.
type key struct {
	columns []family
	unique  bool // else every key value may have several rows
	down    bool // all columns descending
}

func (k key) name() string {
	var names []string
	for _, c := range k.columns {
		names = append(names, c.name)
	}
	name := strings.Join(names, ", ")
	if k.unique {
		name += ", primary"
	}
	if k.down {
		name += ", descending"
	}
	return name
}

// sizes are the chunks to walk with. A unique key is walked fewer times: it is the simpler case.
func (k key) sizes() []int64 {
	if k.unique && len(k.columns) == 1 {
		return []int64{2, 7}
	}
	return []int64{1, 2, 3, 7, 100}
}

func keysOf(e server.Engine, r *rand.Rand) []key {
	var list []family
	for _, f := range families() {
		if !(f.mysql && !e.MySQL() || f.mariadb && e.MySQL()) {
			list = append(list, f)
		}
	}
	var keys []key
	for _, f := range list {
		keys = append(keys, key{columns: []family{f}}, key{columns: []family{f}, unique: true})
	}
	for i := range 10 {
		k := key{unique: i%2 == 0, down: i > 7}
		for _, at := range r.Perm(len(list))[:2+i%3] {
			k.columns = append(k.columns, list[at])
		}
		keys = append(keys, k)
	}
	return keys
}

// create makes t and n with rows, and sink, which takes the ids that a walk passes.
func (k key) create(r *rand.Rand, rows int) []string {
	var columns, names []string
	for i, c := range k.columns {
		columns = append(columns, fmt.Sprintf("k%d %s NOT NULL", i, c.ddl))
		name := fmt.Sprintf("k%d", i)
		if k.down {
			name += " DESC"
		}
		names = append(names, name)
	}
	index := "PRIMARY KEY (id), KEY walk (" + strings.Join(names, ", ") + ")"
	if k.unique {
		index = "UNIQUE KEY id (id), PRIMARY KEY (" + strings.Join(names, ", ") + ")"
	}
	body := " (id INT NOT NULL AUTO_INCREMENT, " + strings.Join(columns, ", ") + ", " + index + ") ENGINE=InnoDB"
	var values []string
	for i := range rows {
		row := []string{strconv.Itoa(i + 1)}
		for _, c := range k.columns {
			row = append(row, c.value(r))
		}
		values = append(values, "("+strings.Join(row, ", ")+")")
	}
	return []string{
		"CREATE TABLE t" + body, "CREATE TABLE n" + body, "CREATE TABLE sink (seq INT NOT NULL AUTO_INCREMENT PRIMARY KEY, id INT)",
		"INSERT IGNORE INTO t VALUES " + strings.Join(values, ", "),
	}
}

// next asks the real server.
type next struct {
	b    bench
	copy chunker.Copy
}

func (x next) Next(ctx context.Context, left chunker.Range, n int64) (chunker.Point, error) {
	return x.point(ctx, x.copy.NextSQL(left, n))
}

func (x next) point(ctx context.Context, query string) (chunker.Point, error) {
	_, rows, err := x.b.session.Rows(ctx, query)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return x.copy.Key.Point(rows[0])
}

// The ranges of any key cover every row exactly once, in the key's order, and come to an end, whatever the size of a chunk; and a copy in
// such ranges is complete.
func TestEveryKindOfKeyIsWalkedWhole(t *testing.T) {
	const seed, rows = 3, 40
	server.Each(t, func(t *testing.T, srv *server.Server) {
		r := rand.New(rand.NewPCG(seed, seed))
		b := newBench(t, srv, "")
		exec := func(t *testing.T, statements ...string) {
			t.Helper()
			for _, s := range statements {
				if _, err := b.session.ExecContext(t.Context(), s); err != nil {
					t.Fatalf("%.200s: %v", s, err)
				}
			}
		}
		exec(t, "SET SESSION time_zone='+00:00'")
		for _, k := range keysOf(srv.Engine(), r) {
			t.Run(k.name(), func(t *testing.T) {
				exec(t, "DROP TABLE IF EXISTS t, n, sink")
				exec(t, k.create(r, rows)...)
				walk(t, b, k)
				c := b.copier(t, 7)
				result, err := c.Run(t.Context())
				if total := b.count(t, "SELECT COUNT(*) FROM t"); err != nil || result.Rows != int64(total) {
					t.Errorf("copied %d of %d rows: %v", result.Rows, total, err)
				}
				b.same(t)
			})
		}
	})
}

func walk(t *testing.T, b bench, k key) {
	table, err := inspect.Table(t.Context(), b.session, b.table("t"))
	if err != nil {
		t.Fatal(err)
	}
	chosen, ok := chunker.Choose(table, "walk")
	if !ok || len(chosen.Columns) != len(k.columns) {
		t.Fatalf("the key is %+v, %v", chosen, ok)
	}
	source := chunker.Source{Table: table.Name, Key: chosen}
	x := next{b, chunker.Copy{Source: source, Into: b.table("sink"), Columns: ident.Names("id"), As: ident.Names("id")}}
	last, err := x.point(t.Context(), x.copy.LastSQL())
	if err != nil {
		t.Fatal(err)
	}
	at, seq := places(t, b, chosen), 0
	for _, size := range k.sizes() {
		b.db.MustExec("DELETE FROM sink") // far faster than TRUNCATE
		ranges, highest := 0, 0
		for w := chunker.NewWalker(last); !w.Done(); ranges++ {
			if ranges > 2*len(at)+2 {
				t.Fatalf("chunks of %d: %d ranges and no end", size, ranges)
			}
			cut, err := w.Cut(t.Context(), x, size)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := b.session.ExecContext(t.Context(), x.copy.RangeSQL(cut, chunker.Fresh)); err != nil {
				t.Fatalf("%s: %v", x.copy.RangeSQL(cut, chunker.Fresh), err)
			}
			var rows []struct{ Seq, ID int }
			if err := b.db.Select(&rows, "SELECT seq, id FROM sink WHERE seq > ?", seq); err != nil {
				t.Fatal(err)
			}
			low, high := math.MaxInt, highest
			for _, row := range rows {
				low, high, seq = min(low, at[row.ID]), max(high, at[row.ID]), max(seq, row.Seq)
			}
			if low <= highest {
				t.Errorf("chunks of %d: the range (%s, %s] has the row at %d, but one at %d was passed", size, cut.After.SQL(), cut.Upto.SQL(), low, highest)
			}
			if len(rows) < int(size) && cut.Upto.SQL() != last.SQL() {
				t.Errorf("chunks of %d: the range (%s, %s] has %d rows", size, cut.After.SQL(), cut.Upto.SQL(), len(rows))
			}
			highest = high
			w.Advance(cut)
		}
		if all, distinct := b.count(t, "SELECT COUNT(*) FROM sink"), b.count(t, "SELECT COUNT(DISTINCT id) FROM sink"); all != len(at) || distinct != len(at) {
			t.Errorf("chunks of %d: %d rows, %d of them different, of %d", size, all, distinct, len(at))
		}
	}
}

// places numbers the rows in the index's own order.
func places(t *testing.T, b bench, k chunker.Key) map[int]int {
	t.Helper()
	var order []string
	for _, c := range k.Columns {
		order = append(order, c.Name.SQL())
	}
	var ids []int
	if err := b.db.Select(&ids, "SELECT id FROM t FORCE INDEX ("+k.Index.SQL()+") ORDER BY "+strings.Join(order, ", ")); err != nil {
		t.Fatal(err)
	}
	at := make(map[int]int, len(ids))
	for i, id := range ids {
		at[id] = i + 1
	}
	return at
}

// A chunk of a key that begins with an ENUM or a SET of few members reads its own rows and not all before them.
func TestMembersAreFoundByTheIndex(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		for ddl, values := range map[string]int{"ENUM('a','b','c','d','e','f','g','h')": 8, "SET('a','b','c','d','e','f','g','h')": 255} {
			b := newBench(t, srv, "CREATE TABLE t (k "+ddl+" NOT NULL, id INT NOT NULL, PRIMARY KEY (k, id))")
			var rows []string
			for i := range 2000 {
				rows = append(rows, fmt.Sprintf("(%d, %d)", 1+i*37%values, i))
			}
			b.db.MustExec("INSERT INTO t VALUES " + strings.Join(rows, ", "))
			b.db.MustExec("ANALYZE TABLE t")
			table, err := inspect.Table(t.Context(), b.session, b.table("t"))
			if err != nil {
				t.Fatal(err)
			}
			chosen, _ := chunker.Choose(table, "")
			x := next{b, chunker.Copy{Source: chunker.Source{Table: table.Name, Key: chosen}}}
			after, err := x.point(t.Context(), x.copy.NextSQL(chunker.Range{}, 1700))
			if err != nil {
				t.Fatal(err)
			}
			read := func() (sum int) {
				_, rows, err := b.session.Rows(t.Context(), "SHOW SESSION STATUS LIKE 'Handler_read%'")
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range rows {
					n, _ := strconv.Atoi(*r[1])
					sum += n
				}
				return sum
			}
			before := read()
			if _, err := x.point(t.Context(), x.copy.NextSQL(chunker.Range{After: after}, 20)); err != nil {
				t.Fatal(err)
			}
			if n := read() - before; n > 200 {
				t.Errorf("%s: 20 rows behind 1700 take %d reads", ddl, n)
			}
		}
	})
}

// MariaDB keeps a unique key of long values as their hash. To sort by the values instead is no way out: rows that are alike in their first
// 1024 bytes would come in any order, and those behind the supposed last one would be missing.
func TestAHashOfLongValuesIsNotWalked(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		if srv.Engine().MySQL() {
			return // it has no such key
		}
		for _, ddl := range []string{"TEXT", "BLOB", "VARCHAR(3000) CHARACTER SET utf8mb4", "VARBINARY(4000)"} {
			b := newBench(t, srv, "CREATE TABLE t (k "+ddl+" NOT NULL, UNIQUE KEY walk (k))")
			table, err := inspect.Table(t.Context(), b.session, b.table("t"))
			if err != nil {
				t.Fatal(err)
			}
			if k, ok := chunker.Choose(table, "walk"); ok {
				t.Errorf("%s: the key is %+v", ddl, k)
			}
		}
		b := newBench(t, srv, "CREATE TABLE t (k INT NOT NULL, UNIQUE KEY walk (k) USING HASH)")
		table, err := inspect.Table(t.Context(), b.session, b.table("t"))
		if k, ok := chunker.Choose(table, ""); !ok || err != nil {
			t.Errorf("a number declared USING HASH, which is a BTREE in truth: %+v, %v", k, err)
		}
	})
}
