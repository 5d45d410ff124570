// Command protobuf prints how the built-in types are written in protobuf.
//
// A line is a type, named as its definition, then its fields: `name=number:type`, with the name that the
// field has in JSON. A field without a name is a message whose fields JSON writes among those of the type
// itself. Types are `string`, `bool`, `int32`, `int64`, `double`, `bytes`, `[]T`, `map:T`, another type's
// name, `wrapped:T` (a message of one field, which JSON writes as that field) and those that JSON writes in
// a form of their own (`forms`). Only kinds whose definition standard input names are printed, and what
// they hold; it is the text that `generate-fake-schemas` makes:
//
//	generated=../../../kubeclient-fake/src/schema/generated
//	go run ./protobuf < $generated/definitions.txt > $generated/protobuf.txt
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/client/clientset/clientset/scheme"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	aggregator "k8s.io/kube-aggregator/pkg/client/clientset_generated/clientset/scheme"
)

// forms are the types that JSON writes in a form of their own.
var forms = map[string]string{
	"apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON":                         "raw",
	"apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray":       "props-or-array",
	"apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool":        "props-or-bool",
	"apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray": "props-or-strings",
	"apimachinery.pkg.api.resource.Quantity":                                         "quantity",
	"apimachinery.pkg.apis.meta.v1.FieldsV1":                                         "raw",
	"apimachinery.pkg.apis.meta.v1.MicroTime":                                        "micro-time",
	"apimachinery.pkg.apis.meta.v1.Time":                                             "time",
	"apimachinery.pkg.runtime.RawExtension":                                          "raw",
	"apimachinery.pkg.util.intstr.IntOrString":                                       "int-or-string",
}

// A message reads itself from protobuf.
type message interface {
	Unmarshal([]byte) error
}

func main() {
	wanted := map[string]bool{}
	definitions := bufio.NewScanner(os.Stdin)
	definitions.Buffer(nil, 1<<20)
	for definitions.Scan() {
		// A line that is not indented begins a definition.
		name, _, _ := strings.Cut(definitions.Text(), " ")
		wanted[name] = true
	}
	lines := map[string]string{}
	for _, known := range []*runtime.Scheme{scheme.Scheme, apiextensions.Scheme, aggregator.Scheme} {
		for _, kind := range known.AllKnownTypes() {
			if wanted[definition(kind)] {
				expression(kind, lines)
			}
		}
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, name := range slices.Sorted(maps.Keys(lines)) {
		fmt.Fprintf(out, "%s%s\n", name, lines[name])
	}
}

// expression is the type, of which there is then a line if it is a message.
func expression(kind reflect.Type, lines map[string]string) string {
	name := definition(kind)
	if form := forms[name]; form != "" {
		return form
	}
	isMessage := reflect.PointerTo(kind).Implements(reflect.TypeFor[message]())
	switch kind.Kind() {
	case reflect.Pointer:
		return expression(kind.Elem(), lines)
	case reflect.String, reflect.Bool, reflect.Int32, reflect.Int64:
		return kind.Kind().String()
	case reflect.Float64:
		return "double"
	case reflect.Slice:
		if kind.Elem().Kind() == reflect.Uint8 {
			return "bytes"
		}
		items := "[]" + expression(kind.Elem(), lines)
		if isMessage {
			return "wrapped:" + items
		}
		return items
	case reflect.Map:
		if kind.Key().Kind() == reflect.String {
			return "map:" + expression(kind.Elem(), lines)
		}
	case reflect.Struct:
		if !isMessage || reflect.PointerTo(kind).Implements(reflect.TypeFor[json.Marshaler]()) {
			break
		}
		if _, done := lines[name]; !done {
			lines[name] = ""
			lines[name] = fields(kind, lines)
		}
		return name
	}
	panic("no form is known of " + name + ", a " + kind.String())
}

func fields(kind reflect.Type, lines map[string]string) string {
	text := ""
	for index := range kind.NumField() {
		field := kind.Field(index)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		tag := strings.Split(field.Tag.Get("protobuf"), ",")
		if len(tag) < 2 {
			// Kind and version of an object stand beside its message.
			if field.Name != "TypeMeta" {
				panic(definition(kind) + " has no number for " + field.Name)
			}
			continue
		}
		if name == "" && !field.Anonymous {
			panic(definition(kind) + " has no name for " + field.Name)
		}
		text += " " + name + "=" + tag[1] + ":" + expression(field.Type, lines)
	}
	return text
}

// definition is the name of a type in OpenAPI, without `io.k8s.`.
func definition(kind reflect.Type) string {
	path := strings.TrimPrefix(kind.PkgPath(), "k8s.io/")
	return strings.ReplaceAll(path, "/", ".") + "." + kind.Name()
}
