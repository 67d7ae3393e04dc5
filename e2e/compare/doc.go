// Package compare tells exactly whether two tables hold the same rows. It shares no code with the tool under test.
//
// How a story compares, so that nothing moves under the comparison:
//
//   - Before the swap: let the tool stop short of it (--no-swap-tables --no-drop-new-table --no-drop-triggers), keep the
//     writers going, stop them (or Pause them), and compare the original with the new table by Tables. The triggers have
//     kept both in step to the last commit.
//   - Over the swap: run the writers with a ledger (see package load), let them go on through the swap and after it, stop
//     them, and check the final table against the ledger.
package compare
