// Command recorder tells events of a ConfigMap by client-go's two recorders, the same as the test does by
// kubeclient's, so that they can be compared. It ends when its input does.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/tools/record"
)

func main() {
	if len(os.Args) != 4 {
		fail("usage: recorder KUBECONFIG NAMESPACE CONFIGMAP")
	}
	config, err := clientcmd.BuildConfigFromFlags("", os.Args[1])
	if err != nil {
		fail(err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		fail(err)
	}
	object, err := client.CoreV1().ConfigMaps(os.Args[2]).Get(context.Background(), os.Args[3], metav1.GetOptions{})
	if err != nil {
		fail(err)
	}

	broadcaster := record.NewBroadcaster()
	broadcaster.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: client.CoreV1().Events("")})
	recorder := broadcaster.NewRecorder(scheme.Scheme, corev1.EventSource{Component: "theirs"})
	for range 3 {
		recorder.Event(object, corev1.EventTypeNormal, "Same", "said")
	}
	for number := 1; number <= 11; number++ {
		recorder.Eventf(object, corev1.EventTypeWarning, "Many", "m%d", number)
	}

	series := events.NewBroadcaster(&events.EventSinkImpl{Interface: client.EventsV1()})
	if err := series.StartRecordingToSinkWithContext(context.Background()); err != nil {
		fail(err)
	}
	series.NewRecorder(scheme.Scheme, "theirs").Eventf(object, nil, corev1.EventTypeNormal, "Once", "Act", "said")

	_, _ = io.Copy(io.Discard, os.Stdin)
}

func fail(why any) {
	fmt.Fprintln(os.Stderr, "recorder:", why)
	os.Exit(1)
}
