package topology

import (
	"oscar/dsn"
	"oscar/osc/ident"
)

// Every statement by which replicas are found and asked. Where two servers have two words for one thing, the first that the server knows is taken:
// version texts are no help, since builds of MariaDB by distributions do not say what they are.
var (
	sqlStatus = []string{"SHOW ALL SLAVES STATUS", "SHOW REPLICA STATUS", "SHOW SLAVE STATUS"}
	sqlHosts  = []string{"SHOW REPLICAS", "SHOW SLAVE HOSTS"}
	sqlBinlog = []string{"SHOW BINARY LOG STATUS", "SHOW MASTER STATUS"}
)

const (
	sqlProcesses = "SHOW PROCESSLIST"
	sqlGrants    = "SHOW GRANTS"
	sqlSelf      = "SELECT @@server_id AS id, @@hostname AS host"
	sqlSkipped   = "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('slave_skip_errors', 'replica_skip_errors')"
)

// sqlList reads a table of DSNs.
func sqlList(d dsn.DSN) string {
	return "SELECT dsn FROM " + ident.Table{Schema: ident.Name(d.Database), Name: ident.Name(d.Table)}.SQL() + " ORDER BY id"
}
