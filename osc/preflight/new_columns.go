package preflight

import (
	"oscar/osc/alter"
	"oscar/osc/schema"
)

// newColumns refuses columns that no row can be written without: the copy and the triggers know no value for them. The server's own ALTER TABLE
// takes 0 or the empty string, which is not for oscar to guess. An ENUM has its first member as its default on all servers, undeclared.
func newColumns(a altered) Refusals {
	var all Refusals
	for _, c := range a.shadow.Columns {
		if c.Nullable || c.HasDefault || c.AutoIncrement || c.Generated || c.DataType == "enum" {
			continue
		}
		if _, old := a.origin(c.Name); old || !a.names(alter.AddColumn, c.Name) { // agreement tells of columns that no clause adds
			continue
		}
		all = append(all, Refusal{
			Check: "new column without a value",
			Why:   "the new column " + c.Name.SQL() + " is NOT NULL and has no default, so no row can be copied",
			Try:   "give it a DEFAULT" + example(c) + ", or declare it NULL",
			Kind:  Generic,
		})
	}
	return all
}

// example is a default that the column takes on all servers, where there is a plain one.
func example(c schema.Column) string {
	switch c.DataType {
	case "tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "float", "double", "bit":
		return ", e.g. DEFAULT 0"
	case "char", "varchar", "binary", "varbinary", "set":
		return ", e.g. DEFAULT ''"
	case "tinytext", "text", "mediumtext", "longtext", "tinyblob", "blob", "mediumblob", "longblob":
		return ", e.g. DEFAULT ('')"
	case "json":
		return ", e.g. DEFAULT ('{}')"
	default:
		return ""
	}
}
