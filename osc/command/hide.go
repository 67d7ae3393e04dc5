package command

import "strings"

// HidePasswords returns copies of the arguments and overwrites the passwords in the originals with x. On Linux the strings of os.Args are
// the process's own argv memory, which ps and /proc show to every user of the machine, so the passwords are gone from there too; for a moment
// after the start they can be seen all the same. Elsewhere the originals stay as they are. The length of a password stays visible.
//
// args is os.Args and nothing else: strings from other memory are left alone.
func HidePasswords(args []string) []string {
	copies := make([]string, len(args))
	for i, a := range args {
		copies[i] = strings.Clone(a)
	}
	if len(args) == 0 {
		return copies
	}
	for _, s := range secrets(copies[1:]) {
		overwrite(args[s.arg+1][s.from:s.to])
	}
	return copies
}

// span is a part of an argument, in bytes.
type span struct{ arg, from, to int }

// secrets finds the passwords in argv without the program's name: values of secret options, and the key p of everything that may be a DSN.
func secrets(args []string) []span {
	l := arrange(args)
	var all []span
	for _, w := range l.words {
		if w.option.secret {
			all = append(all, span{w.arg, w.offset, len(args[w.arg])})
		}
	}
	for _, w := range l.words {
		if w.option.dsn {
			value := args[w.arg][w.offset:]
			from := w.offset + len(value) - len(strings.TrimPrefix(value, "dsn="))
			for _, s := range inDSN(w.arg, args[w.arg][from:]) {
				all = append(all, span{s.arg, s.from + from, s.to + from})
			}
		}
	}
	for _, i := range l.operands {
		all = append(all, inDSN(i, args[i])...)
	}
	return all
}

// inDSN finds the values of the key p. Parts end at a comma that has no backslash before it, as in dsn.Parse.
func inDSN(arg int, text string) []span {
	var all []span
	for from := 0; from <= len(text); {
		to := from
		for to < len(text) && (text[to] != ',' || to > 0 && text[to-1] == '\\') {
			to++
		}
		if strings.HasPrefix(text[from:to], "p=") {
			all = append(all, span{arg, from + 2, to})
		}
		from = to + 1
	}
	return all
}
