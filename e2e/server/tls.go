package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// TLSFiles are the paths of PEM files in the server's folder. They vanish with the server.
type TLSFiles struct {
	CA, ServerCert, ServerKey, ClientCert, ClientKey string
}

// makeTLS writes an authority and two certificates signed by it, one for the server on loopback and one for a client.
func makeTLS(dir string) (TLSFiles, error) {
	at := func(name string) string { return filepath.Join(dir, name+".pem") }
	files := TLSFiles{CA: at("ca"), ServerCert: at("server-cert"), ServerKey: at("server-key"),
		ClientCert: at("client-cert"), ClientKey: at("client-key")}
	ca := certificate(1, "oscar e2e authority")
	ca.IsCA, ca.BasicConstraintsValid, ca.KeyUsage = true, true, x509.KeyUsageCertSign
	caKey, err := writePair(files.CA, at("ca-key"), ca, ca, nil)
	if err != nil {
		return TLSFiles{}, err
	}
	srv := certificate(2, "oscar e2e server")
	srv.DNSNames, srv.IPAddresses = []string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	srv.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	if _, err := writePair(files.ServerCert, files.ServerKey, srv, ca, caKey); err != nil {
		return TLSFiles{}, err
	}
	cl := certificate(3, "oscar e2e client")
	cl.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if _, err := writePair(files.ClientCert, files.ClientKey, cl, ca, caKey); err != nil {
		return TLSFiles{}, err
	}
	return files, nil
}

func certificate(serial int64, name string) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
	}
}

// writePair makes a key, signs the certificate (with its own key when signer is nil) and writes both.
func writePair(certFile, keyFile string, cert, parent *x509.Certificate, signer *ecdsa.PrivateKey) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	if signer == nil {
		signer = key
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, parent, &key.PublicKey, signer)
	if err != nil {
		return nil, fmt.Errorf("sign the certificate of %s: %w", cert.Subject.CommonName, err)
	}
	pkcs, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode a key: %w", err)
	}
	for file, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: pkcs},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			return nil, fmt.Errorf("write %s: %w", filepath.Base(file), err)
		}
	}
	return key, nil
}
