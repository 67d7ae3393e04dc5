package conn

import "testing"

func TestModes(t *testing.T) {
	tests := map[string]struct {
		server, house, operator string
	}{
		"a lenient server gets strictness": {"", "NO_AUTO_VALUE_ON_ZERO,STRICT_TRANS_TABLES", "NO_AUTO_VALUE_ON_ZERO"},
		"strictness and rounding stay":     {"STRICT_TRANS_TABLES,TIME_TRUNCATE_FRACTIONAL", "NO_AUTO_VALUE_ON_ZERO,STRICT_TRANS_TABLES,TIME_TRUNCATE_FRACTIONAL", "NO_AUTO_VALUE_ON_ZERO,STRICT_TRANS_TABLES,TIME_TRUNCATE_FRACTIONAL"},
		"a mode is not named twice":        {"NO_AUTO_VALUE_ON_ZERO", "NO_AUTO_VALUE_ON_ZERO,STRICT_TRANS_TABLES", "NO_AUTO_VALUE_ON_ZERO"},
		"MariaDB's default":                {"STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION", "NO_AUTO_VALUE_ON_ZERO,STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION", "NO_AUTO_VALUE_ON_ZERO,STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION"},
		"MySQL's default lets zeros in":    {"ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION", "NO_AUTO_VALUE_ON_ZERO,STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION", "NO_AUTO_VALUE_ON_ZERO,STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"},
		"TRADITIONAL goes, its parts do":   {"STRICT_ALL_TABLES,NO_ZERO_DATE,TRADITIONAL", "NO_AUTO_VALUE_ON_ZERO,STRICT_ALL_TABLES", "NO_AUTO_VALUE_ON_ZERO,STRICT_ALL_TABLES"},
		"CHAR values are not padded":       {"PAD_CHAR_TO_FULL_LENGTH", "NO_AUTO_VALUE_ON_ZERO,STRICT_TRANS_TABLES", "NO_AUTO_VALUE_ON_ZERO"},
		"quotes are the operator's":        {"ANSI_QUOTES,STRICT_ALL_TABLES", "NO_AUTO_VALUE_ON_ZERO,STRICT_ALL_TABLES", "NO_AUTO_VALUE_ON_ZERO,STRICT_ALL_TABLES,ANSI_QUOTES"},
		"so is all that reads text":        {"REAL_AS_FLOAT,PIPES_AS_CONCAT,ANSI_QUOTES,IGNORE_SPACE,ANSI,NO_BACKSLASH_ESCAPES,HIGH_NOT_PRECEDENCE", "NO_AUTO_VALUE_ON_ZERO,STRICT_TRANS_TABLES", "NO_AUTO_VALUE_ON_ZERO,REAL_AS_FLOAT,PIPES_AS_CONCAT,ANSI_QUOTES,IGNORE_SPACE,NO_BACKSLASH_ESCAPES,HIGH_NOT_PRECEDENCE"},
		"MariaDB's Oracle mode is left":    {"ORACLE,EMPTY_STRING_IS_NULL,NO_KEY_OPTIONS,NO_TABLE_OPTIONS,NO_FIELD_OPTIONS", "NO_AUTO_VALUE_ON_ZERO,STRICT_TRANS_TABLES", "NO_AUTO_VALUE_ON_ZERO"},
		"letter case and spaces":           {" ansi_quotes , strict_all_tables ,", "NO_AUTO_VALUE_ON_ZERO,STRICT_ALL_TABLES", "NO_AUTO_VALUE_ON_ZERO,STRICT_ALL_TABLES,ANSI_QUOTES"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := HouseMode(test.server); got != test.house {
				t.Errorf("house\n got %s\nwant %s", got, test.house)
			}
			if got := OperatorMode(test.server); got != test.operator {
				t.Errorf("operator\n got %s\nwant %s", got, test.operator)
			}
			if again := HouseMode(HouseMode(test.server)); again != test.house {
				t.Errorf("the house mode of the house mode\n got %s\nwant %s", again, test.house)
			}
		})
	}
}

func TestHasMode(t *testing.T) {
	for name, test := range map[string]struct {
		mode string
		want bool
	}{
		"a mode of the list":             {"ANSI_QUOTES", true},
		"a part of a mode's name is not": {"ANSI", false},
		"a mode that is not there":       {"ORACLE", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := HasMode("STRICT_ALL_TABLES, ansi_quotes", test.mode); got != test.want {
				t.Errorf("\n got %v\nwant %v", got, test.want)
			}
		})
	}
}
