package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// keep lists the pods, drops all but them, and tells on a second line what they take of the resident set.
func keep(client *kubernetes.Clientset) (string, error) {
	pods := client.CoreV1().Pods("")
	if _, err := pods.List(context.Background(), metav1.ListOptions{Limit: 1}); err != nil {
		return "", err
	}
	before, err := resident()
	if err != nil {
		return "", err
	}
	all, err := pods.List(context.Background(), metav1.ListOptions{})
	if err != nil {
		return "", err
	}
	after, err := resident()
	if err != nil {
		return "", err
	}
	var tally tally
	tally.addAll(all.Items)
	return fmt.Sprintf("%s\nkept %d bytes", &tally, max(after-before, 0)), nil
}

// resident is the resident set in bytes, once what nobody needs went back to the system.
func resident() (int, error) {
	runtime.GC()
	debug.FreeOSMemory()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(status), "\nVmRSS:")
	var kilobytes int
	if _, err := fmt.Sscan(after, &kilobytes); err != nil {
		return 0, fmt.Errorf("/proc/self/status: VmRSS: %w", err)
	}
	return kilobytes * 1024, nil
}
