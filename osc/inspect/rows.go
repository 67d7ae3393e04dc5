package inspect

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"oscar/osc/ident"
	"oscar/osc/schema"
)

// Duplicates are values of a key, as the server prints them, that more than one row has; at most a number of them. Rows with NULL in the key are
// equal to none.
func Duplicates(ctx context.Context, q Reader, t ident.Table, k schema.Key, most int) ([]string, error) {
	var values, known []string
	for _, p := range k.Parts {
		value := p.Column.SQL()
		switch {
		case p.Column == "":
			value = "(" + p.Expression + ")"
		case p.Prefix > 0:
			value = "LEFT(" + value + "," + strconv.FormatInt(p.Prefix, 10) + ")"
		}
		values, known = append(values, value), append(known, value+" IS NOT NULL")
	}
	list := strings.Join(values, ", ")
	_, rows, err := q.Rows(ctx, sqlSelect+list+", COUNT(*) FROM "+t.SQL()+" WHERE "+strings.Join(known, " AND ")+" GROUP BY "+list+
		" HAVING COUNT(*) > 1 LIMIT "+strconv.Itoa(most))
	if err != nil {
		return nil, fmt.Errorf("list duplicates in %s of %s: %w", k.Name.SQL(), t, err)
	}
	var found []string
	for _, r := range rows {
		var text []string
		for _, v := range r[:len(r)-1] {
			text = append(text, strconv.Quote(*v))
		}
		found = append(found, "("+strings.Join(text, ", ")+") "+*r[len(r)-1]+" times")
	}
	return found, nil
}

// Surplus is how many rows more the first table has than the second, both counted as of one moment.
func Surplus(ctx context.Context, q Reader, first, second ident.Table) (int64, error) {
	_, rows, err := q.Rows(ctx, sqlSelect+"("+sqlCountHead+first.SQL()+") - ("+sqlCountHead+second.SQL()+")")
	if err != nil {
		return 0, fmt.Errorf("count the rows of %s and %s: %w", first, second, err)
	}
	n, err := strconv.ParseInt(*rows[0][0], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("count the rows of %s and %s: %w", first, second, err)
	}
	return n, nil
}
