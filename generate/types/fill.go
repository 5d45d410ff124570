package main

import (
	"fmt"
	"math"
	"reflect"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
)

const (
	// pairsUntil is how deep a list has two elements; below it has one.
	pairsUntil = 4
	// recursionLimit is how often a type may stand within itself.
	recursionLimit = 2
)

// filler sets every field of an object, to values that follow from the order of the fields alone.
type filler struct {
	count int
	inner map[reflect.Type]int
}

// filled is a new object of a type with every field set.
func filled(goType reflect.Type) runtime.Object {
	value := reflect.New(goType)
	filler := &filler{inner: map[reflect.Type]int{}}
	filler.fill(value.Elem(), "value", 0)
	return value.Interface().(runtime.Object)
}

func (filler *filler) next() int {
	filler.count++
	return filler.count
}

// pick is one of the values, and the next one the next time.
func pick[T any](filler *filler, values ...T) T {
	return values[filler.next()%len(values)]
}

// fill sets a value; hint is the name of the field that it stands in.
func (filler *filler) fill(value reflect.Value, hint string, depth int) {
	if filler.fillSpecial(value, depth) {
		return
	}
	switch value.Kind() {
	case reflect.Pointer:
		filler.fillPointer(value, hint, depth)
	case reflect.Struct:
		filler.fillStruct(value, depth)
	case reflect.Slice:
		filler.fillSlice(value, hint, depth)
	case reflect.Map:
		filler.fillMap(value, hint, depth)
	case reflect.String:
		value.SetString(filler.text(hint))
	case reflect.Bool:
		value.SetBool(true)
	case reflect.Int32:
		value.SetInt(pick[int64](filler, 7, -8, math.MaxInt32, math.MinInt32))
	case reflect.Int64:
		value.SetInt(pick[int64](filler, 9, -10, math.MaxInt64, math.MinInt64, 1<<53+1))
	case reflect.Float64:
		value.SetFloat(pick(filler, 0.5, -1.25, 1e21, 1000000))
	default:
		panic("nothing to fill a " + value.Type().String() + " with")
	}
}

// text is a string; now and then with letters that JSON escapes or that are longer in UTF-8.
func (filler *filler) text(hint string) string {
	number := filler.next()
	if number%11 == 0 {
		return fmt.Sprintf("%s \"<é%d>\"\n", hint, number)
	}
	return fmt.Sprintf("%s-%d", hint, number)
}

// fillPointer lets some of what it points to be zero, which is not the same as absent.
func (filler *filler) fillPointer(value reflect.Value, hint string, depth int) {
	target := value.Type().Elem()
	if target.Kind() == reflect.Struct && filler.inner[target] >= recursionLimit {
		return
	}
	if target == reflect.TypeFor[apiextensionsv1.JSONSchemaPropsOrArray]() && filler.isCut() {
		return
	}
	value.Set(reflect.New(target))
	if target.Kind() != reflect.Struct && filler.next()%3 == 0 {
		return
	}
	filler.fill(value.Elem(), hint, depth)
}

func (filler *filler) fillStruct(value reflect.Value, depth int) {
	goType := value.Type()
	if filler.inner[goType] >= recursionLimit {
		return
	}
	filler.inner[goType]++
	defer func() { filler.inner[goType]-- }()
	for index := range goType.NumField() {
		field := goType.Field(index)
		// Kind and version are set where the object is written.
		if field.Type != typeMeta && parseTag(field).name != "-" {
			filler.fill(value.Field(index), parseTag(field).name, depth+1)
		}
	}
}

func (filler *filler) fillSlice(value reflect.Value, hint string, depth int) {
	element := value.Type().Elem()
	if element.Kind() == reflect.Uint8 {
		value.SetBytes([]byte{0, 0xff, 0xfe, 'a', byte(filler.next())})
		return
	}
	if filler.inner[element] >= recursionLimit {
		return
	}
	length := 1
	if depth <= pairsUntil && filler.inner[element] == 0 {
		length = 2
	}
	value.Set(reflect.MakeSlice(value.Type(), length, length))
	for index := range length {
		filler.fill(value.Index(index), hint, depth+1)
	}
}

func (filler *filler) fillMap(value reflect.Value, hint string, depth int) {
	target := value.Type().Elem()
	if filler.inner[target] >= recursionLimit {
		return
	}
	value.Set(reflect.MakeMap(value.Type()))
	for _, letter := range []string{"b", "a"} {
		key := reflect.New(value.Type().Key()).Elem()
		key.SetString(fmt.Sprintf("%s/%s-%d", letter, hint, filler.next()))
		item := reflect.New(target).Elem()
		filler.fill(item, hint, depth+1)
		value.SetMapIndex(key, item)
	}
}

// fillSpecial sets a value of a type that has a form of its own.
func (filler *filler) fillSpecial(value reflect.Value, depth int) bool {
	second := func() int { return filler.next() % 60 }
	switch target := value.Addr().Interface().(type) {
	case *metav1.Time:
		*target = metav1.Date(2024, time.February, 29, 23, 59, second(), 0, time.UTC)
	case *metav1.MicroTime:
		*target = metav1.NewMicroTime(time.Date(2024, time.February, 29, 23, 59, second(), 123_456_000, time.UTC))
	case *metav1.Status:
		*target = *status()
	case *metav1.Duration:
		target.Duration = pick(filler, 90*time.Second, 1500*time.Millisecond)
	case *resource.Quantity:
		*target = resource.MustParse(pick(filler, "1500m", "2Gi", "0", "100", "12e6", "1k"))
	case *intstr.IntOrString:
		*target = pick(filler, intstr.FromInt32(8080), intstr.FromString("25%"), intstr.FromInt32(-1))
	case *metav1.FieldsV1:
		target.Raw = []byte(`{"f:metadata":{"f:labels":{".":{},"f:a":{}}}}`)
	case *runtime.RawExtension:
		target.Raw = []byte(`{"apiVersion":"example.com/v1","kind":"Thing","n":[1.5,-2,null,"é"]}`)
	case *apiextensionsv1.JSON:
		target.Raw = []byte(pick(filler, `{"a":[1,"x",null]}`, `"text"`, `1.5`, `true`))
	case *apiextensionsv1.JSONSchemaPropsOrArray:
		if filler.next()%2 == 0 {
			target.Schema = filler.schema(depth)
		} else {
			target.JSONSchemas = []apiextensionsv1.JSONSchemaProps{*filler.schema(depth), *filler.schema(depth)}
		}
	case *apiextensionsv1.JSONSchemaPropsOrBool:
		target.Allows = true
		if filler.next()%2 == 0 {
			target.Allows = filler.next()%2 == 0
		} else if !filler.isCut() {
			target.Schema = filler.schema(depth)
		}
	case *apiextensionsv1.JSONSchemaPropsOrStringArray:
		if filler.next()%2 == 0 || filler.isCut() {
			target.Property = []string{filler.text("property"), filler.text("property")}
		} else {
			target.Schema = filler.schema(depth)
		}
	default:
		return false
	}
	return true
}

// isCut is whether no further schema may stand within this one.
func (filler *filler) isCut() bool {
	return filler.inner[reflect.TypeFor[apiextensionsv1.JSONSchemaProps]()] >= recursionLimit
}

func (filler *filler) schema(depth int) *apiextensionsv1.JSONSchemaProps {
	schema := &apiextensionsv1.JSONSchemaProps{}
	filler.fill(reflect.ValueOf(schema).Elem(), "schema", depth+1)
	return schema
}
