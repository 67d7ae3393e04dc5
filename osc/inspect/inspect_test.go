package inspect

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"oscar/e2e/server"
	"oscar/osc/conn"
	"oscar/osc/ident"
	"oscar/osc/schema"
)

func TestMain(m *testing.M) { server.Main(m) }

func open(t *testing.T, s *server.Server, vars ...string) *conn.Session {
	t.Helper()
	cfg, err := mysql.ParseDSN(s.DSN(""))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := conn.ParseVars(vars)
	if err != nil {
		t.Fatal(err)
	}
	session, err := conn.Open(t.Context(), cfg, conn.Setup{Vars: parsed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session
}

func name(schema, table string) ident.Table {
	return ident.Table{Schema: ident.Name(schema), Name: ident.Name(table)}
}

func must(t *testing.T, got schema.Table, err error) schema.Table {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return got
}

const everything = `
CREATE TABLE parent (id INT PRIMARY KEY, a INT, b INT, UNIQUE KEY ab (a, b));
CREATE TABLE t (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  ` + "`Näme``x`" + ` VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT 'it''s',
  e ENUM('a','it''s') NOT NULL,
  a INT, b INT, c INT NOT NULL,
  virt INT GENERATED ALWAYS AS (c + 1) VIRTUAL,
  stor INT GENERATED ALWAYS AS (c + 2) STORED,
  hidden INT DEFAULT 5 INVISIBLE,
  body TEXT NOT NULL, bin VARBINARY(10) NOT NULL,
  PRIMARY KEY (id), UNIQUE KEY u (c, e), UNIQUE KEY nullable (a, b), KEY prefix (body(7), bin(3)), KEY down (c DESC), FULLTEXT KEY words (body), KEY ghost (bin),
  CONSTRAINT fk_ab FOREIGN KEY (a, b) REFERENCES parent (a, b) ON DELETE CASCADE ON UPDATE SET NULL,
  CONSTRAINT fk_self FOREIGN KEY (b) REFERENCES parent (id)
) ENGINE=InnoDB CHARSET=utf8mb4;
CREATE TABLE child (t_id BIGINT UNSIGNED, second BIGINT UNSIGNED,
  CONSTRAINT child_1 FOREIGN KEY (t_id) REFERENCES t (id), CONSTRAINT child_2 FOREIGN KEY (second) REFERENCES t (id));
CREATE TRIGGER watch BEFORE INSERT ON t FOR EACH ROW SET NEW.b = NEW.b;
`

func TestTable(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		db := server.Schema(t, srv)
		pool := server.DB(t, srv, db)
		pool.MustExec(everything)
		if srv.Engine().MySQL() {
			pool.MustExec("ALTER TABLE t ALTER INDEX ghost INVISIBLE; ALTER TABLE t ADD KEY expr ((c + 5))")
		} else {
			pool.MustExec("ALTER TABLE t ALTER INDEX ghost IGNORED")
		}
		table, err := Table(t.Context(), open(t, srv, "sql_mode='ANSI_QUOTES'"), name(db, "t"))
		got := must(t, table, err)

		if got.Engine != "InnoDB" || !strings.HasPrefix(got.Create, "CREATE TABLE `t` (\n") || !strings.Contains(got.Create, "`Näme``x`") {
			t.Errorf("engine %s, definition %s", got.Engine, got.Create)
		}
		columns := []schema.Column{
			{Name: "id", DataType: "bigint", AutoIncrement: true},
			{Name: "Näme`x", DataType: "varchar", Charset: "latin1", Collation: "latin1_bin", HasDefault: true, MaxChars: 20},
			{Name: "e", DataType: "enum", Charset: "utf8mb4", MaxChars: 4},
			{Name: "a", DataType: "int", Nullable: true, HasDefault: true}, {Name: "b", DataType: "int", Nullable: true, HasDefault: true}, {Name: "c", DataType: "int"},
			{Name: "virt", DataType: "int", Nullable: true, HasDefault: true, Generated: true}, {Name: "stor", DataType: "int", Nullable: true, HasDefault: true, Generated: true},
			{Name: "hidden", DataType: "int", Nullable: true, HasDefault: true, Invisible: true},
			{Name: "body", DataType: "text", Charset: "utf8mb4", MaxChars: 65535}, {Name: "bin", DataType: "varbinary", MaxChars: 10},
		}
		// The server's default collation differs; types print differently ("int", "int(11)").
		for i, c := range got.Columns {
			if (c.Generation != "") != c.Generated {
				t.Errorf("%s: generated %v, expression %q", c.Name, c.Generated, c.Generation)
			}
			if c.Charset == "utf8mb4" && c.Collation != "" {
				got.Columns[i].Collation = ""
			}
			if c.Unsigned() != (c.Name == "id") || !strings.HasPrefix(c.Type, c.DataType) {
				t.Errorf("type of %s: %s", c.Name, c.Type)
			}
		}
		if diff := cmp.Diff(columns, got.Columns, cmpopts.IgnoreFields(schema.Column{}, "Type", "Generation")); diff != "" {
			t.Errorf("columns (-want +got):\n%s", diff)
		}
		if e, _ := got.Column("E"); e.Type != "enum('a','it''s')" {
			t.Errorf("members %s", e.Type)
		}

		keys := map[ident.Name]schema.Key{
			"PRIMARY":  {Unique: true, Kind: "BTREE", Parts: []schema.KeyPart{{Column: "id"}}},
			"u":        {Unique: true, Kind: "BTREE", Parts: []schema.KeyPart{{Column: "c"}, {Column: "e"}}},
			"nullable": {Unique: true, Kind: "BTREE", Parts: []schema.KeyPart{{Column: "a", Nullable: true}, {Column: "b", Nullable: true}}},
			"prefix":   {Kind: "BTREE", Parts: []schema.KeyPart{{Column: "body", Prefix: 7}, {Column: "bin", Prefix: 3}}},
			"down":     {Kind: "BTREE", Parts: []schema.KeyPart{{Column: "c", Descending: true}}},
			"words":    {Kind: "FULLTEXT", Parts: []schema.KeyPart{{Column: "body"}}},
			"ghost":    {Kind: "BTREE", Ignored: true, Parts: []schema.KeyPart{{Column: "bin"}}},
		}
		if got.Keys[0].Name != "PRIMARY" {
			t.Errorf("the first key is %s", got.Keys[0].Name)
		}
		for n, want := range keys {
			want.Name = n
			k, ok := got.Key(n)
			if diff := cmp.Diff(want, k, cmpopts.IgnoreFields(schema.Key{}, "Cardinality")); diff != "" || !ok {
				t.Errorf("key %s (-want +got):\n%s", n, diff)
			}
		}
		if k, ok := got.Key("expr"); ok != srv.Engine().MySQL() || ok && (!k.Partial() || !strings.Contains(k.Parts[0].Expression, "5")) {
			t.Errorf("key on an expression: %+v", k)
		}

		foreign := []schema.ForeignKey{
			{Name: "fk_ab", Columns: ident.Names("a", "b"), References: name(db, "parent"), Referenced: ident.Names("a", "b"), OnUpdate: "SET NULL", OnDelete: "CASCADE"},
			{Name: "fk_self", Columns: ident.Names("b"), References: name(db, "parent"), Referenced: ident.Names("id")},
		}
		plain := got.ForeignKeys[1]
		if plain.OnUpdate == "CASCADE" || plain.OnUpdate == "" || plain.OnUpdate != plain.OnDelete {
			t.Errorf("rules of %+v", plain)
		}
		got.ForeignKeys[1].OnUpdate, got.ForeignKeys[1].OnDelete = "", "" // RESTRICT or NO ACTION, by server
		children := []schema.Reference{{Child: name(db, "child"), Name: "child_1"}, {Child: name(db, "child"), Name: "child_2"}}
		triggers := []schema.Trigger{{Name: "watch", Timing: "BEFORE", Event: "INSERT", Body: "SET NEW.b = NEW.b"}}
		if diff := cmp.Diff(foreign, got.ForeignKeys) + cmp.Diff(children, got.Children) + cmp.Diff(triggers, got.Triggers); diff != "" {
			t.Errorf("foreign keys, children and triggers (-want +got):\n%s", diff)
		}
	})
}

func TestMissing(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		db := server.Schema(t, srv)
		server.DB(t, srv, db).MustExec("CREATE TABLE real_t (id INT PRIMARY KEY); CREATE VIEW v AS SELECT 1 AS x")
		session := open(t, srv)
		tests := map[string]struct {
			table ident.Table
			want  Missing
			text  string
		}{
			"a table that is not there":  {name(db, "x"), Missing{}, "the original table `" + db + "`.`x` does not exist"},
			"a schema that is not there": {name("no_such", "x"), Missing{DB: true}, "the database `no_such` does not exist"},
			"a view":                     {name(db, "v"), Missing{What: "VIEW"}, "`" + db + "`.`v` is no base table but a VIEW"},
			"a pattern is no name":       {name(db, "real%"), Missing{}, "the original table `" + db + "`.`real%` does not exist"},
		}
		for what, test := range tests {
			t.Run(what, func(t *testing.T) {
				_, err := Table(t.Context(), session, test.table)
				test.want.Table = test.table
				var missing *Missing
				if !errors.As(err, &missing) || *missing != test.want || err.Error() != test.text {
					t.Errorf("\n got %v\nwant %s", err, test.text)
				}
			})
		}
	})
}

func TestOddNames(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		db := server.Schema(t, srv)
		pool, session := server.DB(t, srv, db), open(t, srv)
		for _, odd := range []ident.Name{"a`b", "it's", `back\slash`, "größe", "select", "a b%s", ident.Name(strings.Repeat("x", 64)), `dou"ble`} {
			pool.MustExec("CREATE TABLE " + odd.SQL() + " (" + odd.SQL() + " INT, KEY " + odd.SQL() + " (" + odd.SQL() + "))")
			table, err := Table(t.Context(), session, ident.Table{Schema: ident.Name(db), Name: odd})
			if err != nil {
				t.Errorf("%s: %v", odd, err)
				continue
			}
			if len(table.Columns) != 1 || table.Columns[0].Name != odd || len(table.Keys) != 1 || table.Keys[0].Name != odd || !strings.Contains(table.Create, odd.SQL()) {
				t.Errorf("%s was read as %+v", odd, table)
			}
		}
	})
}

func TestExisting(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		db := server.Schema(t, srv)
		server.DB(t, srv, db).MustExec(everything + "CREATE TABLE `it's` (id INT, CONSTRAINT positive CHECK (id > 0)); CREATE VIEW v AS SELECT 1 AS x")
		session, in := open(t, srv), ident.Name(db)
		tests := map[string]struct {
			ask   func(names []ident.Name) ([]ident.Name, error)
			names []ident.Name
			want  []ident.Name
		}{
			"tables and views": {func(n []ident.Name) ([]ident.Name, error) { return Existing(t.Context(), session, in, n) },
				ident.Names("t", "it's", "v", "watch", "x"), ident.Names("it's", "t", "v")},
			"triggers": {func(n []ident.Name) ([]ident.Name, error) { return ExistingTriggers(t.Context(), session, in, n) },
				ident.Names("watch", "t", "other"), ident.Names("watch")},
			"constraints": {func(n []ident.Name) ([]ident.Name, error) { return ExistingConstraints(t.Context(), session, in, n) },
				ident.Names("fk_ab", "positive", "u", "child_1", "x"), ident.Names("child_1", "fk_ab", "positive")},
		}
		for what, test := range tests {
			t.Run(what, func(t *testing.T) {
				got, err := test.ask(test.names)
				less := cmpopts.SortSlices(func(a, b ident.Name) bool { return a < b })
				if diff := cmp.Diff(test.want, got, less); diff != "" || err != nil {
					t.Errorf("error %v (-want +got):\n%s", err, diff)
				}
			})
		}
	})
}

func TestServer(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		s, err := Server(t.Context(), open(t, srv))
		if err != nil {
			t.Fatal(err)
		}
		want := schema.MariaDB
		if srv.Engine().MySQL() {
			want = schema.MySQL
		}
		if s.Flavor != want || s.Version == "" || s.ID != int64(srv.Port()) || s.Hostname == "" || !strings.HasPrefix(s.Account, "root@") {
			t.Errorf("server %s %s, id %d, host %s, account %s", s.Flavor, s.Version, s.ID, s.Hostname, s.Account)
		}
		if !s.On("log_bin") || s.On("no_such_variable") {
			t.Errorf("log_bin %q", s.Vars["log_bin"])
		}
	})
}

func TestLowerCaseTableNames(t *testing.T) {
	for _, engine := range server.Engines(t) {
		t.Run(string(engine), func(t *testing.T) {
			srv := server.New(t, engine, server.WithArgs("lower_case_table_names=1"), server.WithBufferPool("32M"))
			db := server.Schema(t, srv)
			server.DB(t, srv, db).MustExec("CREATE TABLE MyTable (Id INT PRIMARY KEY)")
			session := open(t, srv)
			s, err := Server(t.Context(), session)
			if err != nil {
				t.Fatal(err)
			}
			stored := Stored(s, name(strings.ToUpper(db), "MYtable"))
			if stored != name(db, "mytable") {
				t.Errorf("stored as %s", stored)
			}
			table, err := Table(t.Context(), session, stored)
			if got := must(t, table, err); !strings.HasPrefix(got.Create, "CREATE TABLE `mytable`") || got.Columns[0].Name != "Id" {
				t.Errorf("read %+v", got)
			}
		})
	}
	if exact := Stored(schema.Server{}, name("S", "T")); exact != name("S", "T") {
		t.Errorf("a server that tells letters apart keeps the name, not %s", exact)
	}
}

func TestSizes(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		db := server.Schema(t, srv)
		pool, session := server.DB(t, srv, db), open(t, srv)
		pool.MustExec("CREATE TABLE t (id INT PRIMARY KEY, n INT); CREATE TABLE empty_t (id INT PRIMARY KEY)")
		pool.MustExec("INSERT INTO t VALUES (0, 0)")
		for i := range 9 { // 512 rows
			pool.MustExec("INSERT INTO t SELECT id + ?, n FROM t", 1<<i)
		}
		pool.MustExec("ANALYZE TABLE t")
		for where, want := range map[string][2]int64{"": {256, 1024}, "id < 10": {5, 20}} {
			if n, err := Estimate(t.Context(), session, name(db, "t"), where); err != nil || n < want[0] || n > want[1] {
				t.Errorf("estimate of %q\n got %d, %v\nwant %v", where, n, err, want)
			}
		}
		for _, where := range []string{"no_such = 1", "id ="} {
			if _, err := Estimate(t.Context(), session, name(db, "t"), where); err == nil {
				t.Errorf("a condition %q that the server does not take is no error", where)
			}
		}
		tests := map[string]struct {
			table string
			where string
			n     int64
			want  bool
		}{
			"one row fewer than asked for":  {"t", "", 511, true},
			"just as many":                  {"t", "", 512, false},
			"a condition counts":            {"t", "id < 10", 9, true},
			"a condition with fewer rows":   {"t", "id < 10", 10, false},
			"a condition with OR stays one": {"t", "id = 1 OR id = 2", 2, false},
			"an empty table has none":       {"empty_t", "", 0, false},
			"any row at all":                {"t", "", 0, true},
			"estimates do not come into it": {"t", "n <> 0", 0, false},
		}
		for what, test := range tests {
			t.Run(what, func(t *testing.T) {
				if got, err := MoreThan(t.Context(), session, name(db, test.table), test.where, test.n); got != test.want || err != nil {
					t.Errorf("\n got %v, %v\nwant %v", got, err, test.want)
				}
			})
		}
	})
}
