package conn

import "strings"

// Modes that change how SQL text is read or how SHOW CREATE writes it. oscar's own statements are written for none of them.
var readingModes = map[string]bool{
	"ANSI": true, "ANSI_QUOTES": true, "DB2": true, "HIGH_NOT_PRECEDENCE": true, "IGNORE_SPACE": true, "MAXDB": true, "MSSQL": true,
	"MYSQL323": true, "MYSQL40": true, "NO_BACKSLASH_ESCAPES": true, "NO_FIELD_OPTIONS": true, "NO_KEY_OPTIONS": true,
	"NO_TABLE_OPTIONS": true, "ORACLE": true, "PIPES_AS_CONCAT": true, "POSTGRESQL": true, "REAL_AS_FLOAT": true,
	"EMPTY_STRING_IS_NULL": true, "ONLY_FULL_GROUP_BY": true,
}

// Modes that would refuse, or change, a value that already stands in the table: zero dates that an older sql_mode let in, and CHAR
// values that come back padded. A copy must bring them through as they are.
var refusingModes = map[string]bool{"NO_ZERO_DATE": true, "NO_ZERO_IN_DATE": true, "PAD_CHAR_TO_FULL_LENGTH": true, "TRADITIONAL": true}

// HouseMode is the sql_mode of oscar's sessions, and so of its triggers, made from the mode a session would have by itself: the same
// rounding, NO_AUTO_VALUE_ON_ZERO so that an id of 0 stays 0, and nothing that changes how text is read. It is always strict: a lenient trigger
// would put another value into the new table than the application wrote.
func HouseMode(server string) string {
	mode := tolerant(server)
	if !HasMode(mode, "STRICT_TRANS_TABLES") && !HasMode(mode, "STRICT_ALL_TABLES") {
		mode += ",STRICT_TRANS_TABLES"
	}
	return mode
}

// LenientMode is a mode that is not strict: a value that a column cannot hold is made to fit, with a warning.
func LenientMode(mode string) string {
	var kept []string
	for _, m := range split(mode) {
		if m != "STRICT_TRANS_TABLES" && m != "STRICT_ALL_TABLES" {
			kept = append(kept, m)
		}
	}
	return strings.Join(kept, ",")
}

// tolerant leaves the server's strictness as it is.
func tolerant(server string) string {
	modes := []string{"NO_AUTO_VALUE_ON_ZERO"}
	for _, m := range split(server) {
		if !readingModes[m] && !refusingModes[m] && m != "NO_AUTO_VALUE_ON_ZERO" {
			modes = append(modes, m)
		}
	}
	return strings.Join(modes, ",")
}

// OperatorMode is the sql_mode in which the operator's ALTER text is read: as strict as the server, and read as the operator's own client
// would have it read (ANSI_QUOTES and the like). It equals HouseMode on a strict server without such modes.
func OperatorMode(server string) string {
	modes := []string{tolerant(server)}
	for _, m := range split(server) {
		switch m {
		case "ANSI_QUOTES", "HIGH_NOT_PRECEDENCE", "IGNORE_SPACE", "NO_BACKSLASH_ESCAPES", "PIPES_AS_CONCAT", "REAL_AS_FLOAT":
			modes = append(modes, m)
		}
	}
	return strings.Join(modes, ",")
}

// HasMode reports whether a comma-separated sql_mode holds a mode.
func HasMode(sqlMode, mode string) bool {
	for _, m := range split(sqlMode) {
		if m == mode {
			return true
		}
	}
	return false
}

func split(sqlMode string) []string {
	var modes []string
	for _, m := range strings.Split(strings.ToUpper(sqlMode), ",") {
		if m = strings.TrimSpace(m); m != "" {
			modes = append(modes, m)
		}
	}
	return modes
}
