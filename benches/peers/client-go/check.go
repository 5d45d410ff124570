package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
)

const configMaps = "/api/v1/namespaces/default/configmaps"

// check asks for each answer in both wires. They must decode to equal objects, and the protobuf be what
// Go writes of them, byte for byte.
func check() (string, error) {
	full, err := connect("full-protobuf")
	if err != nil {
		return "", err
	}
	server := full.CoreV1().RESTClient()
	for _, path := range []string{"/api/v1/namespaces", "/api/v1/pods", "/api/v1/pods?limit=3", configMaps + "/a", "/api/v1/nowhere"} {
		if err := same(server.Get(), server.Get(), path); err != nil {
			return "", err
		}
	}
	if err := same(server.Delete(), server.Delete(), configMaps+"/a"); err != nil {
		return "", err
	}
	pods, err := full.CoreV1().Pods("").List(context.Background(), metav1.ListOptions{})
	if err != nil {
		return "", err
	}
	names := map[string]bool{}
	for _, pod := range pods.Items {
		names[pod.Namespace+"/"+pod.Name] = true
	}
	if len(names) != len(pods.Items) {
		return "", fmt.Errorf("%d pods have %d names", len(pods.Items), len(names))
	}
	events, err := sameEvents(full)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d pods and %d events are the same in both wires", len(names), events), nil
}

func same(inJSON, inProtobuf *rest.Request, path string) error {
	// A Status of failure is an answer to compare as any other.
	text, _ := inJSON.RequestURI(path).SetHeader("Accept", runtime.ContentTypeJSON).Do(context.Background()).Raw()
	message, _ := inProtobuf.RequestURI(path).SetHeader("Accept", runtime.ContentTypeProtobuf).Do(context.Background()).Raw()
	if err := sameObject(text, message); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// sameObject compares an object's two forms.
func sameObject(text, message []byte) error {
	decoder := scheme.Codecs.UniversalDeserializer()
	fromText, _, err := decoder.Decode(text, nil, nil)
	if err != nil {
		return fmt.Errorf("JSON: %w", err)
	}
	serializer := protobuf.NewSerializer(scheme.Scheme, scheme.Scheme)
	fromMessage, kind, err := serializer.Decode(message, nil, nil)
	if err != nil {
		return fmt.Errorf("protobuf: %w", err)
	}
	fromMessage.GetObjectKind().SetGroupVersionKind(*kind)
	if !equality.Semantic.DeepEqual(fromText, fromMessage) {
		return fmt.Errorf("JSON says\n%.2000s\nprotobuf says\n%.2000s", fmt.Sprint(fromText), fmt.Sprint(fromMessage))
	}
	var again bytes.Buffer
	if err := serializer.Encode(fromMessage, &again); err != nil {
		return err
	}
	if !bytes.Equal(again.Bytes(), message) {
		return fmt.Errorf("the server wrote\n%.2000q\nGo writes\n%.2000q", message, again.Bytes())
	}
	return nil
}

// sameEvents reads a watch that tells the list first and then the changes, in both wires, to its end.
func sameEvents(client *kubernetes.Clientset) (int, error) {
	stream := func(accept string) (io.ReadCloser, error) {
		path := "/api/v1/pods?watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan"
		return client.CoreV1().RESTClient().Get().RequestURI(path).SetHeader("Accept", accept).Stream(context.Background())
	}
	lines, err := stream(runtime.ContentTypeJSON)
	if err != nil {
		return 0, err
	}
	defer lines.Close()
	frames, err := stream(runtime.ContentTypeProtobuf)
	if err != nil {
		return 0, err
	}
	defer frames.Close()
	texts := json.NewDecoder(lines)
	for count := 0; ; count++ {
		var text, message metav1.WatchEvent
		textErr := texts.Decode(&text)
		frame, frameErr := readFrame(frames)
		if textErr == io.EOF && frameErr == io.EOF {
			return count, nil
		}
		if err := errors.Join(textErr, frameErr); err != nil {
			return 0, fmt.Errorf("event %d: %w", count, err)
		}
		if err := message.Unmarshal(frame); err != nil {
			return 0, fmt.Errorf("event %d: %w", count, err)
		}
		again, err := message.Marshal()
		if err != nil {
			return 0, err
		}
		if text.Type != message.Type || !bytes.Equal(again, frame) {
			return 0, fmt.Errorf("event %d: %s in JSON, in protobuf %s in %d bytes, which Go writes in %d", count, text.Type, message.Type, len(frame), len(again))
		}
		if err := sameObject(text.Object.Raw, message.Object.Raw); err != nil {
			return 0, fmt.Errorf("event %d: %w", count, err)
		}
	}
}

// readFrame reads what stands behind its length in four bytes.
func readFrame(stream io.Reader) ([]byte, error) {
	var length uint32
	if err := binary.Read(stream, binary.BigEndian, &length); err != nil {
		return nil, err
	}
	frame := make([]byte, length)
	_, err := io.ReadFull(stream, frame)
	return frame, err
}
