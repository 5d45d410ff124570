// Command zeros prints what Go's encoder does with the fields of the built-in types that are not set:
// which are written all the same, and which vanish although a client wrote them.
//
// A line is a definition, then its fields: `name=null`, `name={}`, `name=""`, `name=0`, `name=false` for
// one that is always written (with what), `-name` for one whose zero value is not. Only definitions that
// standard input names are printed; it is the text that `generate-fake-schemas` makes:
//
//	generated=../../../kubeclient-fake/src/schema/generated
//	go run . < $generated/definitions.txt > $generated/zeros.txt
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/client/clientset/clientset/scheme"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	aggregator "k8s.io/kube-aggregator/pkg/client/clientset_generated/clientset/scheme"
)

func main() {
	lines := map[string]string{}
	for _, known := range []*runtime.Scheme{scheme.Scheme, apiextensions.Scheme, aggregator.Scheme} {
		for _, kind := range known.AllKnownTypes() {
			walk(kind, lines)
		}
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	definitions := bufio.NewScanner(os.Stdin)
	definitions.Buffer(nil, 1<<20)
	for definitions.Scan() {
		// A line that is not indented begins a definition, in order of their names.
		line := definitions.Text()
		name, _, _ := strings.Cut(line, " ")
		if fields := lines[name]; name != "" && fields != "" {
			fmt.Fprintf(out, "%s%s\n", name, fields)
		}
	}
}

// walk adds a line for a struct type and for those that its fields are of.
func walk(kind reflect.Type, lines map[string]string) {
	switch kind.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		walk(kind.Elem(), lines)
		return
	case reflect.Struct:
	default:
		return
	}
	if reflect.PointerTo(kind).Implements(reflect.TypeFor[json.Marshaler]()) {
		return
	}
	name := definition(kind)
	if _, done := lines[name]; done {
		return
	}
	lines[name] = ""
	lines[name] = fields(kind, lines)
}

func fields(kind reflect.Type, lines map[string]string) string {
	text := ""
	for index := range kind.NumField() {
		field := kind.Field(index)
		tag, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		// Every object has its kind and version, whoever wrote it.
		if tag == "-" || kind.Name() == "TypeMeta" {
			continue
		}
		walk(field.Type, lines)
		if field.Anonymous && tag == "" {
			text += fields(field.Type, lines)
			continue
		}
		zero, err := json.Marshal(reflect.Zero(field.Type).Interface())
		if err != nil {
			panic(err)
		}
		if zero[0] == '{' {
			// What it holds is told where its own definition is.
			zero = []byte("{}")
		}
		switch {
		case strings.Contains(options, "omitzero"):
			if field.Type.Kind() != reflect.Pointer {
				text += " -" + tag
			}
		case !strings.Contains(options, "omitempty") || field.Type.Kind() == reflect.Struct:
			text += " " + tag + "=" + string(zero)
		case field.Type.Kind() != reflect.Pointer && field.Type.Kind() != reflect.Interface:
			text += " -" + tag
		}
	}
	return text
}

// definition is the name of a type in OpenAPI, without `io.k8s.`.
func definition(kind reflect.Type) string {
	path := strings.TrimPrefix(kind.PkgPath(), "k8s.io/")
	return strings.ReplaceAll(path, "/", ".") + "." + kind.Name()
}
