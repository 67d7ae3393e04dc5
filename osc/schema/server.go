package schema

import "strings"

// Flavor is the family of a server. The zero value is unknown: then no statement of one family alone is used.
type Flavor int

// The families.
const (
	UnknownFlavor Flavor = iota
	MySQL
	MariaDB
)

func (f Flavor) String() string {
	switch f {
	case MySQL:
		return "MySQL"
	case MariaDB:
		return "MariaDB"
	default:
		return "unknown server"
	}
}

// Server is what oscar needs to know of a server, read once at the start.
type Server struct {
	Flavor   Flavor
	Version  string // as the server gives it; for messages only, never compared
	ID       int64  // @@server_id
	UUID     string // @@server_uuid (MySQL) or @@server_uid where there is one, else empty
	Hostname string
	Account  string            // CURRENT_USER()
	Vars     map[string]string // global variables by lower-case name; a missing one does not exist on this server
}

// Var is the value of a global variable; ok is false when this server does not have it. This is how oscar learns what a server can do.
func (s Server) Var(name string) (value string, ok bool) {
	value, ok = s.Vars[strings.ToLower(name)]
	return value, ok
}

// On reports whether a global variable exists and is switched on.
func (s Server) On(name string) bool {
	v, ok := s.Var(name)
	return ok && (v == "1" || strings.EqualFold(v, "ON"))
}
