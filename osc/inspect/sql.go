package inspect

import (
	"strings"

	"oscar/osc/ident"
)

// Every statement by which oscar reads a server. The information_schema views are read whole (SELECT *), since their columns differ between
// servers; a column that a server does not have reads as empty.
const (
	sqlVariables   = "SHOW GLOBAL VARIABLES"
	sqlTimeZone    = "SELECT @@SESSION.time_zone"
	sqlServer      = "SELECT VERSION(), CURRENT_USER()"
	sqlSchema      = "SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = ?"
	sqlTable       = "SELECT * FROM information_schema.tables WHERE table_schema = ? AND table_name = ?"
	sqlColumns     = "SELECT * FROM information_schema.columns WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position"
	sqlKeys        = "SELECT * FROM information_schema.statistics WHERE table_schema = ? AND table_name = ? ORDER BY index_name, seq_in_index"
	sqlTriggers    = "SELECT * FROM information_schema.triggers WHERE event_object_schema = ? AND event_object_table = ?"
	sqlTriggersOf  = "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = ? AND trigger_name IN (?)"
	sqlExisting    = "SELECT table_name FROM information_schema.tables WHERE table_schema = ? AND table_name IN (?)"
	sqlConstraints = "SELECT constraint_name FROM information_schema.table_constraints WHERE constraint_schema = ? AND constraint_name IN (?) " +
		"AND constraint_type IN ('FOREIGN KEY', 'CHECK')"
	sqlKeyUsage = "SELECT * FROM information_schema.key_column_usage WHERE table_schema = ? AND table_name = ? " +
		"AND referenced_table_name IS NOT NULL ORDER BY constraint_name, ordinal_position"
	sqlRules    = "SELECT * FROM information_schema.referential_constraints WHERE constraint_schema = ? AND table_name = ?"
	sqlChildren = "SELECT * FROM information_schema.key_column_usage WHERE referenced_table_schema = ? AND referenced_table_name = ? " +
		"ORDER BY table_schema, table_name, constraint_name, ordinal_position"
	sqlReplica   = "SHOW REPLICA STATUS"
	sqlSlave     = "SHOW SLAVE STATUS"      // servers that do not know the other word, and MariaDB, for its default connection
	sqlAllSlaves = "SHOW ALL SLAVES STATUS" // MariaDB, every connection
	// The times are as of no time zone, since the session's changes during a run.
	sqlMarks = "SELECT trigger_name, event_manipulation, action_timing, UNIX_TIMESTAMP(created) AS made, definer, sql_mode, action_statement " +
		"FROM information_schema.triggers WHERE event_object_schema = ? AND event_object_table = ? ORDER BY trigger_name"
	sqlInnodbTables    = "SELECT name, table_id, space FROM information_schema.innodb_tables WHERE name LIKE ? ESCAPE '|'"
	sqlInnodbSysTables = "SELECT name, table_id, space FROM information_schema.innodb_sys_tables WHERE name LIKE ? ESCAPE '|'"
	sqlCreated         = "SELECT '' AS part, UNIX_TIMESTAMP(create_time) AS created FROM information_schema.tables WHERE table_schema = ? AND table_name = ? " +
		"UNION ALL SELECT CONCAT_WS('/', partition_name, subpartition_name), UNIX_TIMESTAMP(create_time) FROM information_schema.partitions " +
		"WHERE table_schema = ? AND table_name = ? AND partition_name IS NOT NULL"
	sqlGrants     = "SHOW GRANTS"
	sqlRole       = "SELECT CURRENT_ROLE()"
	sqlCreateHead = "SHOW CREATE TABLE "
	sqlExplain    = "EXPLAIN FORMAT=TRADITIONAL SELECT * FROM "
	sqlExplainOld = "EXPLAIN SELECT * FROM " // servers that do not know FORMAT
	sqlCountHead  = "SELECT COUNT(*) FROM "
	sqlSelect     = "SELECT "
	sqlProbeHead  = "SELECT 1 FROM "

	sqlChecksMySQL = "SELECT c.check_clause FROM information_schema.check_constraints c JOIN information_schema.table_constraints t " +
		"ON t.constraint_schema = c.constraint_schema AND t.constraint_name = c.constraint_name AND t.constraint_type = 'CHECK' " +
		"WHERE t.table_schema = ? AND t.table_name = ?"
	sqlChecksMariaDB = "SELECT check_clause FROM information_schema.check_constraints WHERE constraint_schema = ? AND table_name = ?"
)

// sqlDefault reads the default of a column: from any row, or else from a row that the join makes up, in which columns that are NOT NULL have none.
func sqlDefault(t ident.Table, column ident.Name) string {
	value := "CONVERT(DEFAULT(t." + column.SQL() + ") USING utf8mb4)"
	return "SELECT COALESCE((SELECT " + value + " FROM " + t.SQL() + " t LIMIT 1), (SELECT " + value + " FROM (SELECT 1 AS one) o LEFT JOIN " + t.SQL() + " t ON FALSE))"
}

// sqlMembers reads members of an ENUM or SET by their numbers. No view and no SHOW gives them whole. The columns of a recursive query have the types of
// its first part, so that a number put there comes out as the member; the join gives one row whatever the table holds.
func sqlMembers(t ident.Table, column ident.Name, numbers []string) string {
	return "WITH RECURSIVE r AS (SELECT t." + column.SQL() + " AS v, CAST(0 AS UNSIGNED) AS i FROM (SELECT 1 AS one) o LEFT JOIN " + t.SQL() +
		" t ON FALSE UNION ALL SELECT m.i, m.i FROM r JOIN (SELECT " + strings.Join(numbers, " AS i UNION ALL SELECT ") + " AS i) m WHERE r.i = 0) " +
		"SELECT CONVERT(v USING utf8mb4) FROM r WHERE i > 0 ORDER BY i"
}
