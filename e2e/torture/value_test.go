package torture

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"strings"
)

// place is how a value stands in a statement.
func (s domain) place() string {
	if s.base == "point" || s.base == "geometry" {
		return "ST_GeomFromText(?)"
	}
	return "?"
}

// value draws a value that the type holds exactly. Values of keys are such that a statement can find their row.
func (s domain) value(r *rand.Rand, inKey bool) any {
	switch s.base {
	case "tinyint", "smallint", "mediumint", "int", "bigint":
		return s.integer(r)
	case "decimal":
		text := strconv.Itoa(r.IntN(1_000_000))
		if s.m > 0 {
			text += "." + fmt.Sprintf("%05d", r.IntN(100_000))[:s.m]
		}
		if !s.unsigned && one(r, 2) {
			text = "-" + text
		}
		return text
	case "float", "double":
		v := float64(r.IntN(8_000_000)-2_000_000) / 4
		if !inKey && one(r, 2) {
			v = r.NormFloat64() * pick(r, 1e-10, 1, 1e3, 1e20)
			if s.base == "float" {
				v = float64(float32(v))
			}
		}
		return v
	case "bit":
		return r.Uint64() >> (64 - uint(s.n))
	case "char", "varchar", "tinytext", "text", "mediumtext":
		return s.words(r)
	case "binary":
		return some(r, s.n)
	case "varbinary":
		return some(r, r.IntN(s.n+1))
	case "tinyblob", "blob", "longblob":
		return some(r, r.IntN(60))
	case "enum":
		return pick(r, s.members...)
	case "set":
		var out []string
		for _, m := range s.members {
			if one(r, 3) {
				out = append(out, m)
			}
		}
		return strings.Join(out, ",")
	case "json":
		return fmt.Sprintf(`{"n": %d, "l": [%d, "%c"], "f": %g}`, r.IntN(1000), r.IntN(9), pick(r, 'x', 'é', '漢', '😀'), r.Float64())
	case "point", "geometry":
		return fmt.Sprintf("POINT(%d %d)", r.IntN(90), r.IntN(90))
	case "uuid":
		b := some(r, 16)
		b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
		return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
	case "inet6":
		return netip.AddrFrom16([16]byte(some(r, 16))).String()
	}
	return s.moment(r)
}

func some(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// integer favours a range in which rows meet, and takes the ends of the type now and then.
func (s domain) integer(r *rand.Rand) any {
	bits := map[string]int{"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}[s.base]
	if s.unsigned {
		top := uint64(1)<<bits - 1
		if one(r, 40) {
			return top - uint64(r.IntN(3))
		}
		return r.Uint64N(min(top, 30_000))
	}
	top := int64(uint64(1)<<(bits-1) - 1)
	switch r.IntN(40) {
	case 0:
		return top - int64(r.IntN(3))
	case 1:
		return -top - 1 + int64(r.IntN(3))
	}
	return r.Int64N(min(top, 30_000)) - min(top, 5_000)/2
}

// numbered draws a value for an auto_increment column, far from the end of the type: the counter follows it.
func numbered(r *rand.Rand, unsigned bool) any {
	switch {
	case one(r, 50):
		return int64(0)
	case one(r, 12) && !unsigned:
		return -1 - r.Int64N(300)
	}
	return 1 + r.Int64N(20_000)
}

var alphabets = map[string][]rune{
	"":        []rune("abcXYZ019 '\"`\\%_;-\t\n"),
	"latin1":  []rune("abcXYZ019 '\\%_éßÄñ¿"),
	"utf8mb3": []rune("abcABC '\\%ßžЖλ漢字한"),
	"ucs2":    []rune("abcABC '\\%ßžЖλ漢字한"),
	"utf8mb4": []rune("abcABC '\\%ßéžЖλ漢字한😀𝄞"),
	"gbk":     []rune("abcABC '%漢字中文"),
	"sjis":    []rune("abcABC '%漢字カタ表"),
}

func (s domain) words(r *rand.Rand) string {
	set, known := alphabets[s.charset]
	if !known {
		set = alphabets[""]
	}
	room := 60
	if s.n > 0 {
		room = min(s.n, 60)
	}
	out := make([]rune, r.IntN(room+1))
	for i := range out {
		out[i] = set[r.IntN(len(set))]
	}
	return string(out)
}

func (s domain) moment(r *rand.Rand) any {
	day := func(from, to int) string {
		return fmt.Sprintf("%04d-%02d-%02d", from+r.IntN(to-from+1), 1+r.IntN(12), 1+r.IntN(28))
	}
	clock := fmt.Sprintf(":%02d:%02d", r.IntN(60), r.IntN(60))
	if s.n > 0 {
		clock += "." + fmt.Sprintf("%06d", r.IntN(1_000_000))[:s.n]
	}
	hour := fmt.Sprintf("%02d", r.IntN(24))
	switch s.base {
	case "date":
		return day(1000, 9999)
	case "year":
		return strconv.Itoa(1901 + r.IntN(255))
	case "time":
		return pick(r, "", "-") + fmt.Sprintf("%02d", r.IntN(838)) + clock
	case "timestamp":
		return day(1971, 2037) + " " + hour + clock
	}
	return day(1000, 9999) + " " + hour + clock
}
