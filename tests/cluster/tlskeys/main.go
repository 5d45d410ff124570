// Command tlskeys serves TLS with keys of each kind, and says what Go's own client does with each, so that a test can
// compare what kubeclient does. It writes a JSON array of cases in one line, and serves until its input ends.
package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	_ "embed"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"time"
)

// What Go makes slowly, or not at all.
//
//go:embed rsa-8192.pem
var rsa8192 []byte

//go:embed rsa-exponent-3.pem
var rsaExponent3 []byte

// A server, what a client of it is told, and what became of Go's.
type entry struct {
	Name        string `json:"name"`
	Server      string `json:"server"`
	Authority   string `json:"authority"`
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
	// Whether the client trusts whoever answers.
	Insecure bool `json:"insecure"`
	// Empty where it works.
	Go string `json:"go"`
}

var entries []entry

type issuer struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

// Who signs in most cases.
var ordinary = authority(keys["P-256"], 0)

var keys = map[string]crypto.Signer{
	"RSA 1024":          generatedRSA(1024),
	"RSA 2048":          generatedRSA(2048),
	"RSA 2240":          generatedRSA(2240),
	"RSA 3072":          generatedRSA(3072),
	"RSA 4096":          generatedRSA(4096),
	"RSA 8192":          givenRSA(rsa8192),
	"RSA, exponent 3":   givenRSA(rsaExponent3),
	"P-224":             onCurve(elliptic.P224()),
	"P-256":             onCurve(elliptic.P256()),
	"P-384":             onCurve(elliptic.P384()),
	"P-521":             onCurve(elliptic.P521()),
	"Ed25519":           onEd25519(),
	"P-256, another's":  onCurve(elliptic.P256()),
	"P-256, a server's": onCurve(elliptic.P256()),
}

var kinds = []string{
	"RSA 1024", "RSA 2048", "RSA 2240", "RSA 3072", "RSA 4096", "RSA 8192", "RSA, exponent 3",
	"P-224", "P-256", "P-384", "P-521", "Ed25519",
}

// The versions of TLS, and what a server does beside them.
var settings = map[string]tls.Config{
	"TLS 1.2": {MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12},
	"TLS 1.3": {MinVersion: tls.VersionTLS13, MaxVersion: tls.VersionTLS13},
	"TLS 1.1": {MinVersion: tls.VersionTLS11, MaxVersion: tls.VersionTLS11},
	"ciphers of CBC alone": {
		MaxVersion:   tls.VersionTLS12,
		CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA},
	},
	"key exchange on P-521 alone":  {CurvePreferences: []tls.CurveID{tls.CurveP521}},
	"key exchange on P-256 alone":  {CurvePreferences: []tls.CurveID{tls.CurveP256}},
	"key exchange by ML-KEM alone": {CurvePreferences: []tls.CurveID{tls.X25519MLKEM768}},
}

func main() {
	log.SetOutput(io.Discard)
	for _, version := range []string{"TLS 1.2", "TLS 1.3"} {
		for _, kind := range kinds {
			add("server "+kind+", "+version, settings[version], ordinary, keys[kind], nil, nil)
		}
		for _, kind := range kinds {
			key := keys[kind]
			add("client "+kind+", "+version, settings[version], ordinary, keys["P-256"], key, pkcs8(key))
		}
	}
	for _, kind := range kinds {
		add("authority "+kind, tls.Config{}, authority(keys[kind], 0), keys["P-256, a server's"], nil, nil)
	}
	for _, signature := range []struct {
		kind      string
		algorithm x509.SignatureAlgorithm
	}{
		{"P-256", x509.ECDSAWithSHA384},
		{"P-256", x509.ECDSAWithSHA512},
		{"P-384", x509.ECDSAWithSHA256},
		{"P-384", x509.ECDSAWithSHA512},
		{"P-521", x509.ECDSAWithSHA256},
		{"RSA 2048", x509.SHA256WithRSAPSS},
		{"RSA 2048", x509.SHA512WithRSA},
	} {
		name := fmt.Sprintf("authority %s by %s", signature.kind, signature.algorithm)
		by := authority(keys[signature.kind], signature.algorithm)
		add(name, tls.Config{}, by, keys["P-256, a server's"], nil, nil)
	}
	for _, name := range []string{
		"TLS 1.1", "ciphers of CBC alone", "key exchange on P-521 alone", "key exchange on P-256 alone",
		"key exchange by ML-KEM alone",
	} {
		add(name, settings[name], ordinary, keys["P-256"], nil, nil)
	}
	forms()
	versions()
	line, err := json.Marshal(entries)
	check(err)
	fmt.Println(string(line))
	_, err = io.Copy(io.Discard, os.Stdin)
	check(err)
}

// The forms in which a client's key stands, and what it is called there.
func forms() {
	form := func(name, kind string, text []byte) {
		add("form "+name+", "+kind, tls.Config{}, ordinary, keys["P-256"], keys[kind], text)
	}
	parameters := block("EC PARAMETERS", []byte{6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7})
	for _, kind := range []string{"P-256", "P-384", "P-521"} {
		key := sec1(keys[kind])
		form("PKCS#8", kind, pkcs8(keys[kind]))
		form("SEC1", kind, block("EC PRIVATE KEY", key))
		form("SEC1 as PKCS#8", kind, block("PRIVATE KEY", key))
		form("SEC1 without its public part", kind, block("EC PRIVATE KEY", privatePart(key)))
		form("PKCS#8 without its public part", kind, block("PRIVATE KEY", privatePartInPKCS8(keys[kind])))
	}
	form("SEC1 behind its parameters", "P-256", append(parameters, block("EC PRIVATE KEY", sec1(keys["P-256"]))...))
	for _, kind := range []string{"RSA 2048", "RSA 3072", "RSA 4096"} {
		form("PKCS#1", kind, block("RSA PRIVATE KEY", pkcs1(keys[kind])))
	}
	form("PKCS#1 as PKCS#8", "RSA 2048", block("PRIVATE KEY", pkcs1(keys["RSA 2048"])))
	form("PKCS#8 as PKCS#1", "RSA 2048", block("RSA PRIVATE KEY", inPKCS8(keys["RSA 2048"])))
	form("PKCS#8 as SEC1", "P-256", block("EC PRIVATE KEY", inPKCS8(keys["P-256"])))
	form("PKCS#8 as another's", "Ed25519", block("ED25519 PRIVATE KEY", inPKCS8(keys["Ed25519"])))
}

// Serves with these settings and this key, and asks itself.
func add(name string, settings tls.Config, by issuer, key, client crypto.Signer, clientKey []byte) {
	added := entry{Name: name}
	if client != nil {
		settings.ClientAuth, settings.ClientCAs = tls.RequireAndVerifyClientCert, pool(by)
		added.Certificate = string(block("CERTIFICATE", signed(by, client, x509.ExtKeyUsageClientAuth)))
		added.Key = string(clientKey)
	}
	serve(added, settings, by, signed(by, key, x509.ExtKeyUsageServerAuth), key)
}

func serve(added entry, settings tls.Config, by issuer, certificate []byte, key crypto.Signer) {
	added.Authority = string(block("CERTIFICATE", by.certificate.Raw))
	settings.Certificates = []tls.Certificate{{Certificate: [][]byte{certificate}, PrivateKey: key}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	go func() {
		check(http.Serve(tls.NewListener(listener, &settings), http.HandlerFunc(answer)))
	}()
	added.Server = "https://" + listener.Addr().String()
	if err := asked(added, by); err != nil {
		added.Go = err.Error()
	}
	entries = append(entries, added)
}

func answer(writer http.ResponseWriter, _ *http.Request) {
	_, _ = writer.Write([]byte("ok"))
}

// Asks as client-go does, with a certificate whatever the server says of those that it knows.
func asked(of entry, by issuer) error {
	config := tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool(by), InsecureSkipVerify: of.Insecure}
	if of.Key != "" {
		pair, err := tls.X509KeyPair([]byte(of.Certificate), []byte(of.Key))
		if err != nil {
			return err
		}
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return &pair, nil
		}
	}
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &config, DisableKeepAlives: true}}
	within, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(within, http.MethodGet, of.Server, nil)
	check(err)
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return err
}

func template() x509.Certificate {
	return x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
}

// An authority that signs in this way; by 0, in the one that goes with its key.
func authority(key crypto.Signer, algorithm x509.SignatureAlgorithm) issuer {
	certificate := template()
	certificate.Subject = pkix.Name{CommonName: "authority"}
	certificate.IsCA, certificate.BasicConstraintsValid = true, true
	certificate.KeyUsage = x509.KeyUsageCertSign
	certificate.SignatureAlgorithm = algorithm
	der, err := x509.CreateCertificate(rand.Reader, &certificate, &certificate, key.Public(), key)
	check(err)
	read, err := x509.ParseCertificate(der)
	check(err)
	return issuer{read, key}
}

func signed(by issuer, key crypto.Signer, usage x509.ExtKeyUsage) []byte {
	certificate := template()
	certificate.Subject = pkix.Name{CommonName: "jane"}
	certificate.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	certificate.ExtKeyUsage = []x509.ExtKeyUsage{usage}
	certificate.SignatureAlgorithm = by.certificate.SignatureAlgorithm
	der, err := x509.CreateCertificate(rand.Reader, &certificate, by.certificate, key.Public(), by.key)
	check(err)
	return der
}

func pool(of issuer) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(of.certificate)
	return pool
}

func generatedRSA(bits int) crypto.Signer {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	check(err)
	return key
}

func givenRSA(text []byte) crypto.Signer {
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	check(err)
	return key.(*rsa.PrivateKey)
}

func onCurve(curve elliptic.Curve) crypto.Signer {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	check(err)
	return key
}

func onEd25519() crypto.Signer {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	check(err)
	return key
}

func block(label string, der []byte) []byte {
	var text bytes.Buffer
	check(pem.Encode(&text, &pem.Block{Type: label, Bytes: der}))
	return text.Bytes()
}

func pkcs8(key crypto.Signer) []byte {
	return block("PRIVATE KEY", inPKCS8(key))
}

func inPKCS8(key crypto.Signer) []byte {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	check(err)
	return der
}

func sec1(key crypto.Signer) []byte {
	der, err := x509.MarshalECPrivateKey(key.(*ecdsa.PrivateKey))
	check(err)
	return der
}

func pkcs1(key crypto.Signer) []byte {
	return x509.MarshalPKCS1PrivateKey(key.(*rsa.PrivateKey))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
