package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"k8s.io/client-go/discovery/cached/disk"
	"k8s.io/client-go/tools/clientcmd"
)

// What the server has, by a cache in this folder, as kubectl has it.
func discover(folder string) (string, error) {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return "", err
	}
	config.QPS = -1
	var sent atomic.Int64
	config.Wrap(func(inner http.RoundTripper) http.RoundTripper {
		return counting{inner, &sent}
	})
	client, err := disk.NewCachedDiscoveryClientForConfig(config,
		filepath.Join(folder, "discovery"), filepath.Join(folder, "http"), 6*time.Hour)
	if err != nil {
		return "", err
	}
	lists, err := client.ServerPreferredResources()
	if err != nil {
		return "", err
	}
	count := 0
	for _, list := range lists {
		count += len(list.APIResources)
	}
	return fmt.Sprintf("%d resources, %d requests", count, sent.Load()), nil
}

type counting struct {
	inner http.RoundTripper
	sent  *atomic.Int64
}

func (c counting) RoundTrip(request *http.Request) (*http.Response, error) {
	c.sent.Add(1)
	return c.inner.RoundTrip(request)
}
