package throttle

import (
	"context"
	"errors"
	"io/fs"
	"os"
)

// File holds while a file exists; the option that names it is for the reason. A file that cannot be looked for is an error. Without a path it is always Go.
func File(path, option string) Gate {
	if path == "" {
		return All()
	}
	return GateFunc(func(context.Context) (Verdict, error) {
		_, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return Verdict{}, nil
		case err != nil:
			return Verdict{}, err
		default:
			return Verdict{State: Hold, Why: option + " " + path + " exists"}, nil
		}
	})
}
