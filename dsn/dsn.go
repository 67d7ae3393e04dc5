// Package dsn reads and writes connection text of the form "h=db1,P=3306,u=app,D=shop,t=orders", fills its gaps from other
// DSNs, from command line options and from my.cnf files, and makes a driver configuration of the result.
//
// It opens no connection. Precedence is: the DSN, then the DSN it inherits from, then options, then defaults files.
package dsn

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// DSN says where a table is and how to get there. A field's zero value means "not given".
// DSNs are values and are compared with ==.
type DSN struct {
	Charset      string  // A: connection character set
	Database     string  // D: schema of the table, and the session's default schema
	DefaultsFile string  // F: the only my.cnf file to read
	Port         uint16  // P
	Socket       string  // S: path of a unix socket; used when the host is absent or "localhost"
	Host         string  // h: name, IPv4 or IPv6 address, with or without brackets
	Password     Secret  // p
	SSL          TLSMode // s
	Table        string  // t
	User         string  // u
}

// keys are the letters of the text form in canonical order.
const keys = "ADFPShpstu"

// commaHint ends each message that an unescaped comma may have caused.
const commaHint = `a comma inside a value is written as \,`

// Parse reads comma separated parts "x=value". A comma inside a value is written as "\,"; no other escape exists. A part
// without "x=" is taken as the host. Values are not trimmed, empty parts are skipped, and an empty value counts as not given,
// except that "p=" is an empty password.
//
// Errors are one line, name the key and the number of the part, and never hold a value: a part may be the tail of a password.
func Parse(s string) (DSN, error) {
	var d DSN
	seen := map[rune]int{}
	for i, part := range split(s) {
		number := i + 1
		if part == "" {
			continue
		}
		key, value, err := cutKey(part)
		if err != nil {
			return DSN{}, fmt.Errorf("part %d of the DSN %w; %s", number, err, commaHint)
		}
		if !strings.ContainsRune(keys, key) {
			//lint:ignore ST1005 the wording operators know
			return DSN{}, fmt.Errorf("Unknown DSN option %s in part %d of the DSN; the keys are %s; %s",
				strconv.QuoteRune(key), number, strings.Join(strings.Split(keys, ""), " "), commaHint)
		}
		if first, twice := seen[key]; twice {
			return DSN{}, fmt.Errorf("DSN option '%c' is given twice, in parts %d and %d of the DSN; keep one; %s", key, first, number, commaHint)
		}
		seen[key] = number
		if err := d.set(key, value); err != nil {
			return DSN{}, fmt.Errorf("DSN option '%c' in part %d of the DSN: %w", key, number, err)
		}
	}
	return d, nil
}

// split cuts at each comma that has no backslash before it and takes that backslash away from the others.
func split(s string) []string {
	var parts []string
	start := 0
	for i := range len(s) {
		if s[i] == ',' && (i == 0 || s[i-1] != '\\') {
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	parts = append(parts, s[start:])
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(p, `\,`, ",")
	}
	return parts
}

// cutKey splits "x=value". A part without an equals sign is a host.
func cutKey(part string) (rune, string, error) {
	name, value, found := strings.Cut(part, "=")
	switch utf8.RuneCountInString(name) {
	case 1:
		if found {
			key, _ := utf8.DecodeRuneInString(name)
			return key, value, nil
		}
	case 0:
		return 0, "", errors.New("has no key before the equals sign")
	}
	if found {
		return 0, "", errors.New("has a key of more than one letter")
	}
	return 'h', part, nil
}

// set gives one field its value. The key is one of keys.
func (d *DSN) set(key rune, value string) (err error) {
	switch key {
	case 'A':
		d.Charset, err = value, checkCharset(value)
	case 'D':
		d.Database = value
	case 'F':
		d.DefaultsFile = value
	case 'P':
		d.Port, err = ParsePort(value)
	case 'S':
		d.Socket = value
	case 'h':
		d.Host, err = value, checkHost(value)
	case 'p':
		d.Password = NewSecret(value)
	case 's':
		d.SSL, err = ParseTLSMode(value)
	case 't':
		d.Table = value
	case 'u':
		d.User = value
	}
	return err
}

// ParsePort reads a TCP port. An empty text gives 0, which means not given. The error does not hold the text.
func ParsePort(s string) (uint16, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 {
		return 0, errors.New("the port must be a number from 1 to 65535")
	}
	return uint16(n), nil
}

// checkHost refuses "name:port", which would otherwise fail much later as an unknown host.
func checkHost(host string) error {
	if strings.Count(host, ":") == 1 || strings.Contains(host, "]:") {
		return errors.New("the host must not hold a port; write h=HOST,P=PORT")
	}
	return nil
}

// checkCharset allows what a character set's name may hold: the name is sent inside SET NAMES.
func checkCharset(name string) error {
	for _, r := range name {
		if r != '_' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)) {
			return errors.New("a character set's name holds only letters, digits and underscores, such as utf8mb4")
		}
	}
	return nil
}

// Inherit fills what d does not give from another DSN. Database and table are never copied: they belong to one place only.
func (d DSN) Inherit(from DSN) DSN {
	return DSN{
		Charset:      cmp.Or(d.Charset, from.Charset),
		Database:     d.Database,
		DefaultsFile: cmp.Or(d.DefaultsFile, from.DefaultsFile),
		Port:         cmp.Or(d.Port, from.Port),
		Socket:       cmp.Or(d.Socket, from.Socket),
		Host:         cmp.Or(d.Host, from.Host),
		Password:     cmp.Or(d.Password, from.Password),
		SSL:          cmp.Or(d.SSL, from.SSL),
		Table:        d.Table,
		User:         cmp.Or(d.User, from.User),
	}
}

// WithDefaults fills what d does not give from command line options, the database included; no option gives a table.
// An option that switches TLS off counts as not given, as does port 0: "--mysql_ssl 0" leaves the choice to the defaults file.
func (d DSN) WithDefaults(opts DSN) DSN {
	if opts.SSL == TLSOff {
		opts.SSL = ""
	}
	filled := d.Inherit(opts)
	filled.Database = cmp.Or(d.Database, opts.Database)
	return filled
}

// Complete reports what is missing to name one table: database, table or both.
func (d DSN) Complete() error {
	var missing string
	switch {
	case d.Database == "" && d.Table == "":
		missing = "D and t are missing"
	case d.Database == "":
		missing = "D is missing"
	case d.Table == "":
		missing = "t is missing"
	default:
		return nil
	}
	//lint:ignore ST1005 the wording operators know
	return errors.New("The DSN must specify a database (D) and a table (t); " + missing)
}

// String returns the DSN for people: keys in canonical order, the password as "...", control characters as "?", so that it is
// one line. It says nothing about gaps that a defaults file fills.
func (d DSN) String() string {
	d.Password = shown(d.Password)
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return '?'
		}
		return r
	}, d.Format())
}

// shown replaces a given secret by dots.
func shown(s Secret) Secret {
	if !s.Given() {
		return s
	}
	return NewSecret(redacted)
}

// GoString returns what String returns, for %#v.
func (d DSN) GoString() string { return fmt.Sprintf("dsn.DSN(%q)", d.String()) }

// Format returns text that Parse reads back to the same value. It holds the password: never log it, never print it.
//
// A value that ends in a backslash is written last, since the text form has no other place for it; two such values in one DSN
// cannot be told apart by Parse.
func (d DSN) Format() string {
	var port string
	if d.Port != 0 {
		port = strconv.Itoa(int(d.Port))
	}
	values := []string{d.Charset, d.Database, d.DefaultsFile, port, d.Socket, d.Host, d.Password.Reveal(), string(d.SSL), d.Table, d.User}
	var parts []string
	for i, v := range values {
		if v != "" || keys[i] == 'p' && d.Password.Given() {
			parts = append(parts, keys[i:i+1]+"="+strings.ReplaceAll(v, ",", `\,`))
		}
	}
	slices.SortStableFunc(parts, func(a, b string) int {
		return cmp.Compare(trailingBackslash(a), trailingBackslash(b))
	})
	return strings.Join(parts, ",")
}

func trailingBackslash(s string) int {
	if strings.HasSuffix(s, `\`) {
		return 1
	}
	return 0
}
