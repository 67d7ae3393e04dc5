package load

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"
)

// value makes a random value that the column can hold exactly, so that what is written is what is read. NULL comes up in
// columns that take it.
func (c column) value(r *rand.Rand) (any, error) {
	if c.Nullable && r.IntN(7) == 0 {
		return nil, nil
	}
	if len(c.pool) > 0 {
		return c.pool[r.IntN(len(c.pool))], nil
	}
	if c.json {
		return jsonText(r), nil
	}
	switch c.DataType {
	case "tinyint", "smallint", "mediumint", "int", "bigint":
		return c.integer(r), nil
	case "decimal":
		return c.decimal(r), nil
	case "float", "double":
		return c.float(r), nil
	case "bit":
		return r.Uint64() >> (64 - uint(c.Precision)), nil
	case "char", "varchar", "tinytext", "text", "mediumtext", "longtext":
		return c.text(r), nil
	case "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob":
		return c.bytes(r), nil
	case "enum":
		return c.members[r.IntN(len(c.members))], nil
	case "set":
		var some []string
		for _, m := range c.members {
			if r.IntN(3) == 0 {
				some = append(some, m)
			}
		}
		return strings.Join(some, ","), nil
	case "date", "datetime", "timestamp", "time", "year":
		return c.time(r), nil
	case "uuid":
		b := random(r, 16)
		b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80 // version and variant, which the server checks
		return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
	case "inet4":
		return netip.AddrFrom4([4]byte(random(r, 4))).String(), nil
	case "inet6":
		return netip.AddrFrom16([16]byte(random(r, 16))).String(), nil
	case "point", "geometry":
		return fmt.Sprintf("POINT(%d %d)", r.IntN(90), r.IntN(90)), nil
	case "linestring":
		return fmt.Sprintf("LINESTRING(0 0,%d %d)", 1+r.IntN(90), r.IntN(90)), nil
	case "polygon":
		n := 1 + r.IntN(90)
		return fmt.Sprintf("POLYGON((0 0,%d 0,%d %d,0 0))", n, n, n), nil
	}
	return nil, fmt.Errorf("make a value of column %s: unknown type %s (give Spec.Values)", c.Name, c.FullType)
}

// integer favours small numbers, so that rows meet, and now and then takes the ends of the type.
func (c column) integer(r *rand.Rand) any {
	bits := map[string]int{"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}[c.DataType]
	if c.AutoIncrement() {
		// Never near the end of the type: the counter would follow and be used up.
		n := int64(1) << min(bits-2, 24)
		if v := r.Int64N(n); c.Unsigned() || r.IntN(8) > 0 {
			return v
		}
		return -1 - r.Int64N(100)
	}
	if c.Unsigned() {
		top := uint64(1)<<bits - 1
		switch r.IntN(10) {
		case 0:
			return top - uint64(r.IntN(3))
		case 1:
			return uint64(r.IntN(3))
		case 2, 3, 4:
			return r.Uint64() & top
		}
		return uint64(r.IntN(20_000)) & top
	}
	top := int64(uint64(1)<<(bits-1) - 1)
	switch r.IntN(10) {
	case 0:
		return top - int64(r.IntN(3))
	case 1:
		return -top - 1 + int64(r.IntN(3))
	case 2, 3, 4:
		return int64(r.Uint64()) >> (64 - bits)
	}
	return int64(r.IntN(20_000)-5_000) % top
}

func (c column) decimal(r *rand.Rand) string {
	var b strings.Builder
	if !c.Unsigned() && r.IntN(2) == 0 {
		b.WriteByte('-')
	}
	whole := c.Precision - c.Scale
	b.WriteByte('0')
	for range r.IntN(whole + 1) {
		b.WriteByte(byte('0' + r.IntN(10)))
	}
	if c.Scale > 0 {
		b.WriteByte('.')
		for range c.Scale {
			b.WriteByte(byte('0' + r.IntN(10)))
		}
	}
	return b.String()
}

// float gives key columns only numbers that every float holds exactly, because rows are addressed by them.
func (c column) float(r *rand.Rand) float64 {
	v := float64(r.IntN(80_000)-20_000) / 4
	if !c.inKey && !strings.Contains(c.FullType, "(") {
		v = r.NormFloat64() * []float64{1e-10, 1, 1e3, 1e20}[r.IntN(4)]
		if c.DataType == "float" {
			v = float64(float32(v))
		}
	}
	if c.Unsigned() && v < 0 {
		return -v
	}
	return v
}

// alphabets by what a character set holds. Quotes, backslashes, wild cards, blanks and the zero byte are in all of them.
var (
	plain  = []rune("abcXYZ019 '\"`\\%_;-\t\n\x00")
	latin  = append([]rune("éßÄñ¿"), plain...)
	basic  = append([]rune("žЖλ漢字한"), latin...)
	astral = append([]rune("😀𝄞🚀"), basic...)
)

func (c column) text(r *rand.Rand) string {
	set := plain
	switch *c.Charset {
	case "latin1":
		set = latin
	case "utf8", "utf8mb3", "ucs2":
		set = basic
	case "utf8mb4", "utf16", "utf32":
		set = astral
	}
	n := r.IntN(int(min(c.MaxChars, 30)) + 1)
	if r.IntN(30) == 0 { // now and then a long one
		n = int(min(c.MaxChars, 2000))
	}
	// A text column's limit counts bytes, and its characters may take more of them here than there.
	room := int(min(c.MaxBytes, 8000))
	var b strings.Builder
	for range n {
		ch := set[r.IntN(len(set))]
		if room -= max(2, utf8.RuneLen(ch)); room < 0 {
			break
		}
		b.WriteRune(ch)
	}
	return b.String()
}

func (c column) bytes(r *rand.Rand) []byte {
	n := r.IntN(int(min(c.MaxBytes, 40)) + 1)
	if c.DataType == "binary" {
		n = int(c.MaxBytes)
	}
	return random(r, n)
}

func random(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func (c column) time(r *rand.Rand) string {
	date := func(from, to int) string {
		return fmt.Sprintf("%04d-%02d-%02d", from+r.IntN(to-from+1), 1+r.IntN(12), 1+r.IntN(28))
	}
	clock := fmt.Sprintf(":%02d:%02d", r.IntN(60), r.IntN(60))
	if c.Fraction > 0 {
		clock += "." + fmt.Sprintf("%06d", r.IntN(1_000_000))[:c.Fraction]
	}
	hour := fmt.Sprintf("%02d", r.IntN(24))
	switch c.DataType {
	case "date":
		return date(1000, 9999)
	case "year":
		return strconv.Itoa(1901 + r.IntN(255))
	case "time":
		return []string{"", "-"}[r.IntN(2)] + fmt.Sprintf("%02d", r.IntN(838)) + clock
	case "timestamp":
		return date(1971, 2037) + " " + hour + clock
	}
	return date(1000, 9999) + " " + hour + clock
}

func jsonText(r *rand.Rand) string {
	b, err := json.Marshal(map[string]any{"n": r.IntN(1000), "t": string(astral[r.IntN(len(astral))]), "l": []int{r.IntN(9), r.IntN(9)}})
	if err != nil {
		panic(err) // numbers and texts always marshal
	}
	return string(b)
}

// param turns an image read from the server into a value that addresses the same row.
func (c column) param(image *string) (any, error) {
	if image == nil {
		return nil, nil
	}
	var v any
	var err error
	switch c.DataType {
	case "tinyint", "smallint", "mediumint", "int", "bigint":
		if c.Unsigned() {
			v, err = strconv.ParseUint(*image, 10, 64)
		} else {
			v, err = strconv.ParseInt(*image, 10, 64)
		}
	case "bit":
		v, err = strconv.ParseUint(*image, 10, 64)
	case "float", "double":
		v, err = strconv.ParseFloat(*image, 64)
	case "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob":
		v = []byte(*image)
	default:
		v = *image
	}
	if err != nil {
		return nil, fmt.Errorf("read a key value of %s: %w", c.Name, err)
	}
	return v, nil
}
