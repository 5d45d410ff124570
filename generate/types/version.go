package main

import (
	"fmt"
	"runtime/debug"
	"strings"
)

// kubernetesVersion is the version that the modules of go.mod are of: 1.36.3 for v0.36.3.
func kubernetesVersion() (string, error) {
	modules := map[string]string{
		"k8s.io/api":                     "",
		"k8s.io/apiextensions-apiserver": "",
		"k8s.io/apimachinery":            "",
		"k8s.io/client-go":               "",
		"k8s.io/kube-aggregator":         "",
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", fmt.Errorf("the program does not know what it was built of")
	}
	for _, module := range info.Deps {
		if _, known := modules[module.Path]; known {
			modules[module.Path] = module.Version
		}
	}
	version := modules["k8s.io/api"]
	for path, other := range modules {
		if other != version {
			return "", fmt.Errorf("go.mod has k8s.io/api %s and %s %s: expected one version", version, path, other)
		}
	}
	rest, ok := strings.CutPrefix(version, "v0.")
	if !ok {
		return "", fmt.Errorf("k8s.io/api has version %q: expected v0.MINOR.PATCH", version)
	}
	return "1." + rest, nil
}

// minorVersion is 1.36 of 1.36.3.
func minorVersion(version string) string {
	return version[:strings.LastIndex(version, ".")]
}
