// Command client-go does the benchmark's workloads with client-go: bench-client-go WORKLOAD TYPE.
//
// One process does one workload and prints what it read, so that the runner can tell that every client
// did the same work. TYPE is full, over JSON, or full-protobuf, which is what client-go asks for unless
// told. Reads the kubeconfig that KUBECONFIG names.
//
// bench-client-go check holds the server's answers in the two wires against each other instead.
package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

const usage = "usage: bench-client-go cold|crud|list|pages|watch|keep|sync|cached|informer full|full-protobuf, " +
	"bench-client-go queue|queue-4|queue-dedup|queue-delayed keys, bench-client-go discovery FOLDER, " +
	"or bench-client-go check"

func main() {
	outcome, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-client-go:", err)
		os.Exit(1)
	}
	fmt.Println(outcome)
}

func run(arguments []string) (string, error) {
	if len(arguments) == 1 && arguments[0] == "check" {
		return check()
	}
	if len(arguments) != 2 {
		return "", errors.New(usage)
	}
	switch arguments[0] {
	case "discovery":
		return discover(arguments[1])
	case "queue":
		return handled(1), nil
	case "queue-4":
		return handled(4), nil
	case "queue-dedup":
		return deduplicated(), nil
	case "queue-delayed":
		return delayed(), nil
	}
	client, err := connect(arguments[1])
	if err != nil {
		return "", err
	}
	switch arguments[0] {
	case "cold":
		return cold(client)
	case "list":
		return list(client)
	case "pages":
		return pages(client)
	case "watch":
		return watchPods(client)
	case "keep":
		return keep(client)
	case "sync":
		return syncPods(client)
	case "cached":
		return cached(client)
	case "informer":
		return events(client)
	case "crud":
		return crud(client)
	default:
		return "", fmt.Errorf("the workload %q: %s", arguments[0], usage)
	}
}

func connect(kind string) (*kubernetes.Clientset, error) {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return nil, err
	}
	// No limit of its own: the others have none.
	config.QPS = -1
	switch kind {
	case "full":
		overJSON(config)
	case "full-protobuf":
	default:
		return nil, fmt.Errorf("the type %q: %s", kind, usage)
	}
	return kubernetes.NewForConfig(config)
}

func overJSON(config *rest.Config) {
	config.ContentType = runtime.ContentTypeJSON
	config.AcceptContentTypes = runtime.ContentTypeJSON
}

// From nothing to the first list: the process's start, the kubeconfig, TLS, five namespaces.
func cold(client *kubernetes.Clientset) (string, error) {
	namespaces, err := client.CoreV1().Namespaces().List(context.Background(), metav1.ListOptions{})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d namespaces", len(namespaces.Items)), nil
}

func list(client *kubernetes.Clientset) (string, error) {
	pods, err := client.CoreV1().Pods("").List(context.Background(), metav1.ListOptions{})
	if err != nil {
		return "", err
	}
	var tally tally
	tally.addAll(pods.Items)
	return tally.String(), nil
}

func pages(client *kubernetes.Clientset) (string, error) {
	var tally tally
	options := metav1.ListOptions{Limit: 500}
	for {
		page, err := client.CoreV1().Pods("").List(context.Background(), options)
		if err != nil {
			return "", err
		}
		tally.addAll(page.Items)
		if page.Continue == "" {
			return tally.String(), nil
		}
		options.Continue = page.Continue
	}
}

func watchPods(client *kubernetes.Clientset) (string, error) {
	page, err := client.CoreV1().Pods("").List(context.Background(), metav1.ListOptions{Limit: 1})
	if err != nil {
		return "", err
	}
	options := metav1.ListOptions{ResourceVersion: page.ResourceVersion}
	events, err := client.CoreV1().Pods("").Watch(context.Background(), options)
	if err != nil {
		return "", err
	}
	var tally tally
	for event := range events.ResultChan() {
		switch object := event.Object.(type) {
		case *corev1.Pod:
			if event.Type == watch.Added || event.Type == watch.Modified {
				tally.add(object)
			}
		case *metav1.Status:
			return "", fmt.Errorf("the watch ended: %s", object.Message)
		}
	}
	return tally.String(), nil
}

func crud(client *kubernetes.Clientset) (string, error) {
	ctx := context.Background()
	configMaps := client.CoreV1().ConfigMaps("default")
	done := 0
	for number := range 1000 {
		name := fmt.Sprintf("bench-%04d", number)
		configMap := &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"app": "bench"}},
			Data:       map[string]string{"color": "blue", "size": "large"},
		}
		created, err := configMaps.Create(ctx, configMap, metav1.CreateOptions{})
		if err != nil {
			return "", err
		}
		read, err := configMaps.Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return "", err
		}
		if err := configMaps.Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
			return "", err
		}
		if created.Name == read.Name && maps.Equal(read.Data, configMap.Data) {
			done++
		}
	}
	return fmt.Sprintf("%d config maps", done), nil
}

// A tally is how many pods were read and how long their texts are together.
type tally struct {
	pods, length int
}

func (t *tally) addAll(pods []corev1.Pod) {
	for index := range pods {
		t.add(&pods[index])
	}
}

func (t *tally) add(pod *corev1.Pod) {
	t.pods++
	t.length += len(pod.Name) + len(pod.Spec.NodeName) + len(pod.Status.Phase)
	for index := range pod.Spec.Containers {
		container := &pod.Spec.Containers[index]
		t.length += len(container.Name) + len(container.Image)
	}
}

func (t *tally) String() string {
	return fmt.Sprintf("%d pods, %d bytes of text", t.pods, t.length)
}
