package conn

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
)

var questions = map[string]func(error) bool{
	"lock wait": IsLockWait, "deadlock": IsDeadlock, "interrupted": IsInterrupted, "table exists": IsTableExists, "no such table": IsNoSuchTable,
	"no such schema": IsNoSuchSchema, "trigger exists": IsTriggerExists, "parse": IsParse, "denied": IsDenied, "lost": IsLost,
}

func TestClassification(t *testing.T) {
	server := func(n uint16) error { return &mysql.MySQLError{Number: n, Message: "said so"} }
	tests := map[string]struct {
		err  error
		want string // the questions that say yes
	}{
		"no error is nothing":                     {nil, ""},
		"a lock that was not granted":             {server(1205), "lock wait"},
		"the victim of a deadlock":                {server(1213), "deadlock"},
		"a killed statement keeps its connection": {server(1317), "interrupted"},
		"a name that is taken":                    {server(1050), "table exists"},
		"a table that is not there":               {server(1146), "no such table"},
		"a table that cannot be dropped":          {server(1051), "no such table"},
		"a schema that is not there":              {server(1049), "no such schema"},
		"a trigger's name that is taken":          {server(1359), "trigger exists"},
		"unknown syntax":                          {server(1064), "parse"},
		"no right to the schema":                  {server(1044), "denied"},
		"no right to connect":                     {server(1045), "denied"},
		"no right to the table":                   {server(1142), "denied"},
		"no such right at all":                    {server(1227), "denied"},
		"the server shuts down":                   {server(1053), "lost"},
		"the connection was killed":               {server(1927), "lost"},
		"the client was idle too long":            {server(4031), "lost"},
		"another number is nothing":               {server(1062), ""},
		"the driver gave the connection up":       {mysql.ErrInvalidConn, "lost"},
		"the pool gave the connection up":         {driver.ErrBadConn, "lost"},
		"the session was closed":                  {sql.ErrConnDone, "lost"},
		"the stream ended":                        {io.EOF, "lost"},
		"the stream ended in a packet":            {io.ErrUnexpectedEOF, "lost"},
		"the network refuses":                     {&net.OpError{Op: "dial", Err: errors.New("connection refused")}, "lost"},
		"the network is too slow":                 {&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, "lost"},
		"no rows is nothing":                      {sql.ErrNoRows, ""},
		"a cancelled context is nothing":          {context.Canceled, ""},
		"a context out of time loses nothing":     {context.DeadlineExceeded, ""},
		"out of time and the connection with it":  {fmt.Errorf("%w (%w)", context.DeadlineExceeded, mysql.ErrInvalidConn), "lost"},
		"out of time and the statement killed":    {fmt.Errorf("%w (%w)", context.DeadlineExceeded, server(1317)), "interrupted"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, err := range []error{test.err, wrap(test.err)} {
				var yes []string
				for name, is := range questions {
					if is(err) {
						yes = append(yes, name)
					}
				}
				slices.Sort(yes)
				if got := strings.Join(yes, ", "); got != test.want {
					t.Errorf("%v is\n got %q\nwant %q", err, got, test.want)
				}
			}
		})
	}
}

func wrap(err error) error {
	if err == nil {
		return nil
	}
	return errors.Join(errors.New("create triggers"), fmt.Errorf("lock table: %w", err))
}

func TestNumber(t *testing.T) {
	if got := Number(wrap(&mysql.MySQLError{Number: 1205})); got != 1205 {
		t.Errorf("\n got %d\nwant 1205", got)
	}
	if got := Number(io.EOF); got != 0 {
		t.Errorf("an error that no server sent has the number %d", got)
	}
}
