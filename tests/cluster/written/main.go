// Prints how Go writes the fields of the built-in objects, as far as OpenAPI does not tell: which are pointers (so
// that a zero stays), which are always written, which are structures (written when they are empty too).
// kubeclient-fake keeps the output as src/kinds/generated/written.txt; run it again for a new Kubernetes version:
//
//	cd ../../kubeclient-fake/src && go run -C ../../tests/cluster ./written <schema/generated/definitions.txt >kinds/generated/written.txt
//
// Only the definitions that it reads are told of.
package main

import (
	"bufio"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

func main() {
	known := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		scheme.AddToScheme, apiextensions.AddToScheme, apiregistration.AddToScheme,
	} {
		if err := add(known); err != nil {
			panic(err)
		}
	}
	found := map[string]string{}
	seen := map[reflect.Type]bool{}
	for _, kind := range known.AllKnownTypes() {
		look(kind, found, seen)
	}
	definitions := bufio.NewScanner(os.Stdin)
	for definitions.Scan() {
		name, _, _ := strings.Cut(definitions.Text(), " ")
		if fields := found[name]; fields != "" {
			fmt.Println(name + fields)
		}
	}
}

// look notes the fields of a type, and of those that it is made of.
func look(kind reflect.Type, found map[string]string, seen map[reflect.Type]bool) {
	for kind.Kind() == reflect.Pointer || kind.Kind() == reflect.Slice || kind.Kind() == reflect.Map {
		kind = kind.Elem()
	}
	if kind.Kind() != reflect.Struct || seen[kind] || isScalar(kind) {
		return
	}
	seen[kind] = true
	classes := map[byte][]string{}
	note(kind, classes, found, seen)
	text := ""
	for _, class := range []byte("pansz") {
		if names := classes[class]; len(names) > 0 {
			slices.Sort(names)
			text += fmt.Sprintf(" %c=%s", class, strings.Join(names, ","))
		}
	}
	if name := name(kind); name != "" {
		found[name] = text
	}
}

func note(kind reflect.Type, classes map[byte][]string, found map[string]string, seen map[reflect.Type]bool) {
	for i := range kind.NumField() {
		field := kind.Field(i)
		tag := strings.Split(field.Tag.Get("json"), ",")
		if tag[0] == "-" || !field.IsExported() {
			continue
		}
		if tag[0] == "" {
			if field.Anonymous && field.Type.Name() != "TypeMeta" {
				note(field.Type, classes, found, seen)
			}
			continue
		}
		look(field.Type, found, seen)
		if class := class(field.Type, slices.Contains(tag, "omitempty"), slices.Contains(tag, "omitzero")); class != 0 {
			classes[class] = append(classes[class], tag[0])
		}
	}
}

// class is p for a pointer to a scalar, a for what is always written, n for a pointer that is, s for a structure that
// is, z for a structure that is not when it is zero.
func class(kind reflect.Type, omitEmpty, omitZero bool) byte {
	isStructure := kind.Kind() == reflect.Struct
	switch {
	case isStructure && omitZero:
		return 'z'
	case !omitEmpty && !omitZero && kind.Kind() == reflect.Pointer:
		return 'n'
	case !omitEmpty && !omitZero && !isStructure:
		return 'a'
	case isStructure:
		return 's'
	case kind.Kind() == reflect.Pointer && (kind.Elem().Kind() != reflect.Struct || isScalar(kind.Elem())):
		return 'p'
	}
	return 0
}

// isScalar says whether a structure is written as a scalar.
func isScalar(kind reflect.Type) bool {
	switch kind.Name() {
	case "Time", "MicroTime", "Quantity", "IntOrString", "Duration", "RawExtension", "JSON", "FieldsV1":
		return true
	}
	return false
}

// name is that of the definition in OpenAPI, without its beginning.
func name(kind reflect.Type) string {
	path, ok := strings.CutPrefix(kind.PkgPath(), "k8s.io/")
	if !ok {
		return ""
	}
	return strings.ReplaceAll(path, "/", ".") + "." + kind.Name()
}
