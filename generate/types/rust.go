package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// prelude are the names that a module has without importing them; json_schema's stand for themselves.
var prelude = words("Box Option Result Vec String Some None Ok Err Default Clone Copy Debug PartialEq Eq Drop Fn From Into Iterator Send Sync ToString ToOwned AsRef Ord Extend Self")

func firstLine(model *Model) string {
	return generatedMark + " from Kubernetes " + model.Version + ": change the generator, not this file.\n"
}

// moduleText is the Rust module of a group-version.
func moduleText(model *Model, module *Module) []byte {
	out := &strings.Builder{}
	out.WriteString(firstLine(model))
	if module.GroupVersion == metaVersion {
		out.WriteString("\n//! The types that all groups share.\n\n")
	} else {
		fmt.Fprintf(out, "\n//! The types of `%s`.\n\n", module)
	}
	writeUses(out, module)
	for _, one := range module.Structs {
		writeStruct(out, model, one)
	}
	return []byte(out.String())
}

// imports are the names that a module takes from elsewhere, by the path before them.
func (module *Module) imports() map[string]map[string]bool {
	imports := map[string]map[string]bool{}
	add := func(path string) {
		name := lastSegment(path)
		parent := strings.TrimSuffix(path, "::"+name)
		if imports[parent] == nil {
			imports[parent] = map[string]bool{}
		}
		imports[parent][name] = true
	}
	add(macro)
	for _, one := range module.Structs {
		for path := range one.Uses {
			add(path)
		}
	}
	return imports
}

func writeUses(out *strings.Builder, module *Module) {
	if module.String() == "autoscaling/v1" {
		out.WriteString("pub use crate::meta::scale::{Scale, ScaleSpec, ScaleStatus};\n\n")
	}
	imports := module.imports()
	for _, parent := range slices.Sorted(maps.Keys(imports)) {
		names := slices.Sorted(maps.Keys(imports[parent]))
		use := "use"
		if parent+"::" == jsonSchema {
			// Written by hand, and of this group-version all the same.
			use = "pub use"
		}
		if len(names) == 1 {
			fmt.Fprintf(out, "%s %s::%s;\n", use, parent, names[0])
			continue
		}
		line := fmt.Sprintf("%s %s::{%s};", use, parent, strings.Join(names, ", "))
		if len(line) <= docWidth {
			out.WriteString(line + "\n")
			continue
		}
		fmt.Fprintf(out, "%s %s::{\n", use, parent)
		writeFilled(out, names)
		out.WriteString("};\n")
	}
}

// writeFilled writes names with commas, as many on a line as there is room for.
func writeFilled(out *strings.Builder, names []string) {
	line := "   "
	for _, name := range names {
		if len(line)+len(name)+2 > docWidth {
			out.WriteString(line + "\n")
			line = "   "
		}
		line += " " + name + ","
	}
	out.WriteString(line + "\n")
}

func writeStruct(out *strings.Builder, model *Model, one *Struct) {
	out.WriteString("\nmessage! {\n")
	for index, paragraph := range model.typeDoc(one) {
		if index > 0 {
			out.WriteString("    ///\n")
		}
		writeDoc(out, "    ", paragraph)
	}
	if one.Kind != nil {
		writeDerive(out, one.Kind)
	}
	name := one.Type.Name()
	fmt.Fprintf(out, "    pub struct %s(%q, %q) {", name, one.Module.String(), name)
	if len(one.Fields) == 0 {
		out.WriteString("}\n}\n")
		return
	}
	out.WriteString("\n")
	for _, field := range one.Fields {
		writeDoc(out, "        ", field.Doc)
		fmt.Fprintf(out, "        pub %s: %s = %s %q%s,\n", field.Name, field.Type, field.Number, field.JSON, field.flags())
	}
	out.WriteString("    }\n}\n")
}

func (field *Field) flags() string {
	flags := ""
	if field.Omit {
		flags += " omit"
	}
	if field.Secret {
		flags += " secret"
	}
	return flags
}

// deriveSubresources are those that the derive knows.
var deriveSubresources = words("scale eviction binding token approval finalize ephemeralcontainers resize log exec attach portforward proxy")

// writeDerive writes what makes a struct an object of its kind.
func writeDerive(out *strings.Builder, kind *Kind) {
	arguments := []string{
		fmt.Sprintf("group = %q", kind.Group),
		fmt.Sprintf("version = %q", kind.Version),
		fmt.Sprintf("kind = %q", kind.Kind),
		fmt.Sprintf("plural = %q", kind.Plural),
		fmt.Sprintf("singular = %q", kind.Singular),
	}
	list := func(key string, values []string) {
		if len(values) > 0 {
			arguments = append(arguments, key+`("`+strings.Join(values, `", "`)+`")`)
		}
	}
	list("short_names", kind.ShortNames)
	list("categories", kind.Categories)
	arguments = append(arguments, fmt.Sprintf("scope = %q", kind.Scope))
	var below []string
	for _, name := range kind.subresourceNames() {
		switch {
		case name == "status":
			arguments = append(arguments, "status")
		case deriveSubresources[name]:
			below = append(below, name)
		default:
			panic(kind.Plural + " has a subresource that the derive does not know: " + name)
		}
	}
	if len(below) > 0 {
		arguments = append(arguments, "subresources("+strings.Join(below, ", ")+")")
	}
	arguments = append(arguments, "protobuf", `crate = "crate"`)
	out.WriteString("    #[derive(kubeclient_derive::Resource)]\n")
	fmt.Fprintf(out, "    #[resource(%s)]\n", strings.Join(arguments, ", "))
}

// checkNames panics when two types of a module have one name, whether its own or imported.
func (model *Model) checkNames() {
	for _, module := range model.Modules {
		names := maps.Clone(prelude)
		take := func(name string) {
			if names[name] {
				panic(module.Name + " has two things called " + name)
			}
			names[name] = true
		}
		for _, imported := range module.imports() {
			for name := range imported {
				take(name)
			}
		}
		for _, one := range module.Structs {
			take(one.Type.Name())
		}
	}
}
