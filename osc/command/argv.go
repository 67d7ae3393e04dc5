package command

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// word is an option found in argv.
type word struct {
	option option
	value  string // "true" or "false" where the option takes none
	arg    int    // the argument that holds the value
	offset int    // where in it the value begins, in bytes
}

// line is argv put in order.
type line struct {
	words    []word
	operands []int // arguments that are no options and no values
	errs     []error
}

// given says whether an option without a value is there.
func (l line) given(name string) bool {
	for _, w := range l.words {
		if w.option.name == name {
			return true
		}
	}
	return false
}

// arrange reads argv, without the program's name, as Getopt::Long does for pt-online-schema-change: options and the DSN in any order, until
// "--"; "--name value" and "--name=value"; beginnings of names that are unique; short options with the value glued on or following, and
// several letters in one word. It does not judge values. Errors hold option names only: what follows may be a password.
func arrange(args []string) line {
	var l line
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "--":
			for j := i + 1; j < len(args); j++ {
				l.operands = append(l.operands, j)
			}
			return l
		case strings.HasPrefix(a, "--"):
			i = l.long(args, i)
		case strings.HasPrefix(a, "-") && a != "-":
			i = l.short(args, i)
		default:
			l.operands = append(l.operands, i)
		}
	}
	return l
}

// long reads the option at i and returns the index of the last argument it took.
func (l *line) long(args []string, i int) int {
	name, value, glued := strings.Cut(args[i][2:], "=")
	o, no, err := resolve(name)
	switch {
	case err != nil:
		l.errs = append(l.errs, err)
	case !o.takesValue() && glued:
		l.errs = append(l.errs, fmt.Errorf("Option %s does not take a value", name)) //nolint:staticcheck // the form of all usage errors
	case !o.takesValue():
		l.words = append(l.words, word{option: o, value: fmt.Sprint(!no)})
	case glued:
		l.words = append(l.words, word{option: o, value: value, arg: i, offset: len(args[i]) - len(value)})
	default:
		return l.next(o, args, i)
	}
	return i
}

// short reads one word of letters.
func (l *line) short(args []string, i int) int {
	for at := 1; at < len(args[i]); {
		_, n := utf8.DecodeRuneInString(args[i][at:])
		letter := args[i][at : at+n]
		at += n
		o, known := byShort(letter)
		switch {
		case !known:
			l.errs = append(l.errs, unknown("-"+letter))
			return i
		case !o.takesValue():
			l.words = append(l.words, word{option: o, value: "true"})
		case at < len(args[i]):
			l.words = append(l.words, word{option: o, value: args[i][at:], arg: i, offset: at})
			return i
		default:
			return l.next(o, args, i)
		}
	}
	return i
}

// next takes the following argument as the value. An option in its place means that the value was forgotten.
func (l *line) next(o option, args []string, i int) int {
	if i+1 >= len(args) || isOption(args[i+1]) {
		l.errs = append(l.errs, fmt.Errorf("--%s requires a %s value", o.name, o.valueName()))
		return i
	}
	l.words = append(l.words, word{option: o, value: args[i+1], arg: i + 1})
	return i + 1
}

// valueName is the kind in pt-online-schema-change's words.
func (o option) valueName() string {
	switch o.kind {
	case number, real:
		return "number"
	default:
		return "string"
	}
}

func isOption(a string) bool {
	if name, is := strings.CutPrefix(a, "--"); is {
		name, _, _ = strings.Cut(name, "=")
		_, _, err := resolve(name)
		return name == "" || err == nil
	}
	if len(a) == 2 && a[0] == '-' {
		_, known := byShort(a[1:])
		return known
	}
	return false
}

// resolve finds the one option that a long name means.
func resolve(name string) (o option, no bool, err error) {
	found := byName(name)
	switch len(found) {
	case 0:
		return option{}, false, unknown("--" + name)
	case 1:
		return found[0].option, found[0].no, nil
	}
	var names []string
	for _, m := range found {
		if m.no {
			names = append(names, "no-"+m.option.name)
		} else {
			names = append(names, m.option.name)
		}
	}
	return option{}, false, fmt.Errorf("Option %s is ambiguous (%s)", name, strings.Join(names, ", ")) //nolint:staticcheck // Getopt::Long's wording
}

func unknown(name string) error { return errors.New("Unknown option: " + name) }
