package conn

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"

	"github.com/go-sql-driver/mysql"
)

// Error numbers of the server that oscar branches on (MySQL "Server Error Message Reference", MariaDB "Error Codes").
const (
	erDbAccessDenied      = 1044
	erAccessDenied        = 1045
	erBadDb               = 1049
	erTableExists         = 1050
	erBadTable            = 1051
	erServerShutdown      = 1053
	erDupEntry            = 1062
	erDupEntryKeyName     = 1586
	erParse               = 1064
	erNoSuchThread        = 1094
	erTableAccessDenied   = 1142
	erUnknownVariable     = 1193
	erNoSuchTable         = 1146
	erLockWaitTimeout     = 1205
	erDeadlock            = 1213
	erSpecificAccess      = 1227
	erQueryInterrupted    = 1317
	erTriggerExists       = 1359
	erTriggerDoesNotExist = 1360
	erAutoincRead         = 1467
	erConnectionKilled    = 1927
	erInactivity          = 4031
)

// ErrOtherServer means that a reconnect reached another server than the one the run began on.
var ErrOtherServer = errors.New("the connection now leads to another server")

// Number is the server's error number in err, or 0 when the server did not send one.
func Number(err error) uint16 {
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		return e.Number
	}
	return 0
}

func is(err error, numbers ...uint16) bool {
	got := Number(err)
	for _, n := range numbers {
		if got == n {
			return true
		}
	}
	return false
}

// IsLockWait: a row lock or a metadata lock was not granted in time (1205).
func IsLockWait(err error) bool { return is(err, erLockWaitTimeout) }

// IsDeadlock: the server chose us as the victim (1213; also what Galera reports for a certification conflict; 1467 is what InnoDB makes of a wait for the
// AUTO-INC lock that ended so, or too late).
func IsDeadlock(err error) bool { return is(err, erDeadlock, erAutoincRead) }

// IsInterrupted: somebody killed the statement, not the connection (1317).
func IsInterrupted(err error) bool { return is(err, erQueryInterrupted) }

// IsNoSuchThread: the connection to kill is gone already (1094).
func IsNoSuchThread(err error) bool { return is(err, erNoSuchThread) }

// IsTableExists: the name is taken (1050).
func IsTableExists(err error) bool { return is(err, erTableExists) }

// IsNoSuchTable: the table or view is not there (1146, 1051).
func IsNoSuchTable(err error) bool { return is(err, erNoSuchTable, erBadTable) }

// IsNoSuchSchema: the database is not there (1049).
func IsNoSuchSchema(err error) bool { return is(err, erBadDb) }

// IsTriggerExists: the trigger's name is taken (1359).
func IsTriggerExists(err error) bool { return is(err, erTriggerExists) }

// IsDuplicate: rows are equal in a unique key (1062).
func IsDuplicate(err error) bool { return is(err, erDupEntry) }

// IsDuplicateNumber: the error number, as a trigger noted it, means that rows are equal in a unique key (1062, 1586).
func IsDuplicateNumber(n int) bool { return n == erDupEntry || n == erDupEntryKeyName }

// IsParse: the server does not know the syntax (1064); how oscar learns that a server lacks a statement.
func IsParse(err error) bool { return is(err, erParse) }

// IsDenied: the account may not do this (1044, 1045, 1142, 1227).
func IsDenied(err error) bool {
	return is(err, erDbAccessDenied, erAccessDenied, erTableAccessDenied, erSpecificAccess)
}

// IsLost reports that the connection is gone, so that nobody knows whether the last statement took effect.
func IsLost(err error) bool {
	if err == nil {
		return false
	}
	if is(err, erServerShutdown, erConnectionKilled, erInactivity) {
		return true
	}
	var network *net.OpError // not net.Error, which a context out of time is too
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network)
}
