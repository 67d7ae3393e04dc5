package dsn

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// authority signs certificates and can write itself to a file.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func pemBlock(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// sign makes a certificate for one host; without an authority it signs itself.
func sign(t *testing.T, by *authority, host string) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: host},
		DNSNames:     []string{host},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
	parent := authority{template, key}
	if by == nil {
		template.IsCA, template.BasicConstraintsValid = true, true
		template.KeyUsage = x509.KeyUsageCertSign
	} else {
		parent = *by
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent.cert, &key.PublicKey, parent.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{cert, key}
}

func (a authority) certPEM() []byte { return pemBlock("CERTIFICATE", a.cert.Raw) }

func (a authority) keyPEM(t *testing.T) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(a.key)
	if err != nil {
		t.Fatal(err)
	}
	return pemBlock("PRIVATE KEY", der)
}

func TestTLSSettings(t *testing.T) {
	ca := sign(t, nil, "ca")
	dir := write(t, map[string]string{"ca.pem": string(ca.certPEM())})
	withCA := TLSFiles{CA: filepath.Join(dir, "ca.pem")}

	type settings struct {
		on, unchecked, ownCheck, roots, fallback bool
		name                                     string
	}
	var off settings
	cases := map[string]struct {
		dsn  string
		file Defaults
		want settings
	}{
		"nothing said":                       {"h=db1", Defaults{}, off},
		"0":                                  {"h=db1,s=0", Defaults{}, off},
		"0 against the file":                 {"h=db1,s=0", Defaults{DSN: DSN{SSL: TLSVerifyCA}, TLS: withCA}, off},
		"1 is required and never plain":      {"h=db1,s=1", Defaults{}, settings{on: true, unchecked: true, name: "db1"}},
		"1 does not loosen the file":         {"h=db1,s=1", Defaults{DSN: DSN{SSL: TLSVerifyIdentity}}, settings{on: true, name: "db1"}},
		"1 tightens the file":                {"h=db1,s=1", Defaults{DSN: DSN{SSL: TLSPreferred}}, settings{on: true, unchecked: true, name: "db1"}},
		"1 switches on what the file denies": {"h=db1,s=1", Defaults{DSN: DSN{SSL: TLSOff}}, settings{on: true, unchecked: true, name: "db1"}},
		"preferred may fall back":            {"h=db1,s=preferred", Defaults{}, settings{on: true, unchecked: true, fallback: true, name: "db1"}},
		"preferred needs none on a socket":   {"S=/s,s=preferred", Defaults{}, off},
		"required on a socket":               {"S=/s,s=required", Defaults{}, settings{on: true, unchecked: true, name: "localhost"}},
		"required loosens the file in words": {"h=db1,s=required", Defaults{DSN: DSN{SSL: TLSVerifyCA}, TLS: withCA}, settings{on: true, unchecked: true, name: "db1"}},
		"a stale authority does not matter unless it is looked at": {
			"h=db1,s=required", Defaults{TLS: TLSFiles{CA: "/nowhere.pem"}}, settings{on: true, unchecked: true, name: "db1"},
		},
		"the authority is checked by ourselves": {"h=db1,s=verify_ca", Defaults{TLS: withCA}, settings{on: true, unchecked: true, ownCheck: true, roots: true, name: "db1"}},
		"identity":                              {"h=db1,s=verify_identity", Defaults{TLS: withCA}, settings{on: true, roots: true, name: "db1"}},
		"identity by the system's authorities":  {"h=db1,s=verify_identity", Defaults{}, settings{on: true, name: "db1"}},
		"identity of an IPv6 address":           {"h=[fe80::1%eth0],s=verify_identity", Defaults{}, settings{on: true, name: "fe80::1"}},
		"identity on a socket":                  {"S=/s,s=verify_identity", Defaults{}, settings{on: true, name: "localhost"}},
		"the file decides when the DSN does not": {
			"h=db1", Defaults{DSN: DSN{SSL: TLSVerifyIdentity}, TLS: withCA}, settings{on: true, roots: true, name: "db1"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			cfg := mustConfig(t, c.dsn, c.file, machine{})
			got := settings{on: cfg.TLS != nil, fallback: cfg.AllowFallbackToPlaintext}
			if got.on {
				got.unchecked, got.ownCheck = cfg.TLS.InsecureSkipVerify, cfg.TLS.VerifyConnection != nil
				got.roots, got.name = cfg.TLS.RootCAs != nil, cfg.TLS.ServerName
				if cfg.TLS.MinVersion != tls.VersionTLS12 {
					t.Errorf("the lowest version is %x", cfg.TLS.MinVersion)
				}
			}
			if got != c.want {
				t.Errorf("\ngot  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

// shake runs a handshake with a server that shows the given certificate, and returns the client's error.
func shake(t *testing.T, client *tls.Config, server authority) error {
	t.Helper()
	// A pipe would not do: it has no buffer, and both sides may write their last word at once.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	here, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	there, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	limit := time.Now().Add(10 * time.Second)
	there.SetDeadline(limit)
	here.SetDeadline(limit)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer there.Close()
		pair := tls.Certificate{Certificate: [][]byte{server.cert.Raw}, PrivateKey: server.key}
		s := tls.Server(there, &tls.Config{Certificates: []tls.Certificate{pair}})
		if s.Handshake() == nil {
			s.Read(make([]byte, 1)) // returns when the client closes
		}
	}()
	err = tls.Client(here, client).Handshake()
	here.Close()
	<-done
	return err
}

func TestHandshakes(t *testing.T) {
	ours, theirs := sign(t, nil, "ours"), sign(t, nil, "theirs")
	dir := write(t, map[string]string{"ca.pem": string(ours.certPEM()), "ca/1.pem": string(ours.certPEM()), "ca/README": "no certificate"})
	file := TLSFiles{CA: filepath.Join(dir, "ca.pem")}
	right, wrongName, stranger := sign(t, &ours, "db1"), sign(t, &ours, "db2"), sign(t, &theirs, "db1")

	cases := map[string]struct {
		mode   TLSMode
		files  TLSFiles
		server authority
		want   string // part of the error, empty for success
	}{
		"required takes anybody":              {TLSRequired, file, stranger, ""},
		"verify_ca takes our authority":       {TLSVerifyCA, file, right, ""},
		"verify_ca takes any name":            {TLSVerifyCA, file, wrongName, ""},
		"verify_ca refuses a stranger":        {TLSVerifyCA, file, stranger, "verify the server's certificate: x509: certificate signed by unknown authority"},
		"verify_ca without a file":            {TLSVerifyCA, TLSFiles{}, right, "verify the server's certificate: x509: certificate signed by unknown authority"},
		"verify_ca by a folder":               {TLSVerifyCA, TLSFiles{CAPath: filepath.Join(dir, "ca")}, right, ""},
		"verify_identity takes the name":      {TLSVerifyIdentity, file, right, ""},
		"verify_identity refuses others":      {TLSVerifyIdentity, file, wrongName, "certificate is valid for db2, not db1"},
		"verify_identity refuses a stranger":  {TLSVerifyIdentity, file, stranger, "certificate signed by unknown authority"},
		"verify_identity without a file":      {TLSVerifyIdentity, TLSFiles{}, right, "certificate signed by unknown authority"},
		"verify_identity by a folder of them": {TLSVerifyIdentity, TLSFiles{CAPath: filepath.Join(dir, "ca")}, right, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			cfg, err := c.files.config(c.mode, "db1")
			if err != nil {
				t.Fatal(err)
			}
			err = shake(t, cfg, c.server)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got  %v\nwant %q", err, c.want)
			}
		})
	}
	if err := verifyChain(tls.ConnectionState{}, nil); err == nil {
		t.Error("a server without a certificate was accepted")
	}
}

func TestOurOwnCertificate(t *testing.T) {
	ca := sign(t, nil, "ca")
	own, other := sign(t, &ca, "me"), sign(t, &ca, "other")
	dir := write(t, map[string]string{
		"cert.pem": string(own.certPEM()), "key.pem": string(own.keyPEM(t)), "both.pem": string(own.certPEM()) + string(own.keyPEM(t)),
		"other.pem": string(other.keyPEM(t)), "text": "nothing", "empty/text": "nothing",
	})
	at := func(name string) string { return filepath.Join(dir, name) }

	for name, files := range map[string]TLSFiles{
		"two files": {Cert: at("cert.pem"), Key: at("key.pem")}, "one file": {Cert: at("both.pem")},
	} {
		cfg, err := files.config(TLSRequired, "db1")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(cfg.Certificates) != 1 || string(cfg.Certificates[0].Certificate[0]) != string(own.cert.Raw) {
			t.Errorf("%s: the certificate is not in the settings", name)
		}
	}

	cases := map[string]struct {
		files TLSFiles
		want  string
	}{
		"key without certificate": {TLSFiles{Key: at("key.pem")}, "ssl-key " + at("key.pem") + " is given without its ssl-cert"},
		"key of another":          {TLSFiles{Cert: at("cert.pem"), Key: at("other.pem")}, "read client certificate " + at("cert.pem") + " with key " + at("other.pem") + ": tls: private key does not match public key"},
		"missing authority":       {TLSFiles{CA: at("none")}, "read trusted certificates: open " + at("none") + ": no such file or directory"},
		"no authority inside":     {TLSFiles{CA: at("text")}, "read trusted certificates: " + at("text") + " holds no PEM certificate"},
		"missing folder":          {TLSFiles{CAPath: at("none")}, "read ssl-capath: open " + at("none") + ": no such file or directory"},
		"no authority in folder":  {TLSFiles{CAPath: at("empty")}, "read trusted certificates: no file in " + at("empty") + " holds a PEM certificate"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := c.files.config(TLSVerifyCA, "db1")
			if err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestTLSModeWords(t *testing.T) {
	for text, want := range map[string]TLSMode{"": "", "0": TLSOff, "DISABLED": TLSOff, "1": TLSOn, "Preferred": TLSPreferred, "REQUIRED": TLSRequired, "verify-ca": TLSVerifyCA, "VERIFY_IDENTITY": TLSVerifyIdentity} {
		if got, err := ParseTLSMode(text); err != nil || got != want {
			t.Errorf("ParseTLSMode(%q): got %q, %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"2", "yes", "true", " 1"} {
		if got, err := ParseTLSMode(text); err == nil {
			t.Errorf("ParseTLSMode(%q): got %q, want an error", text, got)
		}
	}
}
