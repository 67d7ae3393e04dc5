// Package stories changes real tables on real servers, one folder of testdata/cases each, while writers keep writing.
//
// A new case is a new folder and no Go:
//
//	create.sql    makes the tables in the schema `story`, which is empty; the numbers 1 to 9999 are in seed.n, column i
//	args          oscar's options as a shell would read them, without the connection, --dry-run and --execute
//	table         the table to change; t when there is none
//	load          writers, as key=value lines: workers, seed, ops, rate, mix, values.COLUMN (a|b), tolerate; columns narrows
//	              what is written while the table is swapped, beside what is written when it is not, and
//	              swapped=no leaves the writers out of it; no file: no writers
//	only          the engines or families (mariadb, mysql) that the story is for, in words
//	server        arguments of a server of its own, a line each
//	refusal       a line with the exit code, then fragments that standard error must hold, a line each
//	renames       old=new for every renamed column, a line each
//	ignore        columns that are not compared between the original and the new table, a line each
//	stdout        regular expressions that standard output of the change must match, a line each
//	left          tables and triggers that the options leave behind, a line each
//	native        the ALTER that the server itself gets, where it cannot be the one of args
//	check.sql     queries on the result that must give no row, each ended by a line end after a semicolon
//	print.*.golden    standard output of --dry-run --print; the word is an engine or a family
//
// {dir} in create.sql, args and server is a folder that the server may write to.
//
// A story that is not refused goes four ways, each over fresh tables. It is printed by a dry run, which must leave no trace, and what was
// printed is replayed by hand. It is done by the server's own ALTER TABLE, so that the outcome is known. It is done by oscar with the
// swap, and what the writers committed must be in the table. And it is done without the swap, and both tables must hold the same.
package stories
