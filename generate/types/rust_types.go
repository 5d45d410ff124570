package main

import (
	"encoding/json"
	"reflect"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// form is how a type that is written by hand stands in a field.
type form struct {
	// path is the Rust type's.
	path string
	// absent says that a plain value may be absent, too: Go has a nil in it, or a zero that is none.
	absent bool
	// boxed says that what Go points to is boxed.
	boxed bool
}

// handWritten are the types that kubeclient has by hand.
var handWritten = map[reflect.Type]form{
	reflect.TypeFor[metav1.Time]():      {path: "crate::meta::time::Time", absent: true},
	reflect.TypeFor[metav1.MicroTime](): {path: "crate::meta::time::MicroTime", absent: true},
	reflect.TypeFor[metav1.Duration]():  {path: "crate::meta::duration::Duration"},

	reflect.TypeFor[metav1.ObjectMeta]():         {path: "crate::meta::object_meta::ObjectMeta", boxed: true},
	reflect.TypeFor[metav1.OwnerReference]():     {path: "crate::meta::object_meta::OwnerReference", boxed: true},
	reflect.TypeFor[metav1.ManagedFieldsEntry](): {path: "crate::meta::object_meta::ManagedFieldsEntry", boxed: true},
	reflect.TypeFor[metav1.ListMeta]():           {path: "crate::meta::list::ListMeta", boxed: true},
	reflect.TypeFor[metav1.Status]():             {path: "crate::meta::status::Status", boxed: true},
	reflect.TypeFor[metav1.StatusDetails]():      {path: "crate::meta::status::StatusDetails", boxed: true},
	reflect.TypeFor[metav1.StatusCause]():        {path: "crate::meta::status::StatusCause", boxed: true},

	reflect.TypeFor[autoscalingv1.Scale]():       {path: "crate::meta::scale::Scale", boxed: true},
	reflect.TypeFor[autoscalingv1.ScaleSpec]():   {path: "crate::meta::scale::ScaleSpec", boxed: true},
	reflect.TypeFor[autoscalingv1.ScaleStatus](): {path: "crate::meta::scale::ScaleStatus", boxed: true},

	reflect.TypeFor[resource.Quantity]():    {path: "crate::meta::quantity::Quantity"},
	reflect.TypeFor[intstr.IntOrString]():   {path: "crate::meta::int_or_string::IntOrString"},
	reflect.TypeFor[runtime.RawExtension](): {path: rawJSON, absent: true},
	reflect.TypeFor[metav1.FieldsV1]():      {path: rawJSON, absent: true},
	reflect.TypeFor[apiextensionsv1.JSON](): {path: rawJSON, absent: true},

	reflect.TypeFor[apiextensionsv1.JSONSchemaPropsOrArray]():       {path: jsonSchema + "JSONSchemaPropsOrArray", boxed: true},
	reflect.TypeFor[apiextensionsv1.JSONSchemaPropsOrBool]():        {path: jsonSchema + "JSONSchemaPropsOrBool", boxed: true},
	reflect.TypeFor[apiextensionsv1.JSONSchemaPropsOrStringArray](): {path: jsonSchema + "JSONSchemaPropsOrStringArray", boxed: true},
}

const (
	rawJSON    = "crate::meta::raw::RawJson"
	byteString = "crate::meta::byte_string::ByteString"
	rustMap    = "crate::meta::map::Map"
	macro      = "crate::meta::message::message"
	jsonSchema = "crate::types::json_schema::"
)

func isHandWritten(goType reflect.Type) bool {
	_, ok := handWritten[goType]
	return ok
}

// rustType is the type of a field, whose parts are added to the model and to what the struct uses.
func (model *Model) rustType(to *Struct, goType reflect.Type) string {
	if goType.Kind() == reflect.Pointer {
		return model.pointer(to, goType.Elem())
	}
	value := model.value(to, goType)
	if handWritten[goType].absent {
		return "Option<" + value + ">"
	}
	return value
}

func (model *Model) pointer(to *Struct, goType reflect.Type) string {
	value := model.value(to, goType)
	hand, byHand := handWritten[goType]
	switch goType.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		panic(to.Type.String() + " points to a " + goType.String())
	case reflect.Struct:
		if !byHand || hand.boxed {
			return "Option<Box<" + value + ">>"
		}
	}
	return "Option<" + value + ">"
}

// value is the type of what is there, in a field, a list or a map.
func (model *Model) value(to *Struct, goType reflect.Type) string {
	if hand, ok := handWritten[goType]; ok {
		return to.use(hand.path)
	}
	if reflect.PointerTo(goType).Implements(reflect.TypeFor[json.Marshaler]()) {
		panic(goType.String() + " has a JSON form of its own")
	}
	switch goType.Kind() {
	case reflect.String:
		return "String"
	case reflect.Bool:
		return "bool"
	case reflect.Int32:
		return "i32"
	case reflect.Int64:
		return "i64"
	case reflect.Float64:
		return "f64"
	case reflect.Slice:
		if goType.Elem().Kind() == reflect.Uint8 {
			return to.use(byteString)
		}
		return "Vec<" + model.value(to, goType.Elem()) + ">"
	case reflect.Map:
		if goType.Key().Kind() == reflect.String {
			return to.use(rustMap) + "<String, " + model.value(to, goType.Elem()) + ">"
		}
	case reflect.Struct:
		return model.structType(to, goType)
	}
	panic(to.Type.String() + " has a field of a type that is not known: " + goType.String())
}

func (model *Model) structType(to *Struct, goType reflect.Type) string {
	part := model.addStruct(goType)
	if part.Module != to.Module {
		to.use("crate::types::" + part.Module.Name + "::" + goType.Name())
		to.Needs[part.Module] = true
	}
	return goType.Name()
}

// use notes a path and answers with the name that it ends in.
func (to *Struct) use(path string) string {
	to.Uses[path] = true
	return lastSegment(path)
}
