package main

import (
	"reflect"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Field is a field of a Rust struct.
type Field struct {
	// Name is Rust's, JSON the key.
	Name, JSON string
	// Type is Rust's.
	Type string
	// Number is the protobuf number: `3`, or `[2 19]` for number 19 of the message that is number 2.
	// Three stand where a message within that is meant.
	Number string
	// Omit says that JSON has no zero value of it.
	Omit bool
	// Secret says that it is never shown.
	Secret bool
	// Doc is the line that it is documented with.
	Doc string
}

// secrets are the fields that hold credentials, by Go type and JSON name.
var secrets = map[string]bool{
	"Secret.data":              true,
	"Secret.stringData":        true,
	"TokenRequestStatus.token": true,
	"TokenReviewSpec.token":    true,
}

var (
	typeMeta   = reflect.TypeFor[metav1.TypeMeta]()
	objectMeta = reflect.TypeFor[metav1.ObjectMeta]()
)

// hasMetadata is whether a Go struct is an object, with metadata of its own.
func hasMetadata(goType reflect.Type) bool {
	field, ok := goType.FieldByName("ObjectMeta")
	return ok && field.Type == objectMeta
}

func (model *Model) addFields(to *Struct) {
	for index := range to.Type.NumField() {
		field := to.Type.Field(index)
		tag := parseTag(field)
		switch {
		case tag.name == "-":
		case field.Type == typeMeta:
			model.addTypeMeta(to)
		case tag.inline:
			model.addInlined(to, field, tag.number)
		default:
			to.Fields = append(to.Fields, model.field(to, field, tag.number))
		}
	}
	names := map[string]bool{}
	for _, field := range to.Fields {
		if names[field.Name] {
			panic(to.Type.String() + " has two fields " + field.Name)
		}
		names[field.Name] = true
	}
}

// addTypeMeta adds apiVersion and kind where they are fields: in what has no metadata, and is no object.
func (model *Model) addTypeMeta(to *Struct) {
	if hasMetadata(to.Type) {
		return
	}
	add := func(name, json string) {
		doc := "The `" + json + "` that it says it has."
		to.Fields = append(to.Fields, Field{Name: name, JSON: json, Type: "String", Number: "0", Omit: true, Doc: doc})
	}
	add("api_version", "apiVersion")
	add("kind", "kind")
}

// addInlined adds the fields of a message that JSON writes among those of the struct; way has the numbers
// of the messages around them.
func (model *Model) addInlined(to *Struct, inlined reflect.StructField, way string) {
	if inlined.Type.Kind() != reflect.Struct {
		panic(to.Type.String() + " has something inlined that is no struct: " + inlined.Name)
	}
	for index := range inlined.Type.NumField() {
		field := inlined.Type.Field(index)
		inner := parseTag(field)
		if inner.inline {
			model.addInlined(to, field, way+" "+inner.number)
			continue
		}
		to.Fields = append(to.Fields, model.field(to, field, "["+way+" "+inner.number+"]"))
	}
}

func (model *Model) field(to *Struct, field reflect.StructField, number string) Field {
	tag := parseTag(field)
	if tag.name == "" {
		panic(to.Type.String() + " has a field without a name: " + field.Name)
	}
	name := rustName(tag.name)
	return Field{
		Name:   name,
		JSON:   tag.name,
		Type:   model.rustType(to, field.Type),
		Number: number,
		Omit:   tag.omit,
		Secret: secrets[to.Type.Name()+"."+tag.name],
		Doc:    model.fieldDoc(to, field, name, tag),
	}
}

// tag is what a Go field's tags say.
type tag struct {
	name         string
	number       string
	omit, inline bool
}

func parseTag(field reflect.StructField) tag {
	name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
	parsed := tag{
		name:   name,
		omit:   strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero"),
		inline: name == "" && field.Anonymous,
	}
	// Of `bytes,2,opt,name=spec` only the number can be relied on.
	parts := strings.Split(field.Tag.Get("protobuf"), ",")
	if len(parts) > 1 {
		parsed.number = parts[1]
	} else if name != "-" && field.Type != typeMeta {
		panic("a field has no protobuf number: " + field.Name)
	}
	return parsed
}
