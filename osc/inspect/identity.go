package inspect

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"oscar/osc/conn"
	"oscar/osc/ident"
	"oscar/osc/schema"
)

// Storage tells a table's rows from others under the same name: TRUNCATE, EXCHANGE PARTITION, OPTIMIZE and IMPORT TABLESPACE leave the definition as it
// is. RENAME, ANALYZE, a new index and a new comment leave the storage as it is.
type Storage struct {
	// Parts are one entry a tablespace, sorted: the partition, InnoDB's table id and its space. All three servers give the table a new id in each of
	// the cases above.
	Parts []string
	// Exact is false when the account lacks PROCESS, without which no server shows the ids. Then Parts are times of creation, which change with
	// partitions and with RENAME, and not with TRUNCATE or EXCHANGE PARTITION.
	Exact bool
}

// Same reports whether the rows are still those of the same table.
func (s Storage) Same(o Storage) bool { return s.Exact == o.Exact && slices.Equal(s.Parts, o.Parts) }

// StorageOf reads what tells a table's rows from others.
func StorageOf(ctx context.Context, q Reader, server schema.Server, name ident.Table) (Storage, error) {
	query := sqlInnodbTables
	if server.Flavor == schema.MariaDB {
		query = sqlInnodbSysTables
	}
	rows, err := read(ctx, q, query, likeFile(name))
	if err != nil && !conn.IsDenied(err) {
		return Storage{}, fmt.Errorf("read the storage of %s: %w", name, err)
	}
	mine := fileNames(name)
	s := Storage{Exact: true}
	for _, r := range rows {
		if m := mine.FindStringSubmatch(r["name"]); m != nil {
			s.Parts = append(s.Parts, strings.ToLower(m[1])+" "+r["table_id"]+" "+r["space"])
		}
	}
	if len(s.Parts) == 0 {
		return created(ctx, q, name)
	}
	slices.Sort(s.Parts)
	return s, nil
}

func created(ctx context.Context, q Reader, name ident.Table) (Storage, error) {
	rows, err := read(ctx, q, sqlCreated, string(name.Schema), string(name.Name), string(name.Schema), string(name.Name))
	if err != nil {
		return Storage{}, fmt.Errorf("read when %s was created: %w", name, err)
	}
	var s Storage
	for _, r := range rows {
		s.Parts = append(s.Parts, r["part"]+" "+r["created"])
	}
	slices.Sort(s.Parts)
	return s, nil
}

// likeFile is a LIKE pattern, with | as its escape, that InnoDB's names of a table and its partitions fit, and some other names too.
func likeFile(name ident.Table) string {
	var b strings.Builder
	for _, n := range []ident.Name{name.Schema, name.Name} {
		for _, r := range string(n) {
			switch {
			case r == '_':
				b.WriteString("|_")
			case plainRune(r):
				b.WriteRune(r)
			case r < 0x80:
				fmt.Fprintf(&b, "@00%02x", r)
			default:
				b.WriteString("@%")
			}
		}
		b.WriteByte('%')
	}
	return b.String()
}

// fileNames fits InnoDB's names of a table and its partitions; the group is the partition. Names are encoded for file systems ("Mapping of
// Identifiers to File Names" in MySQL's manual): what is not a letter, digit or _ of ASCII stands as @ and four hexadecimal digits, letters of some
// alphabets as @ and two characters of a table that only the server has. Names that differ in such letters alone are taken for one another,
// which can only make one table's rebuild count for the other as well.
func fileNames(name ident.Table) *regexp.Regexp {
	encode := func(n ident.Name) string {
		var b strings.Builder
		for _, r := range string(n) {
			switch {
			case plainRune(r):
				b.WriteRune(r)
			case shortRune(r):
				fmt.Fprintf(&b, "@(?:%04x|[0-9A-Za-z@]{2})", r)
			default:
				fmt.Fprintf(&b, "@%04x", r)
			}
		}
		return b.String() + "(?:@@@)?" // of names that a file system reserves
	}
	return regexp.MustCompile("^" + encode(name.Schema) + "/" + encode(name.Name) + "(#[pP]#.*)?$")
}

// shortRune reports whether a letter may have a code of two characters.
func shortRune(r rune) bool {
	return r >= 0xc0 && r <= 0x5ff || r >= 0x1e00 && r <= 0x1fff || r >= 0x2160 && r <= 0x217f || r >= 0x24b0 && r <= 0x24ef || r >= 0xff20 && r <= 0xff5f
}

func plainRune(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// Mark is a trigger as somebody made it: one that was dropped and made again has another, unless it is the same word for word and came within the same
// hundredth of a second.
type Mark struct {
	Name ident.Name
	Made string // event, timing, time of creation (1/100 s), definer, sql_mode and body; for comparing only
}

// MarksOn are the marks of a table's triggers. RENAME TABLE leaves them as they are.
func MarksOn(ctx context.Context, q Reader, name ident.Table) ([]Mark, error) {
	rows, err := read(ctx, q, sqlMarks, string(name.Schema), string(name.Name))
	if err != nil {
		return nil, fmt.Errorf("read the triggers of %s: %w", name, err)
	}
	var marks []Mark
	for _, r := range rows {
		made := []string{r["event_manipulation"], r["action_timing"], r["made"], r["definer"], r["sql_mode"], r["action_statement"]}
		marks = append(marks, Mark{Name: ident.Name(r["trigger_name"]), Made: strings.Join(made, "\x00")})
	}
	return marks, nil
}

var counter = regexp.MustCompile(`(?m)^\) ENGINE=\S+(?: [A-Z_]+=\S+)*? AUTO_INCREMENT=([0-9]+)`)

// Counter is the AUTO_INCREMENT that the table's next row gets, read from its definition: information_schema.tables may be a day old on MySQL. It is 1
// where the definition names none.
func Counter(ctx context.Context, q Reader, name ident.Table) (uint64, error) {
	text, err := Definition(ctx, q, name)
	if err != nil {
		return 0, err
	}
	m := counter.FindStringSubmatch(text)
	if m == nil {
		return 1, nil
	}
	n, err := strconv.ParseUint(m[1], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read the AUTO_INCREMENT of %s: %w", name, err)
	}
	return n, nil
}

// Children are the foreign keys that reference a table.
func Children(ctx context.Context, q Reader, name ident.Table) ([]schema.Reference, error) {
	t := schema.Table{Name: name}
	err := children(ctx, q, &t)
	return t.Children, err
}
