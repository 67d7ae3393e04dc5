package conn_test

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"

	"oscar/osc/conn"
)

// heard is a logger of the driver.
type heard struct {
	mu   sync.Mutex
	text strings.Builder
}

func (h *heard) Print(v ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	fmt.Fprintln(&h.text, v...)
}

func TestTheDriverPrintsNothingOfItsOwn(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Write([]byte{1}) // half a header: the driver tells its logger of an unexpected end
			c.Close()
		}
	}()
	log := &heard{}
	cfg := mysql.NewConfig()
	cfg.Net, cfg.Addr, cfg.Logger = "tcp", l.Addr().String(), log
	if s, err := conn.Open(t.Context(), cfg, conn.Setup{}); err == nil {
		s.Close()
		t.Fatal("a server that hangs up is a session")
	}
	log.mu.Lock()
	defer log.mu.Unlock()
	if log.text.Len() > 0 {
		t.Errorf("printed %q", log.text.String())
	}
}
