package command

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"oscar/dsn"
	"oscar/osc"
	"oscar/osc/metalock"
	"oscar/osc/report"
	"oscar/osc/topology"
)

// plainRequest is what "D=d,t=t" alone means.
func plainRequest() request {
	return request{
		Options: osc.Options{
			DSN: dsn.DSN{Database: "d", Table: "t"}, Copy: osc.DefaultCopy(), Load: osc.DefaultLoad(), Tries: osc.DefaultTries(), VerifyThreads: osc.DefaultVerifyThreads, Replicas: plainReplicas(0), Blockers: osc.Blockers{After: 3},
		},
		Level: report.AtWarn, Every: report.Cadence{Unit: report.ByTime, N: 30},
	}
}

// plainReplicas are the defaults for a server with this port.
func plainReplicas(port uint16) osc.ReplicaOptions {
	return osc.ReplicaOptions{Methods: topology.Default(port), Recurse: -1, MaxLag: time.Second, Patience: 10 * time.Minute}
}

func TestParse(t *testing.T) {
	tests := map[string]struct {
		args   []string
		change func(*request)
	}{
		"defaults are osc's own": {nil, func(*request) {}},
		"what to do": {[]string{"--alter", "ADD x INT, ADD y INT", "--execute", "--print", "--force"}, func(q *request) {
			q.Alter, q.Mode, q.Print, q.Force = "ADD x INT, ADD y INT", osc.Execute, true, true
		}},
		"dry run":                         {[]string{"--dry-run"}, func(q *request) { q.Mode = osc.DryRun }},
		"a chunk size alone is fixed":     {[]string{"--chunk-size", "2k"}, func(q *request) { q.Copy.ChunkRows, q.Copy.ChunkTime = 2048, 0 }},
		"a chunk size with a time adapts": {[]string{"--chunk-size=500", "--chunk-time=0.5"}, func(q *request) { q.Copy.ChunkRows = 500 }},
		"copy": {[]string{"--chunk-size-limit", "0", "--chunk-index", "k", "--where", "a=1,b", "--sleep", ".5", "--no-swap-tables", "--no-drop-new-table"}, func(q *request) {
			q.Copy.SizeLimit, q.Copy.Index, q.Copy.Where, q.Copy.Sleep = 0, "k", "a=1,b", 500*time.Millisecond
			q.Tables.NoSwap, q.Tables.KeepNew = true, true
		}},
		"the last of a repeated option wins, lists too": {[]string{"--max-load", "a=1", "--sleep", "1", "--max-load", "b=2,c=3", "--sleep", "2"}, func(q *request) {
			q.Load.Max, q.Copy.Sleep = []string{"b=2", "c=3"}, 2*time.Second
		}},
		"the last of yes and no wins":          {[]string{"--no-swap-tables", "--swap-tables"}, func(*request) {}},
		"an empty max-load switches both off":  {[]string{"--max-load", "", "--critical-load", "x=1"}, func(q *request) { q.Load.Max, q.Load.Critical = nil, nil }},
		"an empty critical-load only itself":   {[]string{"--critical-load", ""}, func(q *request) { q.Load.Critical = nil }},
		"check interval":                       {[]string{"--check-interval", "2m"}, func(q *request) { q.Load.CheckInterval = 2 * time.Minute }},
		"set-vars stay as they are written":    {[]string{"--set-vars", `a=1, sql_mode='A\,B'`}, func(q *request) { q.SetVars = []string{"a=1", `sql_mode='A\,B'`} }},
		"tries":                                {[]string{"--tries", "copy_rows:3:1"}, func(q *request) { q.Tries[osc.CopyRows] = osc.Try{Times: 3, Wait: time.Second} }},
		"a name for the new table":             {[]string{"--new-table-name", "x_%T"}, func(q *request) { q.Tables.NewName = "x_%T" }},
		"keeping triggers keeps the old table": {[]string{"--no-drop-triggers"}, func(q *request) { q.Tables.KeepTriggers, q.Tables.KeepOld = true, true }},
		"and without a swap the new one": {[]string{"--no-drop-triggers", "--noswap-tables"}, func(q *request) {
			q.Tables.KeepTriggers, q.Tables.KeepOld, q.Tables.NoSwap, q.Tables.KeepNew = true, true, true, true
		}},
		"keeping the old table": {[]string{"--no-drop-old-table"}, func(q *request) { q.Tables.KeepOld = true }},
		"analyze yes":           {[]string{"--analyze-before-swap"}, func(q *request) { q.Tables.AnalyzeBefore = osc.Yes }},
		"analyze no":            {[]string{"--noanalyze-before-swap"}, func(q *request) { q.Tables.AnalyzeBefore = osc.No }},
		"output": {[]string{"-q", "--statistics", "--progress", "percentage,10", "--log-format", "json", "--log-level", "debug", "--ask-pass"}, func(q *request) {
			q.Quiet, q.Statistics, q.Every, q.JSON, q.Level, q.AskPass = true, true, report.Cadence{Unit: report.ByPercentage, N: 10}, true, report.AtDebug, true
		}},
		"options fill the DSN's gaps": {[]string{"-hdb1", "-P", "3307", "-u", "app", "-psecret", "-S", "/run/a,b.sock", "-A", "latin1", "-F", "my.cnf", "-D", "other"}, func(q *request) {
			q.DSN.Host, q.DSN.Port, q.DSN.User, q.DSN.Password, q.DSN.Socket = "db1", 3307, "app", dsn.NewSecret("secret"), "/run/a,b.sock"
			q.DSN.Charset, q.DSN.DefaultsFile = "latin1", "my.cnf"
			q.Replicas = plainReplicas(3307)
		}},
		"an empty password is a password": {[]string{"--password="}, func(q *request) { q.DSN.Password = dsn.NewSecret("") }},
		"TLS":                             {[]string{"--mysql_ssl", "verify_ca"}, func(q *request) { q.DSN.SSL = dsn.TLSVerifyCA }},
		"TLS in short, as a number":       {[]string{"-s", "1"}, func(q *request) { q.DSN.SSL = dsn.TLSOn }},
		"TLS 0 is not given":              {[]string{"--mysql_ssl=0"}, func(*request) {}},
		"idle blockers":                   {[]string{"--kill-blockers", "idle", "--kill-blockers-after=7"}, func(q *request) { q.Blockers = osc.Blockers{Kill: metalock.KillIdle, After: 7} }},
		"all blockers":                    {[]string{"--kill-blockers=all"}, func(q *request) { q.Blockers.Kill = metalock.KillAll }},
		"comparing only":                  {[]string{"--verify-only", "--verify-threads", "16"}, func(q *request) { q.Mode, q.VerifyThreads = osc.VerifyOnly, 16 }},
		"a version check is ignored":      {[]string{"--version-check"}, func(*request) {}},
		"and so is none":                  {[]string{"--noversion-check", "--no-version-check"}, func(*request) {}},
		"replicas": {[]string{"--recursion-method", "hosts,dsn=D=p,t=x", "--recurse", "0", "--replica-user", "r", "--channel", "c", "--max-lag", "2m", "--no-check-replication-filters",
			"--nofail-on-stopped-replication", "--replica-patience", "1h", "--skip-check-replica-lag", "h=a", "--skip-check-replica-lag", "h=b,P=7", "--check-replica-lag", "h=c"}, func(q *request) {
			q.Replicas = osc.ReplicaOptions{
				Methods: topology.Methods{Order: []topology.Method{topology.Hosts, topology.List}, List: dsn.DSN{Database: "p", Table: "x"}, Given: true}, User: "r", Channel: "c",
				MaxLag: 2 * time.Minute, NoCheckFilters: true, WaitForStopped: true, Patience: time.Hour, Only: &dsn.DSN{Host: "c"}, Skip: []dsn.DSN{{Host: "a"}, {Host: "b", Port: 7}},
			}
		}},
		"an old name of an option is told": {[]string{"--slave-user", "r"}, func(q *request) {
			q.Replicas.User = "r"
			q.Warnings = []string{"Option --slave-user is deprecated and will be removed in future versions, please use --replica-user instead."}
		}},
		"files that hold": {[]string{"--pause-file", "/p", "--throttle-flag-file", "/f"}, func(q *request) { q.Load.PauseFile, q.Load.FlagFile = "/p", "/f" }},
		"port 0 is none":  {[]string{"--port", "0"}, func(*request) {}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			want := plainRequest()
			test.change(&want)
			got, errs := parse(append(test.args, "D=d,t=t"))
			if len(errs) > 0 {
				t.Fatal(errorText(errs))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
			if got.DSN.Password.Reveal() != want.DSN.Password.Reveal() {
				t.Error("the password is another one")
			}
		})
	}
}

func TestTheDatabaseMayBeAnOption(t *testing.T) {
	q, errs := parse([]string{"t=tbl", "-D", "db"})
	if len(errs) > 0 || q.DSN.Database != "db" || q.DSN.Table != "tbl" {
		t.Errorf("got %s, errors %v", q.DSN, errs)
	}
}

func TestParseRefuses(t *testing.T) {
	const d = "D=d,t=t"
	tests := map[string]struct {
		args []string
		want string
	}{
		"no DSN":                          {nil, "The DSN must specify a database (D) and a table (t); D and t are missing"},
		"no table":                        {[]string{"D=d"}, "The DSN must specify a database (D) and a table (t); t is missing"},
		"two DSNs":                        {[]string{d, "h=x,p=secret"}, "Specify only one DSN: 2 arguments are neither options nor values of options"},
		"both modes":                      {[]string{d, "--dry-run", "--execute"}, "--dry-run and --execute are mutually exclusive."},
		"comparing and doing":             {[]string{d, "--verify-only", "--execute"}, "--verify-only and --execute are mutually exclusive."},
		"comparing and trying":            {[]string{d, "--verify-only", "--dry-run", "--no-verify"}, "--verify-only and --dry-run are mutually exclusive.\n--verify-only and --no-verify are mutually exclusive."},
		"blockers of a kind that is none": {[]string{d, "--kill-blockers", "some"}, `Invalid --kill-blockers: some (off, idle or all)`},
		"blockers after no ask":           {[]string{d, "--kill-blockers-after", "0"}, `Value "0" invalid for option kill-blockers-after (a whole number from 1 to 1000 expected)`},
		"no thread":                       {[]string{d, "--verify-threads", "0"}, `Value "0" invalid for option verify-threads (a whole number from 1 to 16 expected)`},
		"too many threads":                {[]string{d, "--verify-threads", "17"}, `Value "17" invalid for option verify-threads (a whole number from 1 to 16 expected)`},
		"threads in words":                {[]string{d, "--verify-threads", "two"}, `Value "two" invalid for option verify-threads (a whole number from 1 to 16 expected)`},
		"a charset that could be SQL":     {[]string{d, "-A", "x;y"}, "Invalid --charset: a character set's name holds only letters, digits and underscores, such as utf8mb4"},
		"a port that is none":             {[]string{d, "-P", "x"}, "Invalid --port: the port must be a number from 1 to 65535"},
		"a TLS mode that is none":         {[]string{d, "-s", "x"}, "Invalid --mysql_ssl: the TLS mode must be 0, 1, preferred, required, verify_ca or verify_identity"},
		"a host with a port":              {[]string{d, "-h", "a:1"}, "Invalid --host: the host must not hold a port; write h=HOST,P=PORT"},
		"max-load":                        {[]string{d, "--max-load", "x=y"}, "Invalid --max-load: x=y (write Variable=number or Variable)"},
		"critical-load":                   {[]string{d, "--critical-load", "x=y"}, "Invalid --critical-load: x=y (write Variable=number or Variable)"},
		"set-vars":                        {[]string{d, "--set-vars", "x"}, `Invalid --set-vars value: x (write name=value, without spaces; a comma inside a value as \,)`},
		"no interval":                     {[]string{d, "--check-interval", "0"}, "--check-interval must be more than 0"},
		"progress":                        {[]string{d, "--progress", "x"}, "Invalid --progress: x (write percentage,N or time,N or iterations,N)"},
		"log format":                      {[]string{d, "--log-format", "xml"}, "Invalid --log-format: xml (console or json)"},
		"log level":                       {[]string{d, "--log-level", "loud"}, "Invalid --log-level: loud (one of debug, info, warn, error)"},
		"an empty name":                   {[]string{d, "--new-table-name", ""}, "--new-table-name requires a string value"},
		"all faults at once": {[]string{d, "--chunk-size", "x", "--foo", "--tries", "a:1:1,b:1:1"},
			"Unknown option: --foo\nInvalid size for --chunk-size: x\nInvalid --tries operation: a\nInvalid --tries operation: b"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, errs := parse(test.args)
			same(t, "errors", test.want, errorText(errs))
		})
	}
}
