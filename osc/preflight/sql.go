package preflight

import (
	"strconv"
	"strings"

	"oscar/osc/ident"
	"oscar/osc/schema"
)

// Statements that refusals show to a person. oscar runs none of them but the list of rows without a partition.
const (
	sqlTrust = "SET GLOBAL log_bin_trust_function_creators = 1"
	sqlSuper = "GRANT SUPER ON *.* TO "
)

func sqlGrant(privileges []string, on, account string) string {
	return "GRANT " + strings.Join(privileges, ", ") + " ON " + on + " TO " + account
}

func sqlDropTriggers(names []ident.Table) string {
	drops := make([]string, len(names))
	for i, n := range names {
		drops[i] = "DROP TRIGGER " + n.SQL() + ";"
	}
	return strings.Join(drops, " ")
}

// sqlDuplicates lists the rows of the original that a unique key over the parts would not let stand side by side. Rows with NULL in a part
// are left out: unique keys allow any number of them. Collations are those of the new table, for columns that get another one.
func sqlDuplicates(t ident.Table, parts []schema.KeyPart, collations map[ident.Name]schema.Column) string {
	var values, known []string
	for _, p := range parts {
		value := p.Column.SQL()
		switch {
		case p.Column == "":
			value = "(" + p.Expression + ")"
		case p.Prefix > 0:
			value = collated(value, collations[p.Column])
			value = "LEFT(" + value + ", " + strconv.FormatInt(p.Prefix, 10) + ")"
		default:
			value = collated(value, collations[p.Column])
		}
		values = append(values, value)
		known = append(known, value+" IS NOT NULL")
	}
	list := strings.Join(values, ", ")
	return "SELECT " + list + ", COUNT(*) FROM " + t.SQL() + " WHERE " + strings.Join(known, " AND ") +
		" GROUP BY " + list + " HAVING COUNT(*) > 1"
}

func collated(value string, to schema.Column) string {
	if to.Collation == "" {
		return value
	}
	return "CONVERT(" + value + " USING " + to.Charset + ") COLLATE " + to.Collation
}

// sqlUnplaced lists the rows of the original for which a condition holds.
func sqlUnplaced(t ident.Table, columns []string, where, condition string) string {
	query := "SELECT " + strings.Join(columns, ", ") + " FROM " + t.SQL() + " WHERE "
	if where != "" {
		query += "(" + where + ") AND "
	}
	return query + condition
}

// sqlAccount is CURRENT_USER() quoted for GRANT.
func sqlAccount(account string) string {
	quote := func(s string) string {
		return "'" + strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), "'", "''") + "'"
	}
	at := strings.LastIndexByte(account, '@')
	if at < 0 {
		return quote(account)
	}
	return quote(account[:at]) + "@" + quote(account[at+1:])
}
