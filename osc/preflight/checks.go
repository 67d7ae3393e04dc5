package preflight

// before are the checks of Before. The first refusal decides the exit code, so what an operator must mend first comes first.
var before = []func(Facts) Refusals{
	privileges,
	triggerTrust,
	galera,
	replica,
	engine,
	keys,
	existingTriggers,
	triggerNames,
	children,
	selfReference,
	unreadClauses,
	conditionalClauses,
	renamesTable,
	versioning,
	tablespace,
	partitions,
	targetEngine,
	readdedColumns,
	constraintNames,
}

// after are the checks of After.
var after = []func(altered) Refusals{
	agreement,
	generation,
	newVersioning,
	overlaps,
	newEngine,
	cascades,
	newCascades,
	newSelfReference,
	lateExpressions,
	summerKeys,
	newColumns,
	numberedNulls,
	numberedKey,
	rowKey,
}
