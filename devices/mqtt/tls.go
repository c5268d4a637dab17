package mqtt

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

// TLS names the files of a TLS identity. They are read again at each
// handshake, so that a renewed certificate needs no restart.
type TLS struct {
	CA   string // PEM of the authorities that vouch for the broker; the system's if empty
	Cert string // PEM of the client's certificate; none if empty
	Key  string // PEM of the certificate's key
}

func (t TLS) config(host string) (*tls.Config, error) {
	config := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if t.CA != "" {
		pem, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, fmt.Errorf("tls: ca: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("tls: ca: %s holds no PEM certificate", t.CA)
		}
	}
	if t.Cert != "" {
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
			if err != nil {
				return nil, fmt.Errorf("tls: cert and key: %w", err)
			}
			return &pair, nil
		}
	}
	return config, nil
}
