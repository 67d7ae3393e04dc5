package torture

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"oscar/e2e/server"
)

// domain is a column type: the values a column may hold.
type domain struct {
	base      string
	n, m      int // what stands in parentheses; 0: nothing
	unsigned  bool
	charset   string
	collation string
	members   []string
}

// sql writes the type.
func (s domain) sql() string {
	out := s.base
	switch {
	case len(s.members) > 0:
		out += "('" + strings.Join(s.members, "','") + "')"
	case s.base == "decimal":
		out += fmt.Sprintf("(%d,%d)", s.n, s.m)
	case s.n > 0:
		out += fmt.Sprintf("(%d)", s.n)
	}
	if s.unsigned {
		out += " unsigned"
	}
	if s.charset != "" {
		out += " CHARACTER SET " + s.charset + " COLLATE " + s.collation
	}
	return out
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// one says yes once in n times.
func one(r *rand.Rand, n int) bool { return r.IntN(n) == 0 }

var collations = map[string][]string{
	"latin1":  {"latin1_swedish_ci", "latin1_bin", "latin1_general_cs"},
	"utf8mb4": {"utf8mb4_general_ci", "utf8mb4_unicode_ci", "utf8mb4_bin"},
	"utf8mb3": {"utf8mb3_general_ci", "utf8mb3_bin"},
	"ascii":   {"ascii_general_ci", "ascii_bin"},
	"ucs2":    {"ucs2_general_ci"},
	"gbk":     {"gbk_chinese_ci", "gbk_bin"},
	"sjis":    {"sjis_japanese_ci"},
}

// collate gives the type a character set and a collation.
func (s domain) collate(r *rand.Rand, e server.Engine) domain {
	s.charset = pick(r, "utf8mb4", "utf8mb4", "utf8mb4", "latin1", "latin1", "utf8mb3", "ascii", "ucs2", "gbk", "sjis")
	all := collations[s.charset]
	if s.charset == "utf8mb4" {
		own := []string{"utf8mb4_unicode_nopad_ci", "utf8mb4_nopad_bin"}
		if e.MySQL() {
			own = []string{"utf8mb4_0900_ai_ci", "utf8mb4_0900_as_cs"}
		}
		all = append(append([]string{}, all...), own...)
	}
	s.collation = pick(r, all...)
	return s
}

var colours = []string{"red", "green", "", "blue", "Zinc", "amber", "9", "x y"}

// keyDomain draws a type that may stand in a key.
func keyDomain(r *rand.Rand, e server.Engine) domain {
	kinds := 20
	if !e.MySQL() {
		kinds = 22
	}
	switch r.IntN(kinds) {
	case 0, 1, 2:
		return domain{base: pick(r, "int", "bigint"), unsigned: one(r, 2)}
	case 3:
		return domain{base: pick(r, "smallint", "mediumint"), unsigned: one(r, 2)}
	case 4:
		return domain{base: "decimal", n: 12, m: r.IntN(5), unsigned: one(r, 4)}
	case 5, 6, 7:
		return domain{base: "varchar", n: 8 + r.IntN(40)}.collate(r, e)
	case 8:
		return domain{base: "char", n: 4 + r.IntN(20)}.collate(r, e)
	case 9:
		return domain{base: "varbinary", n: 6 + r.IntN(20)}
	case 10:
		return domain{base: "binary", n: 4 + r.IntN(16)}
	case 11:
		return domain{base: "enum", members: colours[:3+r.IntN(5)]}.collate(r, e)
	case 12:
		return domain{base: "set", members: []string{"a", "b", "c", "d", "e", "f", "g", "h", "i"}[:4+r.IntN(6)]}.collate(r, e)
	case 13:
		return domain{base: "date"}
	case 14:
		return domain{base: "datetime", n: pick(r, 0, 3, 6)}
	case 15:
		return domain{base: "timestamp", n: pick(r, 0, 6)}
	case 16:
		return domain{base: "time", n: pick(r, 0, 6)}
	case 17:
		return domain{base: pick(r, "year", "tinyint")}
	case 18:
		return domain{base: "bit", n: 4 + r.IntN(60)}
	case 19:
		return domain{base: pick(r, "float", "double")}
	case 20:
		return domain{base: "uuid"}
	}
	return domain{base: "inet6"}
}

// anyDomain draws any type.
func anyDomain(r *rand.Rand, e server.Engine) domain {
	switch r.IntN(12) {
	case 0:
		return domain{base: pick(r, "tinytext", "text", "mediumtext")}.collate(r, e)
	case 1:
		return domain{base: pick(r, "tinyblob", "blob", "longblob")}
	case 2:
		return domain{base: "json"}
	case 3:
		return domain{base: pick(r, "point", "geometry")}
	case 4:
		return domain{base: "varchar", n: 20 + r.IntN(200)}.collate(r, e)
	}
	return keyDomain(r, e)
}

// wide says whether the type has values enough for thousands of rows.
func (s domain) wide() bool {
	switch s.base {
	case "year", "tinyint", "enum", "set":
		return false
	case "bit":
		return s.n > 12
	}
	return true
}

// long says whether the type stands in an index only with a prefix, or not at all.
func (s domain) long() bool {
	return strings.HasSuffix(s.base, "text") || strings.HasSuffix(s.base, "blob") || s.base == "json" || s.base == "point" || s.base == "geometry"
}

func (s domain) text() bool { return s.charset != "" && len(s.members) == 0 }

// literal is a default for a column of the type, or empty.
func (s domain) literal(r *rand.Rand) string {
	switch s.base {
	case "tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "float", "double":
		return strconv.Itoa(r.IntN(100))
	case "varchar", "char":
		return pick(r, "''", "'dflt'", "'x,y)'", "'it''s'")
	case "varbinary":
		return "'bin'"
	case "enum", "set":
		return "'" + s.members[1] + "'"
	case "date":
		return "'2001-02-03'"
	case "datetime", "timestamp":
		return "'2011-12-13 14:15:16'"
	case "time":
		return "'-01:02:03'"
	case "year":
		return "1999"
	case "bit":
		return "b'101'"
	}
	return ""
}

// wider draws a type that holds every value of this one, as it is. A key must also keep apart what it kept apart.
func (s domain) wider(r *rand.Rand, inKey bool) (domain, bool) {
	w := s
	switch s.base {
	case "tinyint", "smallint", "mediumint", "int":
		w.base = pick(r, "int", "bigint")
		if s.unsigned && w.base == "bigint" {
			w.unsigned = one(r, 2)
		}
		if !inKey && one(r, 4) {
			w = domain{base: "decimal", n: 20, m: 2}
		}
	case "decimal":
		w.n, w.m = s.n+5, s.m+r.IntN(3)
	case "float":
		w.base = "double"
	case "varchar":
		w.n += 1 + r.IntN(60)
		if !inKey && one(r, 3) {
			w.base, w.n = "text", 0
		}
	case "char":
		w.n += 1 + r.IntN(10) // not VARCHAR, which would keep the blanks that writers put behind a text once it is there
	case "varbinary":
		w.n += 1 + r.IntN(60)
		if !inKey && one(r, 3) {
			w.base, w.n = "blob", 0
		}
	case "tinytext":
		w.base = "text"
	case "text", "tinyblob", "blob":
		w.base = map[string]string{"text": "mediumtext", "tinyblob": "blob", "blob": "longblob"}[s.base]
	case "datetime", "time", "timestamp":
		w.n = 6
	case "date":
		w.base = "datetime"
	case "bit":
		w.n = min(64, s.n+3)
	case "year":
		if inKey { // oscar is not sure that such a key keeps its rows apart, and refuses
			return s, false
		}
		w.base = "smallint"
	case "enum", "set":
		w.members = append(append([]string{}, s.members...), "new one")
		if !inKey && one(r, 2) { // values go by text, so their numbers may change
			r.Shuffle(len(w.members), func(i, j int) { w.members[i], w.members[j] = w.members[j], w.members[i] })
		}
	default:
		return s, false
	}
	if !inKey && (s.charset == "latin1" || s.charset == "ascii" || s.charset == "utf8mb3") && one(r, 2) {
		w.charset, w.collation = "utf8mb4", "utf8mb4_general_ci"
		if strings.HasSuffix(w.base, "text") {
			w.base = "mediumtext" // the same characters may need more bytes
		}
	}
	return w, w.sql() != s.sql()
}

// finer draws a character set with more characters for a text key, and a collation that keeps all apart.
func (s domain) finer() (domain, bool) {
	switch s.charset {
	case "latin1", "ascii", "utf8mb3":
		s.charset, s.collation = "utf8mb4", "utf8mb4_bin"
		return s, s.base == "varchar" || s.base == "char"
	}
	return s, false
}
