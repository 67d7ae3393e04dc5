package server

import "strings"

// Option changes how a server is started.
type Option func(*config)

type config struct {
	args   []string
	buffer string
	tls    bool
	binlog bool
}

func newConfig(opts []Option) config {
	c := config{buffer: "256M", binlog: true}
	for _, o := range opts {
		o(&c)
	}
	return c
}

// WithArgs adds server arguments such as "lower_case_table_names=1" or "--sql-mode=ANSI_QUOTES". They come last and so
// win over the defaults. Those that are fixed when the data folder is made are used there too.
func WithArgs(args ...string) Option {
	return func(c *config) {
		for _, a := range args {
			c.args = append(c.args, "--"+strings.TrimLeft(a, "-"))
		}
	}
}

// WithBufferPool sets the InnoDB buffer pool size, such as "1G". The default is 256M.
func WithBufferPool(size string) Option { return func(c *config) { c.buffer = size } }

// WithoutBinlog starts the server without a binary log.
func WithoutBinlog() Option { return func(c *config) { c.binlog = false } }

// WithTLS gives the server a certificate for 127.0.0.1 and localhost, signed by an authority made for this server alone.
// See Server.TLS.
func WithTLS() Option { return func(c *config) { c.tls = true } }

// fixedAtInit are the options that a server takes only while its data folder is made.
var fixedAtInit = map[string]bool{"lower_case_table_names": true, "innodb_page_size": true, "innodb_data_file_path": true}

// initArgs returns the arguments that the making of the data folder needs as well.
func (c config) initArgs() []string {
	var out []string
	for _, a := range c.args {
		name, _, _ := strings.Cut(strings.TrimLeft(a, "-"), "=")
		if fixedAtInit[strings.ReplaceAll(name, "-", "_")] {
			out = append(out, a)
		}
	}
	return out
}
