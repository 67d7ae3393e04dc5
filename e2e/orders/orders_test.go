package orders_test

import (
	"testing"

	"oscar/e2e/compare"
	"oscar/e2e/orders"
	"oscar/e2e/server"
)

func TestMain(m *testing.M) { server.Main(m) }

// want is the content of the first 1000 rows, the same on every server and in every version of this package: numbers of a benchmark are only
// comparable over the same rows.
const want = "970ca9153d2325514ff389e6b793a3e6a7e460d78e08cb244591c83da72ea635-[63eba2e810de7b6a ddb7e887c35ce333 e6bea20dc2d5168b 3b0e9230bd42231c]"

func TestRowsAreTheSameOnEveryServer(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		db := server.DB(t, s, server.Schema(t, s))
		if err := orders.Make(t.Context(), db, 1000); err != nil {
			t.Fatal(err)
		}
		hash, n, err := compare.Snapshot(t.Context(), db, orders.Table)
		if err != nil {
			t.Fatal(err)
		}
		if hash != want || n != 1000 {
			t.Errorf("rows\ngot  %d %s\nwant 1000 %s", n, hash, want)
		}
		if _, err := db.Exec("RENAME TABLE orders TO pristine"); err != nil {
			t.Fatal(err)
		}
		if err := orders.Copy(t.Context(), db, "pristine"); err != nil {
			t.Fatal(err)
		}
		d, err := compare.Tables(t.Context(), db, "pristine", orders.Table, compare.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !d.Equal() || d.RowsA != 1000 {
			t.Errorf("the copy differs: %s", d)
		}
	})
}
