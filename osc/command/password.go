package command

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/term"

	"oscar/dsn"
)

// askPassword asks on errs and reads the answer from in: without echo from a terminal, otherwise its first line. A signal while it waits
// gives the terminal its echo back and is an *Interrupted.
func askPassword(in io.Reader, errs io.Writer) (dsn.Secret, error) {
	fmt.Fprint(errs, "Enter MySQL password: ")
	f, is := in.(*os.File)
	if !is || !term.IsTerminal(int(f.Fd())) {
		text, err := firstLine(in)
		fmt.Fprintln(errs)
		return dsn.NewSecret(text), err
	}
	before, err := term.GetState(int(f.Fd()))
	if err != nil {
		return dsn.Secret{}, err
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	type answer struct {
		text []byte
		err  error
	}
	answers := make(chan answer, 1)
	go func() { // when a signal comes it is left waiting for the terminal; the process ends then
		text, err := term.ReadPassword(int(f.Fd()))
		answers <- answer{text, err}
	}()
	defer fmt.Fprintln(errs)
	select {
	case a := <-answers:
		return dsn.NewSecret(string(a.text)), a.err
	case s := <-signals:
		return dsn.Secret{}, errors.Join(&Interrupted{Signal: s}, term.Restore(int(f.Fd()), before))
	}
}

// firstLine reads no further than the end of the line.
func firstLine(in io.Reader) (string, error) {
	var line strings.Builder
	for one := make([]byte, 1); ; {
		n, err := in.Read(one)
		switch {
		case n == 1 && one[0] == '\n':
			return strings.TrimSuffix(line.String(), "\r"), nil
		case n == 1:
			line.WriteByte(one[0])
		case errors.Is(err, io.EOF) && line.Len() > 0:
			return strings.TrimSuffix(line.String(), "\r"), nil
		case errors.Is(err, io.EOF):
			return "", errors.New("the standard input holds no password")
		case err != nil:
			return "", err
		}
	}
}
