package preflight

import (
	"oscar/osc/alter"
	"oscar/osc/ident"
	"oscar/triggers"
)

// agreement compares what the ALTER's text says of columns with what the server did. Where the two differ, one of them was misread, and
// values would go to the wrong column or nowhere.
func agreement(a altered) Refusals {
	var all Refusals
	disagree := func(why, try string) {
		all = append(all, Refusal{Check: "text and table disagree", Why: why, Try: try, Kind: Unsupported})
	}
	const plainer = "write the ALTER so that every column it adds, drops or renames has a clause of its own"

	for _, r := range a.Alter.Renames() {
		_, had := a.Table.Column(r.From)
		if _, has := a.shadow.Column(r.To); had && !has {
			disagree("the ALTER renames "+r.From.SQL()+" to "+r.To.SQL()+", but the new table has no such column", plainer)
		}
	}
	for _, c := range a.Table.Columns {
		_, kept := a.image(c.Name)
		switch dropped := a.names(alter.DropColumn, c.Name); {
		case kept && dropped:
			disagree("the ALTER drops the column "+c.Name.SQL()+", but the new table has it", plainer)
		case !kept && !dropped:
			disagree("the values of "+c.Name.SQL()+" are to go nowhere, but no clause of the ALTER drops it", plainer)
		}
	}
	for _, c := range a.shadow.Columns {
		if _, ok := a.origin(c.Name); ok || a.names(alter.AddColumn, c.Name) {
			continue
		}
		disagree("the new table has a column "+c.Name.SQL()+", but no clause of the ALTER adds it", plainer)
	}
	for i, p := range a.pairs {
		_, had := a.Table.Column(p.Original)
		_, has := a.shadow.Column(p.New)
		switch {
		case !had || !has:
			disagree("the values of "+p.Original.SQL()+" would go to "+p.New.SQL()+", but one of the two columns does not exist", plainer)
		case !p.New.Is(a.renamed(p.Original)):
			disagree("the values of "+p.Original.SQL()+" would go to "+p.New.SQL()+", but no clause of the ALTER renames it so", plainer)
		case doubled(a.pairs[:i], p):
			disagree("the column "+p.Original.SQL()+" or "+p.New.SQL()+" would be copied twice", plainer)
		}
	}
	return all
}

func doubled(earlier []triggers.Pair, p triggers.Pair) bool {
	for _, e := range earlier {
		if e.Original.Is(p.Original) || e.New.Is(p.New) {
			return true
		}
	}
	return false
}

// names reports whether a clause of the kind is about the column.
func (a altered) names(kind alter.Kind, column ident.Name) bool {
	for _, c := range a.Alter.Clauses() {
		if c.Kind == kind && c.Column.Is(column) {
			return true
		}
	}
	return false
}

// renamed is the name that an original column has after the ALTER, as the text says.
func (f Facts) renamed(column ident.Name) ident.Name {
	for _, r := range f.Alter.Renames() {
		if r.From.Is(column) {
			return r.To
		}
	}
	return column
}
