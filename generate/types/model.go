package main

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Model is all that is generated of: the modules in the order of their names.
type Model struct {
	Version string
	Modules []*Module

	recorded *Recorded
	packages map[string]schema.GroupVersion
	modules  map[schema.GroupVersion]*Module
}

// Module is a group-version.
type Module struct {
	schema.GroupVersion
	Name    string
	Structs []*Struct
	// Served are the resources that discovery lists.
	Served []Resource

	structs map[string]*Struct
}

// Struct is a Go struct that becomes one of Rust's.
type Struct struct {
	Module *Module
	Type   reflect.Type
	// Kind is nil for what is part of something else.
	Kind   *Kind
	Fields []Field
	// Uses are the Rust paths of the types in its fields, but for those of its own module.
	Uses map[string]bool
	// Needs are the modules of those types.
	Needs map[*Module]bool
}

// Kind is what the derive is told of an object's kind.
type Kind struct {
	Resource
	// Parent is the plural of the resource below which alone it is served, if it is.
	Parent string
	// Under is the name of that subresource.
	Under string
}

// newModel finds what is served, and all that it consists of. Whatever it does not know how to write is a
// panic: a new version of Kubernetes has brought something that wants a decision.
func newModel(version string, recorded *Recorded) *Model {
	model := &Model{
		Version:  version,
		recorded: recorded,
		packages: packages(),
		modules:  map[schema.GroupVersion]*Module{},
	}
	model.addModule(metaVersion)
	for _, resource := range recorded.Resources {
		model.addModule(schema.GroupVersion{Group: resource.Group, Version: resource.Version})
	}
	for _, kind := range unserved {
		model.addModule(kind.GroupVersion())
	}
	for _, resource := range recorded.Resources {
		model.addResource(resource)
	}
	for _, kind := range unserved {
		model.addKind(kind, "Cluster", "", "")
	}
	for _, module := range model.Modules {
		module.Structs = slices.SortedFunc(maps.Values(module.structs), func(a, b *Struct) int {
			return strings.Compare(a.Type.Name(), b.Type.Name())
		})
	}
	slices.SortFunc(model.Modules, func(a, b *Module) int { return cmp.Compare(a.Name, b.Name) })
	model.checkNames()
	return model
}

func (model *Model) addModule(version schema.GroupVersion) {
	if model.modules[version] != nil {
		return
	}
	module := &Module{GroupVersion: version, Name: moduleName(version), structs: map[string]*Struct{}}
	model.modules[version] = module
	model.Modules = append(model.Modules, module)
}

// addResource adds a resource's kind, and the kinds of the bodies of its subresources.
func (model *Model) addResource(resource Resource) {
	version := schema.GroupVersion{Group: resource.Group, Version: resource.Version}
	goType := kindType(version.WithKind(resource.Kind))
	module := model.modules[version]
	module.Served = append(module.Served, resource)
	added := model.addStruct(goType)
	if added.Kind != nil && added.Kind.Parent == "" {
		panic(goType.String() + " is the kind of two resources")
	}
	added.Kind = &Kind{Resource: resource}
	if slices.Contains(resource.Verbs, "list") {
		checkList(kindType(version.WithKind(resource.Kind + "List")))
	}
	for _, below := range resource.Subresources {
		kind := schema.GroupVersionKind{Group: below.Group, Version: below.Version, Kind: below.Kind}
		// Options stand in the query, not in a body.
		if !strings.HasSuffix(kind.Kind, "Options") && !isHandWritten(kindType(kind)) {
			model.addKind(kind, resource.Scope, resource.Plural, below.Name)
		}
	}
}

// addKind adds a kind that is no resource of its own, unless it is known as one already.
func (model *Model) addKind(kind schema.GroupVersionKind, scope, parent, under string) {
	added := model.addStruct(kindType(kind))
	if added.Kind != nil || !hasMetadata(added.Type) {
		return
	}
	name := strings.ToLower(kind.Kind)
	added.Kind = &Kind{
		Resource: Resource{
			Group: kind.Group, Version: kind.Version, Kind: kind.Kind,
			Plural: name + "s", Singular: name, Scope: scope,
		},
		Parent: parent,
		Under:  under,
	}
}

// addStruct adds a Go struct, and those in its fields, once.
func (model *Model) addStruct(goType reflect.Type) *Struct {
	module := model.moduleOf(goType)
	if added := module.structs[goType.Name()]; added != nil {
		if added.Type != goType {
			panic(goType.String() + " is there twice in " + module.Name)
		}
		return added
	}
	added := &Struct{Module: module, Type: goType, Uses: map[string]bool{}, Needs: map[*Module]bool{}}
	module.structs[goType.Name()] = added
	model.addFields(added)
	return added
}

// checkList panics when a list is not what kubeclient's one type for all lists is.
func checkList(list reflect.Type) {
	for number, json := range map[string]string{"1": "metadata", "2": "items"} {
		found := false
		for index := range list.NumField() {
			field := list.Field(index)
			found = found || field.Type != typeMeta && parseTag(field) == tag{name: json, number: number, omit: json == "metadata"}
		}
		if !found || list.NumField() != 3 {
			panic(list.String() + " is not a list as the others are")
		}
	}
}

func (model *Model) moduleOf(goType reflect.Type) *Module {
	version, ok := model.packages[goType.PkgPath()]
	module := model.modules[version]
	if !ok || module == nil {
		panic(goType.PkgPath() + "." + goType.Name() + " is of no group-version that is served")
	}
	return module
}

func kindType(kind schema.GroupVersionKind) reflect.Type {
	goType := known.AllKnownTypes()[kind]
	if goType == nil {
		panic("no Go type is known of " + kind.String())
	}
	return goType
}

// moduleName is what the module and the feature of a group-version are called.
func moduleName(version schema.GroupVersion) string {
	group := strings.ReplaceAll(strings.TrimSuffix(version.Group, ".k8s.io"), ".", "_")
	if group == "" {
		group = "core"
	}
	return group + "_" + version.Version
}
