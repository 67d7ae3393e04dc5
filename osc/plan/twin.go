package plan

import (
	"regexp"
	"slices"
	"strings"
)

// Difference compares the CREATE TABLE that was sent with the one that the server reports of the table that came of it. It gives the first
// lines that differ; ok is true when the two say the same. Left out is what may differ in one and the same definition: the table's name, the
// counter, the order of constraints, a character set beside the collation that implies it, and remarks on old formats of values.
func Difference(sent, reported string) (line, instead string, ok bool) {
	a, b := lines(sent), lines(reported)
	for i := range max(len(a), len(b)) {
		line, instead = "", ""
		if i < len(a) {
			line = a[i]
		}
		if i < len(b) {
			instead = b[i]
		}
		if line != instead {
			return line, instead, false
		}
	}
	return "", "", true
}

var (
	counter = regexp.MustCompile(` AUTO_INCREMENT=\d+`)
	implied = regexp.MustCompile(`CHARACTER SET \w+ COLLATE`)
	remark  = regexp.MustCompile(` /\* (mariadb-5\.3|mysql-5\.6|5\.5 binary format) \*/`)
)

func lines(create string) []string {
	_, body, _ := strings.Cut(create, "\n")
	body = implied.ReplaceAllString(remark.ReplaceAllString(counter.ReplaceAllString(body, ""), ""), "COLLATE")
	var constraints, others []string
	for line := range strings.SplitSeq(body, "\n") {
		line = strings.TrimSuffix(strings.TrimSpace(line), ",")
		if strings.HasPrefix(line, "CONSTRAINT ") {
			constraints = append(constraints, line)
		} else {
			others = append(others, line)
		}
	}
	slices.Sort(constraints)
	return append(others, constraints...)
}
