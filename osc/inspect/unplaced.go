package inspect

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"oscar/osc/ident"
)

// Values runs a query that lists rows of a table and returns at most a number of them, as a person reads them; more reports whether there are
// others. The query takes no lock. It reads the whole table when no index helps it.
func Values(ctx context.Context, q Reader, t ident.Table, query string, most int) (found []string, more bool, err error) {
	_, rows, err := q.Rows(ctx, query+" LIMIT "+strconv.Itoa(most+1))
	if err != nil {
		return nil, false, fmt.Errorf("look for rows of %s that have no place: %w", t, err)
	}
	for _, r := range rows {
		var values []string
		for _, v := range r {
			if v == nil {
				values = append(values, "NULL")
			} else {
				values = append(values, strconv.Quote(*v))
			}
		}
		found = append(found, "("+strings.Join(values, ", ")+")")
	}
	if len(found) > most {
		return found[:most], true, nil
	}
	return found, false, nil
}
