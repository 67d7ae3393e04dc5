package dsn

import (
	"cmp"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

const (
	defaultCharset = "utf8mb4"
	defaultPort    = 3306
	localhost      = "localhost"
	loopback       = "127.0.0.1"
	dialTimeout    = 10 * time.Second
)

// splitCharsets hold a backslash or quote as the second byte of a character, so that text put into a statement by the client
// can break out of its quotes.
var splitCharsets = []string{"big5", "cp932", "gb2312", "gb18030", "gbk", "sjis"}

// machine is what the client library asks the machine when nobody says anything.
type machine struct {
	sockets  []string // where a server of this machine may listen
	user     string   // whom to log in as
	password Secret   // MYSQL_PWD
}

func thisMachine() machine {
	m := machine{sockets: []string{"/run/mysqld/mysqld.sock", "/var/run/mysqld/mysqld.sock", "/var/lib/mysql/mysql.sock", "/tmp/mysql.sock"}}
	if os.Geteuid() == 0 {
		m.user = "root"
	} else if u, err := user.Current(); err == nil {
		m.user = u.Username
	} else {
		m.user = os.Getenv("USER")
	}
	if text, given := os.LookupEnv("MYSQL_PWD"); given {
		m.password = NewSecret(text)
	}
	return m
}

// Config reads the defaults files and returns a driver configuration. It holds the password in the open and must not be
// printed. The file is read at each call: keep the configuration where the file may be a pipe.
//
// What nobody gives: user is the login name, password is that of the environment (MYSQL_PWD), port 3306, character set
// utf8mb4, no TLS. Without a host, or with "localhost", the server is reached through a unix socket: the one given, else (if
// neither a port nor protocol=tcp is given) one of the usual places, else 127.0.0.1. A socket is never used together with
// another host, so a replica's DSN may inherit the source's socket without harm.
func (d DSN) Config() (*mysql.Config, error) {
	defaults, err := ReadDefaults(d.DefaultsFile)
	if err != nil {
		return nil, err
	}
	return d.config(defaults, thisMachine())
}

func (d DSN) config(defaults Defaults, on machine) (*mysql.Config, error) {
	file := defaults.DSN
	if d.Host == "" && d.Socket != "" {
		// A socket from the DSN means this machine; the file's host must not lead elsewhere.
		file.Host = ""
	}
	all := d.Inherit(file)
	all.SSL = d.SSL.under(file.SSL)

	cfg := mysql.NewConfig()
	cfg.User = cmp.Or(all.User, on.user)
	cfg.Passwd = cmp.Or(all.Password, on.password).Reveal()
	cfg.DBName = d.Database
	cfg.Timeout = dialTimeout
	cfg.ParseTime = false
	cfg.MultiStatements = false

	charset := cmp.Or(all.Charset, defaultCharset)
	if err := checkCharset(charset); err != nil {
		return nil, err
	}
	if err := cfg.Apply(mysql.Charset(charset, "")); err != nil {
		return nil, fmt.Errorf("use character set %s: %w", charset, err)
	}
	cfg.InterpolateParams = !slices.Contains(splitCharsets, strings.ToLower(charset))

	if err := checkHost(all.Host); err != nil {
		return nil, err
	}
	cfg.Net, cfg.Addr = all.address(d, defaults.TCP, on.sockets)

	mode := all.SSL
	if mode == TLSPreferred && cfg.Net == "unix" {
		mode = TLSOff // nothing of it leaves the machine
	}
	name, _, _ := strings.Cut(bareHost(all.Host), "%") // a certificate knows no IPv6 zones
	tls, err := defaults.TLS.config(mode, cmp.Or(name, localhost))
	if err != nil {
		return nil, fmt.Errorf("set up TLS: %w", err)
	}
	cfg.TLS = tls
	cfg.AllowFallbackToPlaintext = mode == TLSPreferred
	return cfg, nil
}

// address says how to reach the server. The receiver has every gap filled; given is the DSN before defaults files.
//
// A socket is guessed only where nobody named a port: a guess must not lead to another server than the one meant.
func (d DSN) address(given DSN, tcpOnly bool, sockets []string) (network, addr string) {
	port := cmp.Or(d.Port, defaultPort)
	host := bareHost(d.Host)
	if host != "" && host != localhost {
		return "tcp", net.JoinHostPort(host, strconv.Itoa(int(port)))
	}
	tcp := net.JoinHostPort(loopback, strconv.Itoa(int(port)))
	switch {
	case given.Socket != "":
		return "unix", given.Socket
	case given.Port != 0 || tcpOnly:
		return "tcp", tcp
	case d.Socket != "":
		return "unix", d.Socket
	case port != defaultPort:
		return "tcp", tcp
	}
	for _, s := range sockets {
		if info, err := os.Stat(s); err == nil && info.Mode().Type() == fs.ModeSocket {
			return "unix", s
		}
	}
	return "tcp", tcp
}

// bareHost takes the brackets of an IPv6 address away.
func bareHost(host string) string {
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		return host[1 : len(host)-1]
	}
	return host
}
