package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
)

const goldenFolder = "tests/golden/types/"

// serializer writes and reads what the server does.
var serializer = protobuf.NewSerializer(known, known)

// addGolden adds an object of every kind, in JSON and in protobuf, and what is no object of one kind.
func addGolden(files Files, model *Model) error {
	for _, module := range model.Modules {
		for _, one := range module.Structs {
			if one.Kind == nil && !isUnserved(one) {
				continue
			}
			name := one.Type.Name()
			if err := addPair(files, module.Name, module.WithKind(name), filled(one.Type)); err != nil {
				return err
			}
		}
	}
	v1 := schema.GroupVersion{Version: "v1"}
	for _, extra := range []struct {
		module string
		kind   schema.GroupVersionKind
		object runtime.Object
	}{
		{"autoscaling_v1", autoscalingv1.SchemeGroupVersion.WithKind("Scale"), filled(reflect.TypeFor[autoscalingv1.Scale]())},
		{"core_v1", v1.WithKind("PodList"), podList()},
		{"meta_v1", v1.WithKind("DeleteOptions"), filled(reflect.TypeFor[metav1.DeleteOptions]())},
		{"meta_v1", v1.WithKind("Status"), status()},
	} {
		if err := addPair(files, extra.module, extra.kind, extra.object); err != nil {
			return err
		}
	}
	return addWatchFrames(files)
}

// addPair adds an object in both forms, once each has been read back as what was written.
func addPair(files Files, module string, kind schema.GroupVersionKind, object runtime.Object) error {
	object.GetObjectKind().SetGroupVersionKind(kind)
	path := goldenFolder + module + "/" + kind.Kind
	text, err := json.Marshal(object)
	if err != nil {
		return fmt.Errorf("%s.json: %w", path, err)
	}
	read := reflect.New(reflect.TypeOf(object).Elem()).Interface().(runtime.Object)
	if err := json.Unmarshal(text, read); err != nil {
		return fmt.Errorf("%s.json: %w", path, err)
	}
	if !equality.Semantic.DeepEqual(object, read) {
		return fmt.Errorf("%s.json is not read as it was written", path)
	}
	files.add(path+".json", append(text, '\n'))

	encoded := bytes.Buffer{}
	if err := serializer.Encode(object, &encoded); err != nil {
		return fmt.Errorf("%s.pb: %w", path, err)
	}
	read, itsKind, err := serializer.Decode(encoded.Bytes(), nil, nil)
	if err != nil {
		return fmt.Errorf("%s.pb: %w", path, err)
	}
	read.GetObjectKind().SetGroupVersionKind(kind)
	if *itsKind != kind || !equality.Semantic.DeepEqual(object, read) {
		return fmt.Errorf("%s.pb is not read as it was written", path)
	}
	files.add(path+".pb", encoded.Bytes())
	return nil
}

// podList is a page of a list of pods: its items have no kind of their own.
func podList() *corev1.PodList {
	remaining := int64(498)
	pod := *filled(reflect.TypeFor[corev1.Pod]()).(*corev1.Pod)
	return &corev1.PodList{
		ListMeta: metav1.ListMeta{
			ResourceVersion:    "12345",
			Continue:           "eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ",
			RemainingItemCount: &remaining,
			ShardInfo:          &metav1.ShardInfo{Selector: "shard-selector"},
		},
		Items: []corev1.Pod{pod, {ObjectMeta: metav1.ObjectMeta{Name: "second", Namespace: "default"}}},
	}
}

func status() *metav1.Status {
	return &metav1.Status{
		ListMeta: metav1.ListMeta{ResourceVersion: "12345"},
		Status:   metav1.StatusFailure,
		Message:  `pods "web" is invalid: spec.containers: Required value`,
		Reason:   metav1.StatusReasonInvalid,
		Code:     422,
		Details: &metav1.StatusDetails{
			Name:              "web",
			Group:             "apps",
			Kind:              "pods",
			UID:               "6a9c2f5e-1f0b-4e57-8a35-0d9a4b1c7e21",
			RetryAfterSeconds: 3,
			Causes: []metav1.StatusCause{
				{Type: metav1.CauseTypeFieldValueRequired, Message: "Required value", Field: "spec.containers"},
				{Type: metav1.CauseTypeFieldValueInvalid, Message: "Invalid value: 0", Field: "spec.containers[0].ports[0].containerPort"},
			},
		},
	}
}

// addWatchFrames adds what a watch in protobuf sends: a length before each event, the object in an envelope
// within it.
func addWatchFrames(files Files) error {
	encoded := bytes.Buffer{}
	frames := protobuf.LengthDelimitedFramer.NewFrameWriter(&encoded)
	events := protobuf.NewRawSerializer(known, known)
	for _, event := range []struct {
		what string
		path string
	}{{"ADDED", "core_v1/Pod.pb"}, {"ERROR", "meta_v1/Status.pb"}} {
		message := &metav1.WatchEvent{Type: event.what, Object: runtime.RawExtension{Raw: files[goldenFolder+event.path]}}
		if err := events.Encode(message, frames); err != nil {
			return fmt.Errorf("a watch event: %w", err)
		}
	}
	files.add(goldenFolder+"meta_v1/WatchEvent.frames", encoded.Bytes())
	return nil
}
