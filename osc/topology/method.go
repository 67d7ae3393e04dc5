package topology

import (
	"errors"
	"fmt"
	"strings"

	"oscar/dsn"
)

// Method is a way to find replicas.
type Method string

// The methods. None and Cluster find nothing.
const (
	Processlist Method = "processlist"
	Hosts       Method = "hosts"
	List        Method = "dsn"
	Cluster     Method = "cluster"
	None        Method = "none"
)

// Methods are tried in order; the first that finds a replica is taken. The zero value finds nothing.
type Methods struct {
	Order []Method
	List  dsn.DSN // the table of DSNs, for List
	Given bool    // by the operator: then a method that may not be used is an error, else a note
}

// Default is what pt-online-schema-change does when nothing is said: a list of processes has no ports, so it helps only where all servers have the usual one.
func Default(port uint16) Methods {
	if port != 0 && port != 3306 {
		return Methods{Order: []Method{Hosts}}
	}
	return Methods{Order: []Method{Processlist, Hosts}}
}

// ParseMethods reads the elements of --recursion-method. Commas of a DSN have split it; its parts are joined again.
func ParseMethods(elements []string) (Methods, error) {
	m := Methods{Given: true}
	for i, e := range elements {
		if text, is := strings.CutPrefix(e, "dsn="); is {
			d, err := dsn.Parse(strings.Join(append([]string{text}, elements[i+1:]...), ","))
			if err != nil {
				return Methods{}, fmt.Errorf("Invalid --recursion-method: %w", err) //nolint:staticcheck // the form of all usage errors
			}
			if d.Database == "" || d.Table == "" {
				return Methods{}, errors.New("Invalid --recursion-method: the DSN must name a database (D) and a table (t), such as dsn=D=percona,t=dsns") //nolint:staticcheck // as above
			}
			m.Order, m.List = append(m.Order, List), d
			break
		}
		switch method := Method(e); method {
		case Processlist, Hosts:
			m.Order = append(m.Order, method)
		case None, Cluster:
			if len(elements) > 1 {
				return Methods{}, fmt.Errorf("Invalid --recursion-method: %s goes with no other method", e) //nolint:staticcheck // as above
			}
		default:
			return Methods{}, fmt.Errorf("Invalid --recursion-method: %q (processlist, hosts, dsn=DSN, cluster or none)", e) //nolint:staticcheck // as above
		}
	}
	return m, nil
}
