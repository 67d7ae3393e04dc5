package preflight

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"oscar/osc/schema"
)

// keepsApart reports whether any two values that are different in the column o are different in n too, once n has taken them. NULLs count:
// when n may not hold them they would become equal. Not sure means false.
func keepsApart(o, n schema.Column) bool {
	switch {
	case o.Nullable && !n.Nullable:
		return false
	case same(o, n):
		return true
	case o.Charset != "" && n.Charset != "":
		return textFits(o, n) && finer(o, n)
	case o.Charset != "" || n.Charset != "":
		return false
	}
	from, to := typeOf(o), typeOf(n)
	if integers[from.name] && integers[to.name] {
		return true // one that is out of range is an error to the copy and to the triggers, and is never written as another number
	}
	switch from.name + " " + to.name {
	case "decimal decimal":
		return decimalFits(from, to)
	case "float double":
		return len(to.args) == 0 && from.unsigned == to.unsigned // with digits the new type rounds
	case "date datetime", "time time", "datetime datetime", "timestamp timestamp", "bit bit", "binary binary", "varbinary varbinary", "binary varbinary":
		return from.arg(0) <= to.arg(0)
	default:
		return blobs[from.name] > 0 && blobs[from.name] <= blobs[to.name]
	}
}

// definition is a column type cut into its parts.
type definition struct {
	name     string
	args     []int
	unsigned bool
}

var numbers = regexp.MustCompile(`^[a-z ]+\(([0-9, ]+)\)`)

func typeOf(c schema.Column) definition {
	d := definition{name: c.DataType, unsigned: c.Unsigned()}
	if m := numbers.FindStringSubmatch(c.Type); m != nil {
		for _, s := range strings.Split(m[1], ",") {
			n, _ := strconv.Atoi(strings.TrimSpace(s))
			d.args = append(d.args, n)
		}
	}
	return d
}

func (d definition) arg(i int) int {
	if i < len(d.args) {
		return d.args[i]
	}
	return 0
}

// integers; the number in parentheses is but a display width.
var integers = map[string]bool{"tinyint": true, "smallint": true, "mediumint": true, "int": true, "bigint": true}

func decimalFits(from, to definition) bool {
	return to.arg(1) >= from.arg(1) && to.arg(0)-to.arg(1) >= from.arg(0)-from.arg(1) && (from.unsigned || !to.unsigned)
}

// blobs and texts by capacity.
var (
	blobs = map[string]int{"tinyblob": 1, "blob": 2, "mediumblob": 3, "longblob": 4}
	texts = map[string]int{"tinytext": 1, "text": 2, "mediumtext": 3, "longtext": 4}
)

// textFits reports whether every string of o fits n whole. MaxChars is bytes for TEXT types, whatever the character set.
func textFits(o, n schema.Column) bool {
	switch o.DataType + " " + n.DataType {
	case "char char", "varchar varchar", "char varchar":
		return o.MaxChars <= n.MaxChars
	case "enum enum", "set set":
		return o.Charset == n.Charset && keepsMembers(o.Type, n.Type)
	}
	if texts[n.DataType] == 0 {
		return false
	}
	if texts[o.DataType] > 0 {
		return texts[o.DataType] <= texts[n.DataType] && (o.Charset == n.Charset || texts[o.DataType] < texts[n.DataType])
	}
	// A character has at most four bytes.
	return (o.DataType == "char" || o.DataType == "varchar") && o.MaxChars*4 <= capacity[n.DataType]
}

// capacity of TEXT types in bytes.
var capacity = map[string]int64{"tinytext": 255, "text": 65535, "mediumtext": 16777215, "longtext": 4294967295}

// keepsMembers reports whether all members of an ENUM or SET are members of the other. Values go by their text, not by their number.
func keepsMembers(from, to string) bool {
	kept := members(to)
	for _, m := range members(from) {
		if !slices.Contains(kept, m) {
			return false
		}
	}
	return true
}

var member = regexp.MustCompile(`'((?:[^']|'')*)'`)

func members(columnType string) []string {
	var list []string
	for _, m := range member.FindAllStringSubmatch(columnType, -1) {
		list = append(list, m[1])
	}
	return list
}

// into4 are the character sets whose every character utf8mb4 has, one for one.
var into4 = map[string]bool{"ascii": true, "latin1": true, "utf8": true, "utf8mb3": true, "ucs2": true, "utf16": true, "utf32": true, "utf8mb4": true}

// alike are the collations of utf8mb3 that give each of its characters the weight that utf8mb4's collation of the same name gives it.
var alike = map[string]bool{"general_ci": true, "unicode_ci": true, "unicode_520_ci": true, "bin": true}

// finer reports whether strings that differ under the collation of o differ under that of n.
func finer(o, n schema.Column) bool {
	switch {
	case o.Collation == n.Collation && o.Charset == n.Charset:
		return true
	case o.Charset != n.Charset && !(into4[o.Charset] && n.Charset == "utf8mb4"):
		return false
	case !padsSpace(o.Collation) && padsSpace(n.Collation):
		return false // 'a' and 'a ' become equal
	case strings.HasSuffix(n.Collation, "_bin"):
		return true
	}
	suffix, ok := strings.CutPrefix(n.Collation, "utf8mb4_")
	return ok && alike[suffix] && (o.Collation == "utf8mb3_"+suffix || o.Collation == "utf8_"+suffix)
}

// padsSpace reports whether trailing spaces do not count. Only collations that say so, and those of Unicode 9.0 (MySQL 8), count them.
func padsSpace(collation string) bool {
	return !strings.Contains(collation, "nopad") && !strings.Contains(collation, "_0900_")
}
