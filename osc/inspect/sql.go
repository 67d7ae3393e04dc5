package inspect

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
)
