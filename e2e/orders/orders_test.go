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
const want = "c5def4f815d09a3f3899728667ba429d1ed34370ed6e1b4cb54059528cc85092-[e5270fa14ca8ee38 471f37b6db779b9d c305644e84530a9a 86a0f3e21defe913]"

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
