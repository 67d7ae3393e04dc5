package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// tell prints each run, the medians, the median's ratio to the first tool's, and the highest peak of memory.
func tell(out io.Writer, tools []tool, costs map[string][]cost) {
	fmt.Fprintln(out)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	runs := 0
	for _, c := range costs {
		runs = max(runs, len(c))
	}
	head := []string{"tool"}
	for i := range runs {
		head = append(head, fmt.Sprintf("run %d s", i+1))
	}
	head = append(head, "median s", tools[0].name+" / tool", "peak MB")
	fmt.Fprintln(w, strings.Join(head, "\t")+"\t")
	first := median(costs[tools[0].name])
	for _, t := range tools {
		row := []string{t.name}
		mine := costs[t.name]
		for i := range runs {
			if i < len(mine) {
				row = append(row, fmt.Sprintf("%.2f", mine[i].took.Seconds()))
			} else {
				row = append(row, "-")
			}
		}
		m := median(mine)
		if m == 0 {
			row = append(row, "-", "-", "-")
		} else {
			ratio, peak := "-", "-"
			if first > 0 {
				ratio = fmt.Sprintf("%.2f", first.Seconds()/m.Seconds())
			}
			if kb := slices.MaxFunc(mine, func(a, b cost) int { return int(a.peak - b.peak) }).peak; kb > 0 {
				peak = fmt.Sprintf("%.1f", float64(kb)/1024)
			}
			row = append(row, fmt.Sprintf("%.2f", m.Seconds()), ratio, peak)
		}
		fmt.Fprintln(w, strings.Join(row, "\t")+"\t")
	}
	w.Flush()
	if len(tools) > 1 {
		fmt.Fprintf(out, "\nThe ratio is %s's median time over the tool's: below 1.00, %[1]s is the faster.\n", tools[0].name)
	}
}

// median of the times; 0 without any.
func median(costs []cost) time.Duration {
	var took []time.Duration
	for _, c := range costs {
		took = append(took, c.took)
	}
	slices.Sort(took)
	switch n := len(took); {
	case n == 0:
		return 0
	case n%2 == 1:
		return took[n/2]
	default:
		return (took[n/2-1] + took[n/2]) / 2
	}
}
