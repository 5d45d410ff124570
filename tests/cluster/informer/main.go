// Command informer keeps the ConfigMaps of a namespace with client-go's informer, so that a test can compare
// what it ends with to what kubeclient's ends with. It says "synced" when it is, then for each line of its input,
// which names a ConfigMap, waits until its handler was told of that one and prints, a line of JSON each, what its
// store holds and what its handler was told last of each object; and "end".
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

// entry is an object of the store ("stored"), or the last that the handler was told ("told", "gone").
type entry struct {
	What            string `json:"what"`
	Namespace       string `json:"namespace"`
	Name            string `json:"name"`
	UID             string `json:"uid"`
	ResourceVersion string `json:"resourceVersion,omitempty"`
}

func entryOf(what string, object metav1.Object) entry {
	return entry{
		What: what, Namespace: object.GetNamespace(), Name: object.GetName(),
		UID: string(object.GetUID()), ResourceVersion: object.GetResourceVersion(),
	}
}

// told is what the handler was told last of each object.
type told struct {
	lock    sync.Mutex
	changed *sync.Cond
	last    map[string]entry
}

func (t *told) put(what string, object any) {
	if unknown, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = unknown.Obj
	}
	entry := entryOf(what, object.(metav1.Object))
	if what == "gone" {
		entry.ResourceVersion = ""
	}
	t.lock.Lock()
	defer t.lock.Unlock()
	t.last[entry.Name] = entry
	t.changed.Broadcast()
}

func (t *told) waitFor(name string) []entry {
	t.lock.Lock()
	defer t.lock.Unlock()
	for t.last[name].Name == "" {
		t.changed.Wait()
	}
	var entries []entry
	for _, entry := range t.last {
		entries = append(entries, entry)
	}
	return entries
}

func main() {
	if len(os.Args) != 3 {
		fail("usage: informer KUBECONFIG NAMESPACE")
	}
	config, err := clientcmd.BuildConfigFromFlags("", os.Args[1])
	if err != nil {
		fail(err)
	}
	client, err := typedcorev1.NewForConfig(config)
	if err != nil {
		fail(err)
	}
	maps := cache.NewListWatchFromClient(client.RESTClient(), "configmaps", os.Args[2], fields.Everything())
	informer := cache.NewSharedIndexInformer(maps, &corev1.ConfigMap{}, 0, cache.Indexers{})
	told := &told{last: map[string]entry{}}
	told.changed = sync.NewCond(&told.lock)
	_, err = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { told.put("told", object) },
		UpdateFunc: func(_, object any) { told.put("told", object) },
		DeleteFunc: func(object any) { told.put("gone", object) },
	})
	if err != nil {
		fail(err)
	}
	ctx := context.Background()
	go informer.Run(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		fail("not synced")
	}
	fmt.Println("synced")
	output := json.NewEncoder(os.Stdout)
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		entries := told.waitFor(input.Text())
		for _, object := range informer.GetStore().List() {
			entries = append(entries, entryOf("stored", object.(metav1.Object)))
		}
		for _, entry := range entries {
			if err := output.Encode(entry); err != nil {
				fail(err)
			}
		}
		fmt.Println("end")
	}
}

func fail(why any) {
	fmt.Fprintln(os.Stderr, "informer:", why)
	os.Exit(1)
}
