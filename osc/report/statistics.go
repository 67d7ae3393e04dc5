package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Statistics are the lines of --statistics: a count for each event, sorted by name, in pt-online-schema-change's form.
func Statistics(counts map[string]int) []Line {
	width := len("Event")
	for name := range counts {
		width = max(width, len(name))
	}
	lines := []Line{
		{Text: fmt.Sprintf("# %-*s %5s", width, "Event", "Count")},
		{Text: fmt.Sprintf("# %s %s", strings.Repeat("=", width), "=====")},
	}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		lines = append(lines, Line{Text: fmt.Sprintf("# %-*s %5d", width, name, counts[name])})
	}
	return lines
}
