package load

import "testing"

// New starts writers for one test and stops them at its end, if the test has not done so. Make the schema first, so that it
// is dropped after the writers have stopped.
func New(t testing.TB, dsn string, spec Spec) *Writers {
	t.Helper()
	w, err := Start(t.Context(), dsn, spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Stop() })
	return w
}
