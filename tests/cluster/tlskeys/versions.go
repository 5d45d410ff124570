package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
)

// Certificates of version 1, as `openssl x509 -req` makes them where nobody asks for extensions.
func versions() {
	for _, version := range []string{"TLS 1.2", "TLS 1.3"} {
		for _, kind := range []string{"RSA 2048", "P-256", "P-384", "P-521", "Ed25519"} {
			key := keys[kind]
			settings := settings[version]
			server := version1(signed(ordinary, key, x509.ExtKeyUsageServerAuth), ordinary.key)
			named := func(name string) entry { return entry{Name: name + " " + kind + ", " + version} }
			// It names no host.
			serve(named("server in version 1"), settings, ordinary, server, key)
			trusted := named("trusted server in version 1")
			trusted.Insecure = true
			serve(trusted, settings, ordinary, server, key)

			settings.ClientAuth, settings.ClientCAs = tls.RequireAndVerifyClientCert, pool(ordinary)
			client := named("client in version 1")
			certificate := version1(signed(ordinary, key, x509.ExtKeyUsageClientAuth), ordinary.key)
			client.Certificate = string(block("CERTIFICATE", certificate))
			client.Key = string(pkcs8(key))
			own := keys["P-256"]
			serve(client, settings, ordinary, signed(ordinary, own, x509.ExtKeyUsageServerAuth), own)
		}
		thief := entry{Name: "trusted server in version 1 with another's key, " + version, Insecure: true}
		certificate := version1(signed(ordinary, keys["P-256"], x509.ExtKeyUsageServerAuth), ordinary.key)
		serve(thief, settings[version], ordinary, certificate, keys["P-256, another's"])
	}
	newer := authority(keys["P-256"], 0)
	older, err := x509.ParseCertificate(version1(newer.certificate.Raw, newer.key))
	check(err)
	add("authority in version 1", tls.Config{}, issuer{older, newer.key}, keys["P-256, a server's"], nil, nil)
}

// The same certificate without a number of its version and without extensions, signed by this key on P-256.
func version1(der []byte, by crypto.Signer) []byte {
	var certificate struct {
		Signed    asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}
	_, err := asn1.Unmarshal(der, &certificate)
	check(err)
	var kept []byte
	for rest := certificate.Signed.Bytes; len(rest) > 0; {
		var field asn1.RawValue
		rest, err = asn1.Unmarshal(rest, &field)
		check(err)
		if field.Class != asn1.ClassContextSpecific {
			kept = append(kept, field.FullBytes...)
		}
	}
	sequence := asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: kept}
	certificate.Signed.FullBytes, err = asn1.Marshal(sequence)
	check(err)
	digest := sha256.Sum256(certificate.Signed.FullBytes)
	signature, err := by.Sign(rand.Reader, digest[:], crypto.SHA256)
	check(err)
	certificate.Signature = asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}
	older, err := asn1.Marshal(certificate)
	check(err)
	return older
}

// As RFC 5915 has it.
type sec1Key struct {
	Version int
	Key     []byte
	Curve   asn1.ObjectIdentifier `asn1:"optional,explicit,tag:0"`
	Public  asn1.BitString        `asn1:"optional,explicit,tag:1"`
}

// A key in SEC1 as `openssl ec -no_public` writes it.
func privatePart(der []byte) []byte {
	var key sec1Key
	_, err := asn1.Unmarshal(der, &key)
	check(err)
	key.Public = asn1.BitString{}
	der, err = asn1.Marshal(key)
	check(err)
	return der
}

// The same in PKCS#8.
func privatePartInPKCS8(key crypto.Signer) []byte {
	var whole struct {
		Version   int
		Algorithm pkix.AlgorithmIdentifier
		Key       []byte
	}
	_, err := asn1.Unmarshal(inPKCS8(key.(*ecdsa.PrivateKey)), &whole)
	check(err)
	whole.Key = privatePart(whole.Key)
	der, err := asn1.Marshal(whole)
	check(err)
	return der
}
