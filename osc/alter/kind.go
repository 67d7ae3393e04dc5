package alter

// Kind is what a clause does. The zero value is Unknown.
type Kind int

// The kinds.
const (
	Unknown           Kind = iota // not understood: only the altered table can tell
	AddColumn                     // ADD [COLUMN]
	DropColumn                    // DROP [COLUMN]
	Modify                        // MODIFY [COLUMN]
	Change                        // CHANGE [COLUMN], also when the name stays
	RenameColumn                  // RENAME COLUMN
	AlterColumn                   // ALTER [COLUMN] c SET ..., DROP DEFAULT
	AddKey                        // ADD INDEX, UNIQUE, PRIMARY KEY, FULLTEXT, SPATIAL, VECTOR: see KeyKind
	DropKey                       // DROP INDEX, DROP PRIMARY KEY
	RenameKey                     // RENAME INDEX
	AlterIndex                    // ALTER INDEX k VISIBLE, INVISIBLE, IGNORED
	AddForeignKey                 // ADD [CONSTRAINT] FOREIGN KEY
	DropForeignKey                // DROP FOREIGN KEY
	AddCheck                      // ADD [CONSTRAINT] CHECK
	AlterCheck                    // ALTER CHECK or CONSTRAINT c [NOT] ENFORCED
	DropConstraint                // DROP CONSTRAINT or CHECK: a check, a key or a foreign key of that name
	RenameTable                   // RENAME [TO] t
	Engine                        // ENGINE = e
	AutoIncrement                 // AUTO_INCREMENT = n
	RowFormat                     // ROW_FORMAT = f
	TableOption                   // any other table option
	ConvertCharset                // CONVERT TO CHARACTER SET
	DefaultCharset                // [DEFAULT] CHARACTER SET, [DEFAULT] COLLATE
	Partition                     // everything about partitions; Option.Name is the verb, BY for PARTITION BY
	OrderBy                       // ORDER BY
	DiscardTablespace             // DISCARD TABLESPACE
	ImportTablespace              // IMPORT TABLESPACE
	SystemVersioning              // ADD or DROP SYSTEM VERSIONING, ADD or DROP PERIOD
	Algorithm                     // ALGORITHM = a
	Lock                          // LOCK = l
	Force                         // FORCE
	WithValidation                // WITH or WITHOUT VALIDATION
	EnableKeys                    // ENABLE KEYS
	DisableKeys                   // DISABLE KEYS
)

var kindNames = [...]string{
	Unknown: "a clause that is not understood", AddColumn: "ADD COLUMN", DropColumn: "DROP COLUMN", Modify: "MODIFY COLUMN",
	Change: "CHANGE COLUMN", RenameColumn: "RENAME COLUMN", AlterColumn: "ALTER COLUMN", AddKey: "ADD KEY", DropKey: "DROP KEY",
	RenameKey: "RENAME KEY", AlterIndex: "ALTER INDEX", AddForeignKey: "ADD FOREIGN KEY", DropForeignKey: "DROP FOREIGN KEY",
	AddCheck: "ADD CHECK", AlterCheck: "ALTER CHECK", DropConstraint: "DROP CONSTRAINT", RenameTable: "RENAME TO", Engine: "ENGINE",
	AutoIncrement: "AUTO_INCREMENT", RowFormat: "ROW_FORMAT", TableOption: "table option", ConvertCharset: "CONVERT TO CHARACTER SET",
	DefaultCharset: "DEFAULT CHARACTER SET", Partition: "PARTITION", OrderBy: "ORDER BY", DiscardTablespace: "DISCARD TABLESPACE",
	ImportTablespace: "IMPORT TABLESPACE", SystemVersioning: "SYSTEM VERSIONING", Algorithm: "ALGORITHM", Lock: "LOCK", Force: "FORCE",
	WithValidation: "VALIDATION", EnableKeys: "ENABLE KEYS", DisableKeys: "DISABLE KEYS",
}

// String is the kind in the words of SQL, for messages.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return kindNames[Unknown]
	}
	return kindNames[k]
}

// KeyKind is the kind of a key. The zero value is for clauses that say nothing of it.
type KeyKind int

// The kinds of keys.
const (
	NoKeyKind KeyKind = iota
	Plain
	Unique
	Primary
	Fulltext
	Spatial
	Vector
)

// String is the kind in the words of SQL.
func (k KeyKind) String() string {
	switch k {
	case Plain:
		return "INDEX"
	case Unique:
		return "UNIQUE"
	case Primary:
		return "PRIMARY KEY"
	case Fulltext:
		return "FULLTEXT"
	case Spatial:
		return "SPATIAL"
	case Vector:
		return "VECTOR"
	default:
		return ""
	}
}
