package command

import (
	"fmt"
	"strings"
)

// usage is what a wrong command line gets.
func usage(name string, errs []error) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: %s [OPTIONS] DSN\n\nErrors in command-line arguments:\n", name)
	for _, err := range errs {
		fmt.Fprintf(&b, "  * %s\n", err)
	}
	fmt.Fprintf(&b, "\n%s --help lists the options.\n", name)
	return b.String()
}

// help is made from the table of options and the table of exit codes.
func help(name string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `Usage: %s [OPTIONS] DSN

Changes a table's schema while the table stays in use: rows are copied to an altered table, triggers keep it up to date, and at the end
it takes the place of the old one. Begin with --dry-run --print; nothing is changed without --execute.

  %s --alter "ADD INDEX (email)" --execute h=db1,u=app,D=shop,t=customer

DSN is key=value,... with the keys
  h host, P port, S socket, u user, p password, D database, t table, A charset, F defaults file, s TLS
`, name, name)
	width := 0
	for _, o := range options {
		width = max(width, len(o.head()))
	}
	for _, g := range groups {
		fmt.Fprintf(&b, "\n%s:\n", g)
		for _, o := range options {
			if o.group == g {
				for i, text := range wrap(o.text(), 96-width) {
					head := ""
					if i == 0 {
						head = o.head()
					}
					fmt.Fprintf(&b, "  %-*s  %s\n", width, head, text)
				}
			}
		}
	}
	b.WriteString("\nExit codes:\n   0  done\n")
	seen := map[Code]string{}
	highest := Code(0)
	for _, r := range exits {
		seen[r.code] = r.when
		highest = max(highest, r.code)
	}
	for code := Code(1); code <= highest; code++ {
		if when, is := seen[code]; is {
			fmt.Fprintf(&b, "  %2d  %s\n", int(code), when)
		}
	}
	return b.String()
}

// head is the option as it is written.
func (o option) head() string {
	head := "--" + o.name
	if o.kind == negating {
		head = "--[no]" + o.name
	}
	if o.short != "" {
		head = "-" + o.short + ", " + head
	}
	if o.takesValue() {
		head += " " + o.operand()
	}
	return head
}

func (o option) operand() string {
	switch {
	case o.argument != "":
		return o.argument
	case o.kind == number || o.kind == real:
		return "N"
	case o.kind == size:
		return "N[kMG]"
	case o.kind == duration:
		return "N[smhd]"
	default:
		return "TEXT"
	}
}

func (o option) text() string {
	if o.preset == "" {
		return o.help
	}
	return o.help + " [" + o.preset + "]"
}

// wrap breaks a text between words.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		switch {
		case line == "":
			line = word
		case len(line)+1+len(word) > width:
			lines, line = append(lines, line), word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}
