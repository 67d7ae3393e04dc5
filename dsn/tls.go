package dsn

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// TLSMode says whether a connection is encrypted and how far the server's certificate is looked at. The zero value means not
// given: a defaults file decides, and without one there is no encryption. The words are those of MySQL's --ssl-mode.
type TLSMode string

const (
	TLSOff            TLSMode = "0"               // no encryption, whatever the defaults file says
	TLSOn             TLSMode = "1"               // TLSRequired, or the stricter mode of the defaults file
	TLSPreferred      TLSMode = "preferred"       // encrypted when the server can; no certificate is checked
	TLSRequired       TLSMode = "required"        // encrypted or no connection; no certificate is checked
	TLSVerifyCA       TLSMode = "verify_ca"       // as required, and the certificate was signed by a known authority
	TLSVerifyIdentity TLSMode = "verify_identity" // as verify_ca, and the certificate names the host
)

// strictness lists the modes from loose to strict. TLSOn stands for no mode of its own.
var strictness = []TLSMode{"", TLSOff, TLSPreferred, TLSRequired, TLSVerifyCA, TLSVerifyIdentity}

// ParseTLSMode reads 0, 1 or one of the words, in any case, with "-" or "_". "disabled" is 0. An empty text means not given.
//
// 1 never falls back to plain text: DBD::mysql documents mysql_ssl=1 as enforced encryption. The words are an extension.
func ParseTLSMode(s string) (TLSMode, error) {
	mode := TLSMode(strings.ReplaceAll(strings.ToLower(s), "-", "_"))
	switch {
	case mode == "disabled":
		return TLSOff, nil
	case mode == TLSOn, slices.Contains(strictness, mode):
		return mode, nil
	}
	return "", errors.New("the TLS mode must be 0, 1, preferred, required, verify_ca or verify_identity")
}

// under resolves the mode against the one of the defaults file.
func (m TLSMode) under(file TLSMode) TLSMode {
	switch m {
	case "":
		return file
	case TLSOn:
		if slices.Index(strictness, file) > slices.Index(strictness, TLSRequired) {
			return file
		}
		return TLSRequired
	default:
		return m
	}
}

// TLSFiles names the PEM files of a connection. The zero value means: the system's authorities, no certificate of our own.
type TLSFiles struct {
	CA     string // ssl-ca: file of trusted authorities
	CAPath string // ssl-capath: folder of such files
	Cert   string // ssl-cert: our certificate, intermediates after it
	Key    string // ssl-key: its key; may be absent when the certificate's file holds it too
}

// config makes the driver's TLS settings for a server that the user calls name. It returns nil for no encryption.
// Authorities are read only when the mode looks at them, so that a stale path does not stand in the way of a looser mode.
func (f TLSFiles) config(mode TLSMode, name string) (*tls.Config, error) {
	cfg := &tls.Config{ServerName: name, MinVersion: tls.VersionTLS12}
	switch mode {
	case "", TLSOff:
		return nil, nil
	case TLSPreferred, TLSRequired:
		cfg.InsecureSkipVerify = true
	case TLSVerifyCA, TLSVerifyIdentity:
		roots, err := f.authorities()
		if err != nil {
			return nil, err
		}
		cfg.RootCAs = roots
		if mode == TLSVerifyCA {
			// crypto/tls checks chain and name together or neither, so the chain alone is checked by ourselves.
			cfg.InsecureSkipVerify = true
			cfg.VerifyConnection = func(state tls.ConnectionState) error { return verifyChain(state, roots) }
		}
	default:
		return nil, fmt.Errorf("unknown TLS mode %q", string(mode))
	}
	own, err := f.certificate()
	if err != nil {
		return nil, err
	}
	cfg.Certificates = own
	return cfg, nil
}

// authorities reads the trusted certificates; nil means those of the system.
func (f TLSFiles) authorities() (*x509.CertPool, error) {
	var files []string
	if f.CA != "" {
		files = append(files, f.CA)
	}
	if f.CAPath != "" {
		entries, err := os.ReadDir(f.CAPath)
		if err != nil {
			return nil, fmt.Errorf("read ssl-capath: %w", err)
		}
		for _, e := range entries {
			if !e.IsDir() {
				files = append(files, filepath.Join(f.CAPath, e.Name()))
			}
		}
	}
	if f.CA == "" && f.CAPath == "" {
		return nil, nil
	}
	pool := x509.NewCertPool()
	found := false
	for _, name := range files {
		pem, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read trusted certificates: %w", err)
		}
		ok := pool.AppendCertsFromPEM(pem)
		if !ok && name == f.CA {
			return nil, fmt.Errorf("read trusted certificates: %s holds no PEM certificate", name)
		}
		found = found || ok
	}
	if !found {
		return nil, fmt.Errorf("read trusted certificates: no file in %s holds a PEM certificate", f.CAPath)
	}
	return pool, nil
}

// certificate reads our own certificate, if there is one.
func (f TLSFiles) certificate() ([]tls.Certificate, error) {
	if f.Cert == "" && f.Key == "" {
		return nil, nil
	}
	if f.Cert == "" {
		return nil, fmt.Errorf("ssl-key %s is given without its ssl-cert", f.Key)
	}
	key := f.Key
	if key == "" {
		key = f.Cert
	}
	pair, err := tls.LoadX509KeyPair(f.Cert, key)
	if err != nil {
		return nil, fmt.Errorf("read client certificate %s with key %s: %w", f.Cert, key, err)
	}
	return []tls.Certificate{pair}, nil
}

// verifyChain checks that a known authority signed the server's certificate. It does not look at the name in it.
func verifyChain(state tls.ConnectionState, roots *x509.CertPool) error {
	if len(state.PeerCertificates) == 0 {
		return errors.New("the server sent no certificate")
	}
	between := x509.NewCertPool()
	for _, c := range state.PeerCertificates[1:] {
		between.AddCert(c)
	}
	_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between})
	if err != nil {
		return fmt.Errorf("verify the server's certificate: %w", err)
	}
	return nil
}
