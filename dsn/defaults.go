package dsn

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Defaults is what my.cnf files say to client programs.
type Defaults struct {
	DSN DSN      // A, P, S, h, p, s and u; the rest is never set
	TLS TLSFiles // where certificates are
	TCP bool     // protocol=tcp: never look for a unix socket by ourselves
}

// systemFiles are read, in this order, when no file is named. These are the clients' places on Debian and its kin.
var systemFiles = []string{"/etc/my.cnf", "/etc/mysql/my.cnf", "~/.my.cnf"}

// clientGroups are the groups that the client library reads for any program, MySQL's and MariaDB's together.
var clientGroups = []string{"client", "client-server", "client-mariadb"}

// ReadDefaults reads one defaults file, which must be there; or, for an empty path, those of the system, of which each may be
// absent or unreadable. Of two values for one option the later counts. Options that say nothing about connecting are ignored.
//
// A line that cannot be understood is an error that names file and line; it never holds text of the line.
func ReadDefaults(path string) (Defaults, error) { return readDefaults(path, systemFiles) }

func readDefaults(path string, system []string) (Defaults, error) {
	var s settings
	r := &defaultsReader{option: s.option}
	if path != "" {
		if err := r.file(path); err != nil {
			return Defaults{}, fmt.Errorf("read defaults file (F or --defaults-file): %w", err)
		}
		return s.defaults(), nil
	}
	for _, name := range system {
		if err := tolerate(r.file(name)); err != nil {
			return Defaults{}, fmt.Errorf("read system defaults file (name another with F or --defaults-file): %w", err)
		}
	}
	return s.defaults(), nil
}

// settings gathers options as they come. TLS needs several of them before it can be judged.
type settings struct {
	found  Defaults
	mode   TLSMode // ssl-mode
	ssl    *bool
	verify *bool // ssl-verify-server-cert
}

// option takes one option of one group.
func (s *settings) option(group, name, value string, hasValue bool) error {
	if !slices.Contains(clientGroups, group) {
		return nil
	}
	name = strings.TrimPrefix(strings.ReplaceAll(name, "_", "-"), "loose-")
	if err := s.apply(name, value, hasValue); err != nil {
		return fmt.Errorf("option %s: %w", name, err)
	}
	return nil
}

func (s *settings) apply(name, value string, hasValue bool) (err error) {
	if on, is := boolOption(name, "ssl", value); is {
		return assign(&s.ssl, on)
	}
	if on, is := boolOption(name, "ssl-verify-server-cert", value); is {
		return assign(&s.verify, on)
	}
	if !hasValue {
		return nil // the clients would prompt or complain; the library takes a bare "password" for nothing said
	}
	d, tls := &s.found.DSN, &s.found.TLS
	switch name {
	case "user":
		d.User = value
	case "password":
		d.Password = NewSecret(value)
	case "host":
		d.Host, err = value, checkHost(value)
	case "port":
		if value == "0" { // the clients' word for "not given"
			value = ""
		}
		d.Port, err = ParsePort(value)
	case "socket":
		d.Socket = value
	case "protocol":
		s.found.TCP = strings.EqualFold(value, "tcp")
	case "default-character-set":
		if value == "auto" { // by the terminal's locale, which says nothing about our text
			value = ""
		}
		d.Charset, err = value, checkCharset(value)
	case "ssl-mode":
		s.mode, err = ParseTLSMode(value)
	case "ssl-ca":
		tls.CA = expandHome(value)
	case "ssl-capath":
		tls.CAPath = expandHome(value)
	case "ssl-cert":
		tls.Cert = expandHome(value)
	case "ssl-key":
		tls.Key = expandHome(value)
	}
	return err
}

// boolOption reports whether name is the option, plain or behind skip-, disable- or enable-, and what it says: nil when the
// value is no yes or no.
func boolOption(name, option, value string) (on *bool, is bool) {
	prefix, is := strings.CutSuffix(name, option)
	if !is {
		return nil, false
	}
	yes, no := true, false
	switch prefix {
	case "skip-", "disable-":
		return &no, true
	case "", "enable-":
	default:
		return nil, false
	}
	switch strings.ToLower(value) {
	case "", "1", "on", "true", "yes":
		return &yes, true
	case "0", "off", "false", "no":
		return &no, true
	}
	return nil, true
}

func assign(to **bool, on *bool) error {
	if on == nil {
		return errors.New("the value must be 1 or 0")
	}
	*to = on
	return nil
}

// defaults judges what was gathered.
func (s *settings) defaults() Defaults {
	s.found.DSN.SSL = s.tlsMode()
	return s.found
}

// tlsMode follows the clients: ssl-mode is the plain word, ssl=0 switches off, and naming a certificate switches on. Whoever
// names an authority wants it used (MySQL: ssl-ca implies VERIFY_CA), unless verification is switched off in words.
func (s *settings) tlsMode() TLSMode {
	verify := s.verify != nil && *s.verify
	unverified := s.verify != nil && !*s.verify
	tls := s.found.TLS
	switch {
	case s.mode == TLSOff:
		return TLSOff
	case s.mode == "" && s.ssl != nil && !*s.ssl:
		return TLSOff
	case verify:
		return TLSVerifyIdentity
	case s.mode != "":
		return s.mode.under("")
	case (tls.CA != "" || tls.CAPath != "") && !unverified:
		return TLSVerifyCA
	case s.ssl != nil || tls != (TLSFiles{}):
		return TLSRequired
	}
	return ""
}
