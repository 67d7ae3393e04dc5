// Package torture alters random tables under random writers and compares every row with the server's own ALTER TABLE.
//
// One seed is one run: the table, its first rows, the ALTER, oscar's options and each writer's choices follow from the engine and the seed. How
// the writers interleave is up to the server, so a rare failure may need the replay several times.
//
// There are three kinds of run:
//
//   - through: the writers write through the swap and after it. Each statement goes to the table and, in the same transaction, to a mirror that
//     began as its equal. In the end the server itself alters the mirror, and both must be the same. When a writer meets a column that is gone it
//     goes on with the new names, as an application that was told of the change.
//   - beside: the writers of package load write while oscar leaves the new table beside the original. The original is copied, the server alters the
//     copy, and the new table must be the same.
//   - refused: the ALTER would lose rows or values, so oscar must end with an error, the table as the mirror says, and leave nothing.
//
// $OSCAR_TORTURE_RUNS says how many runs there are on each engine (20), $OSCAR_TORTURE_FROM which seed comes first (1), and $OSCAR_SEED runs one seed
// alone.
package torture
