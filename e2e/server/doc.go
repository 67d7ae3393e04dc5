// Package server starts real database servers for tests: MariaDB as the machine has it installed, and MariaDB 11.8 and
// MySQL 9.7 from trees that Fetch unpacks into a folder.
//
// A server listens on a free loopback port and on a short socket path, keeps its data in a folder of its own, and is gone
// at the end: by Close, and also when the test process panics or is killed (see guard). A server that cannot be had is an
// error, never a skipped test.
package server
