package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jmoiron/sqlx"
)

// startLimit bounds one start: the slowest seen is recovery after a kill on a busy machine.
const startLimit = 90 * time.Second

// Server is one running instance. Its methods may be called from several goroutines, except that those which end or start
// the process must not overlap.
type Server struct {
	prog  program
	conf  config
	dir   string
	port  int
	tls   TLSFiles
	guard *guard

	mu  sync.Mutex
	run *process
}

// process is one life of the server binary.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed once the process is reaped
}

// Start starts a server and returns once it answers. The context bounds the start alone; Close ends the server.
func Start(ctx context.Context, e Engine, opts ...Option) (_ *Server, err error) {
	p, err := find(e)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", e, err)
	}
	dir, err := os.MkdirTemp(tempBase(), "oscar-e2e-")
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", e, err)
	}
	s := &Server{prog: p, conf: newConfig(opts), dir: dir}
	if s.guard, err = startGuard(dir); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", e, err), os.RemoveAll(dir))
	}
	if err := s.first(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", e, err), s.Close())
	}
	return s, nil
}

// first makes the data folder and starts the server on a free port. Between finding the port and using it another process
// may take it: then another port is tried.
func (s *Server) first(ctx context.Context) (err error) {
	if err := copyData(s.prog, s.conf.initArgs(), s.data()); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(s.dir, "tmp"), 0o700); err != nil {
		return fmt.Errorf("make the temporary folder: %w", err)
	}
	if s.conf.tls {
		if s.tls, err = makeTLS(s.dir); err != nil {
			return err
		}
	}
	for range 5 {
		if s.port, err = freePort(); err != nil {
			return err
		}
		if err = s.launch(ctx); err == nil || !s.portTaken() {
			return err
		}
	}
	return err
}

// tempBase is the folder for instances. A socket path may have 107 bytes, so a long temporary folder is not used.
func tempBase() string {
	if d := os.TempDir(); len(d) <= 60 {
		return d
	}
	return "/tmp"
}

func freePort() (int, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// portTaken says whether the server gave up because its port was in use.
func (s *Server) portTaken() bool {
	l, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)))
	if err != nil {
		return true
	}
	l.Close()
	return false
}

func (s *Server) data() string    { return filepath.Join(s.dir, "data") }
func (s *Server) logFile() string { return filepath.Join(s.dir, "log") }

func (s *Server) args() []string {
	port := strconv.Itoa(s.port)
	a := []string{
		"--datadir=" + s.data(), "--socket=" + s.Socket(), "--port=" + port, "--bind-address=127.0.0.1",
		"--pid-file=" + filepath.Join(s.dir, "pid"), "--tmpdir=" + filepath.Join(s.dir, "tmp"), "--skip-name-resolve",
		"--server-id=" + port, "--report-host=127.0.0.1", "--report-port=" + port, "--secure-file-priv=",
		"--innodb-buffer-pool-size=" + s.conf.buffer, "--innodb-flush-log-at-trx-commit=2", "--sync-binlog=0",
		"--max-allowed-packet=64M",
	}
	if s.prog.engine.MySQL() {
		a = append(a, "--mysqlx=OFF")
	}
	switch {
	case s.conf.binlog:
		a = append(a, "--log-bin=bin", "--binlog-format=ROW", "--log-slave-updates")
		if s.prog.engine.MySQL() {
			a[len(a)-1] = "--log-replica-updates"
		}
	case s.prog.engine.MySQL(): // on by default
		a = append(a, "--disable-log-bin")
	}
	if s.conf.tls {
		a = append(a, "--ssl-ca="+s.tls.CA, "--ssl-cert="+s.tls.ServerCert, "--ssl-key="+s.tls.ServerKey)
	}
	return append(a, s.conf.args...)
}

// launch starts the process and waits until it answers on its socket. The socket lies in the instance's own folder, so the
// answer cannot come from another server.
func (s *Server) launch(ctx context.Context) error {
	log, err := os.OpenFile(s.logFile(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("open the server log: %w", err)
	}
	defer log.Close()
	cmd := s.prog.command(s.args()...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, log, log
	// Its own group: ^C in the terminal is for the tests, which then end the server.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("run the server: %w", err)
	}
	run := &process{cmd: cmd, done: make(chan struct{})}
	go func() { cmd.Wait(); close(run.done) }()
	s.mu.Lock()
	s.run = run
	s.mu.Unlock()
	ctx, stop := context.WithTimeout(ctx, startLimit)
	defer stop()
	if err := s.await(ctx, run); err != nil {
		log, _ := os.ReadFile(s.logFile())
		return errors.Join(fmt.Errorf("%w; end of its log:\n%s", err, lastLines(log)), s.Kill())
	}
	return nil
}

// await waits for the first answer, for the end of the process or for the end of the context.
func (s *Server) await(ctx context.Context, run *process) error {
	db, err := sqlx.Open("mysql", s.config("unix", s.Socket(), "").FormatDSN())
	if err != nil {
		return fmt.Errorf("open the socket: %w", err)
	}
	defer db.Close()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if err = db.PingContext(ctx); err == nil {
			return nil
		}
		select {
		case <-run.done:
			return fmt.Errorf("the server ended: %v", run.cmd.ProcessState)
		case <-ctx.Done():
			return fmt.Errorf("wait for the server: %w (last answer: %v)", ctx.Err(), err)
		case <-tick.C:
		}
	}
}

func (s *Server) config(network, addr, schema string) *mysql.Config {
	c := mysql.NewConfig()
	c.User, c.Net, c.Addr, c.DBName, c.MultiStatements = "root", network, addr, schema, true
	// Tests kill servers on purpose; the driver's own complaints would only hide what matters.
	c.Logger = &mysql.NopLogger{}
	return c
}

// Engine returns the kind of server.
func (s *Server) Engine() Engine { return s.prog.engine }

// Port returns the TCP port on 127.0.0.1. It stays the same over Restart.
func (s *Server) Port() int { return s.port }

// Socket returns the path of the unix socket.
func (s *Server) Socket() string { return filepath.Join(s.dir, "s.sock") }

// TLS returns the certificate files of a server started WithTLS, else empty paths.
func (s *Server) TLS() TLSFiles { return s.tls }

// DSN returns a driver DSN as root over TCP, with several statements a call allowed. The schema may be empty.
func (s *Server) DSN(schema string) string {
	return s.config("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)), schema).FormatDSN()
}

// PT returns a DSN in pt style as user osc over TCP, without schema and table.
func (s *Server) PT() string { return fmt.Sprintf("h=127.0.0.1,P=%d,u=osc,p=osc", s.port) }

// Open connects to the schema as root and makes sure that the server answers. The caller closes the pool.
func (s *Server) Open(ctx context.Context, schema string) (*sqlx.DB, error) {
	db, err := sqlx.ConnectContext(ctx, "mysql", s.DSN(schema))
	if err != nil {
		return nil, fmt.Errorf("connect to %s at port %d: %w", s.prog.engine, s.port, err)
	}
	return db, nil
}
