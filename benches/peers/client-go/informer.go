package main

import (
	"context"
	"fmt"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// syncPods fills an informer.
func syncPods(client *kubernetes.Clientset) (string, error) {
	informer, err := filled(client)
	if err != nil {
		return "", err
	}
	return tallyOf(informer), nil
}

// cached is the same, and tells on a second line what is resident more than before.
func cached(client *kubernetes.Clientset) (string, error) {
	if _, err := client.CoreV1().Pods("").List(context.Background(), metav1.ListOptions{Limit: 1}); err != nil {
		return "", err
	}
	before, err := resident()
	if err != nil {
		return "", err
	}
	informer, err := filled(client)
	if err != nil {
		return "", err
	}
	after, err := resident()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s\nkept %d bytes", tallyOf(informer), max(after-before, 0)), nil
}

// events tells a handler that counts, and tells on a second line what that alone cost.
func events(client *kubernetes.Clientset) (string, error) {
	ctx := context.Background()
	namespaces, err := client.CoreV1().Namespaces().List(ctx, metav1.ListOptions{})
	if err != nil {
		return "", err
	}
	last := namespaces.ResourceVersion
	informer, err := filled(client)
	if err != nil {
		return "", err
	}
	var told tally
	done := make(chan struct{})
	handler, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		UpdateFunc: func(_, object any) {
			pod := object.(*corev1.Pod)
			told.add(pod)
			if pod.ResourceVersion == last {
				close(done)
			}
		},
	})
	if err != nil {
		return "", err
	}
	if !cache.WaitForCacheSync(ctx.Done(), handler.HasSynced) {
		return "", fmt.Errorf("the handler was not told of what is there")
	}
	start, before := time.Now(), cpu()
	if _, err := client.CoreV1().ConfigMaps("default").Get(ctx, "go", metav1.GetOptions{}); err != nil {
		return "", err
	}
	<-done
	used := cpu() - before
	return fmt.Sprintf("%s\nspent %d us in %d us", &told, used.Microseconds(), time.Since(start).Microseconds()), nil
}

func filled(client *kubernetes.Clientset) (cache.SharedIndexInformer, error) {
	factory := informers.NewSharedInformerFactory(client, 0)
	informer := factory.Core().V1().Pods().Informer()
	never := make(chan struct{})
	factory.Start(never)
	if !cache.WaitForCacheSync(never, informer.HasSynced) {
		return nil, fmt.Errorf("the informer was not filled")
	}
	return informer, nil
}

func tallyOf(informer cache.SharedIndexInformer) string {
	var tally tally
	for _, object := range informer.GetStore().List() {
		tally.add(object.(*corev1.Pod))
	}
	return tally.String()
}

// cpu is what this process has used.
func cpu() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
