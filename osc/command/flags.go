package command

import "strings"

// kind is what an option's value is.
type kind int

const (
	boolean  kind = iota // no value: given or not
	negating             // boolean with --no-x and --nox
	text
	number   // digits
	size     // digits with k, M or G
	real     // a number with a fraction
	duration // digits with s, m, h or d
	list     // parts with commas between
	several  // may be given more than once
)

// option is one option of the command line. The table below is the only place that defines options; parsing, help and the hiding of
// passwords follow it.
type option struct {
	name     string
	short    string // one letter, or empty
	kind     kind
	preset   string // the value when not given, as an operator would write it
	group    group
	argument string // what stands for the value in the help; empty: by kind
	secret   bool   // the value is taken out of the process list
	dsn      bool   // so is the password in the value, which is a DSN
	help     string
}

// group is a section of the help.
type group string

const (
	theChange  group = "The change"
	connection group = "Connection"
	theCopy    group = "The copy"
	load       group = "Load on the server"
	replicas   group = "Replicas"
	theTables  group = "Tables and triggers"
	output     group = "Output"
)

var groups = []group{theChange, connection, theCopy, load, replicas, theTables, output}

var options = []option{
	{name: "alter", kind: text, group: theChange, argument: "TEXT", help: "what to change: the words after ALTER TABLE x; without it the table is rebuilt as it is"},
	{name: "dry-run", kind: boolean, group: theChange, help: "create and alter the new table, show what would be done, drop it again; the table itself is not touched"},
	{name: "execute", kind: boolean, group: theChange, help: "do it; with neither --dry-run nor --execute the table is only checked"},
	{name: "verify-only", kind: boolean, group: theChange, help: "compare the table with the one of --new-table-name, which an earlier run left, and change nothing; --alter tells which columns were renamed"},
	{name: "force", kind: boolean, group: theChange, help: "go on where a check would rather ask: --where together with a swap, a server that is a replica"},

	{name: "host", short: "h", kind: text, group: connection, help: "server's name or address (DSN key h)"},
	{name: "port", short: "P", kind: number, group: connection, help: "server's port (DSN key P)"},
	{name: "socket", short: "S", kind: text, group: connection, argument: "PATH", help: "server's socket (DSN key S)"},
	{name: "user", short: "u", kind: text, group: connection, help: "account (DSN key u)"},
	{name: "password", short: "p", kind: text, group: connection, secret: true, help: "the account's password (DSN key p); safer: --ask-pass or a defaults file"},
	{name: "ask-pass", kind: boolean, group: connection, help: "ask for the password; without a terminal it is the first line of the standard input"},
	{name: "database", short: "D", kind: text, group: connection, help: "schema of the table (DSN key D)"},
	{name: "charset", short: "A", kind: text, group: connection, help: "character set of the connection (DSN key A)"},
	{name: "defaults-file", short: "F", kind: text, group: connection, argument: "PATH", help: "read the group [client] of this file only (DSN key F)"},
	{name: "mysql_ssl", short: "s", kind: text, group: connection, argument: "MODE", help: "TLS: 1, required, verify_ca, verify_identity or preferred (DSN key s)"},
	{name: "set-vars", kind: list, group: connection, argument: "NAME=VALUE,..", help: `session variables; a comma inside a value is written as \,`},

	{name: "chunk-size", kind: size, preset: "1000", group: theCopy, help: "rows of the first chunk; given without --chunk-time, of every chunk"},
	{name: "chunk-time", kind: real, preset: "0.5", group: theCopy, argument: "SECONDS", help: "time a chunk should take, the size follows; 0 keeps the size"},
	{name: "chunk-size-limit", kind: real, preset: "4", group: theCopy, argument: "FACTOR", help: "a table of up to --chunk-size times this is copied in one statement"},
	{name: "chunk-index", kind: text, group: theCopy, argument: "KEY", help: "the key to cut chunks by, if it is fit"},
	{name: "where", kind: text, group: theCopy, argument: "CONDITION", help: "copy only these rows; the others are lost in the new table"},
	{name: "sleep", kind: real, preset: "0", group: theCopy, argument: "SECONDS", help: "wait after each chunk"},
	{name: "tries", kind: list, group: theCopy, argument: "OP:TIMES:WAIT,..",
		help: "how often an operation is tried and how many seconds are waited in between; operations: analyze_table, copy_rows, create_triggers, drop_triggers, swap_tables, update_foreign_keys"},

	{name: "max-load", kind: list, preset: "Threads_running=25", group: load, argument: "VAR=N,..", help: "wait while a status variable is at this value or above; without N: 1.2 times what it is now; empty switches both load checks off"},
	{name: "critical-load", kind: list, preset: "Threads_running=50", group: load, argument: "VAR=N,..", help: "end the run at this value or above; without N: 2 times what it is now"},
	{name: "check-interval", kind: duration, preset: "1", group: load, help: "time between looks at the load"},
	{name: "pause-file", kind: text, group: load, argument: "PATH", help: "wait while this file exists"},
	{name: "throttle-flag-file", kind: text, group: load, argument: "PATH", help: "the same by gh-ost's name"},

	{name: "recursion-method", kind: list, dsn: true, group: replicas, argument: "METHOD,..", help: "how replicas are found: processlist, hosts, dsn=DSN (a table of DSNs, read again all the time), cluster or none; the first that finds one is taken; when not given: processlist,hosts, on another port than 3306 hosts"},
	{name: "recurse", kind: number, group: replicas, help: "levels of replicas below the server, 0 for none; when not given, all"},
	{name: "replica-user", kind: text, group: replicas, help: "account on the replicas; when not given, the one of the DSN"},
	{name: "replica-password", kind: text, group: replicas, secret: true, help: "its password"},
	{name: "channel", kind: text, group: replicas, argument: "NAME", help: "connection of replicas that have several sources"},
	{name: "max-lag", kind: duration, preset: "1", group: replicas, help: "wait while a replica is further behind than this"},
	{name: "check-replica-lag", kind: text, dsn: true, group: replicas, argument: "DSN", help: "watch this server only"},
	{name: "skip-check-replica-lag", kind: several, dsn: true, group: replicas, argument: "DSN", help: "leave out the replica with this host and port; may be given several times"},
	{name: "check-replication-filters", kind: negating, preset: "yes", group: replicas, help: "refuse to run where a replica has replication filters"},
	{name: "fail-on-stopped-replication", kind: negating, preset: "yes", group: replicas, help: "end the run when a replica is stopped or unreachable for longer than --replica-patience; no waits without an end"},
	{name: "replica-patience", kind: duration, preset: "10m", group: replicas, help: "how long a stopped or unreachable replica is waited for"},
	{name: "slave-user", kind: text, group: replicas, help: "deprecated, use --replica-user"},
	{name: "slave-password", kind: text, group: replicas, secret: true, help: "deprecated, use --replica-password"},
	{name: "check-slave-lag", kind: text, dsn: true, group: replicas, argument: "DSN", help: "deprecated, use --check-replica-lag"},
	{name: "skip-check-slave-lag", kind: several, dsn: true, group: replicas, argument: "DSN", help: "deprecated, use --skip-check-replica-lag"},

	{name: "kill-blockers", kind: text, preset: "off", group: theTables, argument: "off|idle|all", help: "kill sessions that hold the table while oscar asks for it: those idle in a transaction, or all of them; only where the server tells who they are"},
	{name: "kill-blockers-after", kind: number, preset: "3", group: theTables, argument: "N", help: "asks, of a second each, before the first is killed"},
	{name: "new-table-name", kind: text, preset: "%T_new", group: theTables, argument: "NAME", help: "name of the new table, %T is the table's; when not given, underscores in front make it one that is free"},
	{name: "swap-tables", kind: negating, preset: "yes", group: theTables, help: "put the new table in the place of the old one"},
	{name: "drop-old-table", kind: negating, preset: "yes", group: theTables, help: "drop the old table after the swap"},
	{name: "drop-new-table", kind: negating, preset: "yes", group: theTables, help: "drop the new table when it is not swapped in"},
	{name: "drop-triggers", kind: negating, preset: "yes", group: theTables, help: "drop the triggers at the end; no keeps the old table as well"},
	{name: "check-unique-key-change", kind: negating, preset: "yes", group: theCopy, help: "build new unique keys after the copy, so that a duplicate ends the run; no drops the rows instead"},
	{name: "allow-lossy", kind: list, group: theCopy, argument: "COLUMN,..", help: "values of these columns may be cut, rounded or lose letters as the new definition makes them; how many is told"},
	{name: "null-to-not-null", kind: boolean, group: theCopy, help: "NULL may become 0, '' or the like in columns that the ALTER makes NOT NULL; how many is told"},
	{name: "verify", kind: negating, preset: "yes", group: theCopy, help: "compare every row of both tables before the swap"},
	{name: "verify-threads", kind: number, preset: "2", group: theCopy, help: "sessions that compare at once, 1 to 16"},
	{name: "analyze-before-swap", kind: negating, group: theTables, help: "run ANALYZE TABLE on the new table before the swap; when not given, as the server's statistics need it"},

	{name: "print", kind: boolean, group: output, help: "show every statement"},
	{name: "progress", kind: list, preset: "time,30", group: output, argument: "UNIT,N", help: "a line each N of time (seconds), percentage or iterations (chunks), where no live line can be drawn"},
	{name: "statistics", kind: boolean, group: output, help: "show counts of what happened, at the end"},
	{name: "quiet", short: "q", kind: boolean, group: output, help: "nothing on the standard output and no progress; errors are still told"},
	{name: "log-format", kind: text, preset: "console", group: output, argument: "console|json", help: "form of the log on the standard error output"},
	{name: "log-level", kind: text, preset: "warn", group: output, argument: "debug|info|warn|error", help: "least level of the log"},
	{name: "version-check", kind: negating, preset: "yes", group: output, help: "ignored: oscar never asks for newer versions"},
	{name: "help", kind: boolean, group: output, help: "show this"},
	{name: "version", kind: boolean, group: output, help: "show the version"},
}

// negations are the two ways to write no to an option that has a yes.
func (o option) negations() []string {
	if o.kind != negating {
		return nil
	}
	return []string{"no-" + o.name, "no" + o.name}
}

func (o option) takesValue() bool { return o.kind != boolean && o.kind != negating }

func byShort(letter string) (option, bool) {
	for _, o := range options {
		if o.short != "" && o.short == letter {
			return o, true
		}
	}
	return option{}, false
}

// match is one way to read a long name.
type match struct {
	option option
	no     bool
}

// byName finds the option with this name, or the ones that begin with it when none has it in full. All ways to write one option count as one.
func byName(name string) []match {
	var begin []match
	for _, o := range options {
		spellings := append([]string{o.name}, o.negations()...)
		for i, s := range spellings {
			m := match{o, i > 0}
			if s == name {
				return []match{m}
			}
			if name != "" && strings.HasPrefix(s, name) && (len(begin) == 0 || begin[len(begin)-1].option.name != o.name || begin[len(begin)-1].no != m.no) {
				begin = append(begin, m)
			}
		}
	}
	return begin
}
