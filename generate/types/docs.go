package main

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
)

// docWidth is how long a line with its indentation and slashes may be.
const docWidth = 100

// typeDoc are the paragraphs that a struct is documented with.
func (model *Model) typeDoc(of *Struct) []string {
	name := of.Type.Name()
	first := "`" + name + "` of `" + of.Module.String() + "`"
	if model.isDocumented(of) {
		first += ": [reference](" + model.reference(of) + ")"
	}
	paragraphs := []string{first + "."}
	kind := of.Kind
	switch {
	case isUnserved(of):
		paragraphs = append(paragraphs, "What a webhook is sent, and answers with; the server does not serve it.")
	case kind == nil:
	case kind.Parent != "":
		paragraphs = append(paragraphs, "The body of `"+kind.Under+"` of `"+kind.Parent+"`.")
	default:
		line := "Verbs: " + strings.Join(kind.Verbs, ", ")
		if below := kind.subresourceNames(); len(below) > 0 {
			line += "; subresources: " + strings.Join(below, ", ")
		}
		paragraphs = append(paragraphs, line+".")
	}
	return paragraphs
}

func isUnserved(of *Struct) bool {
	return slices.Contains(unserved, of.Module.WithKind(of.Type.Name()))
}

// isDocumented is whether the API reference has a section on it.
func (model *Model) isDocumented(of *Struct) bool {
	_, recorded := model.recorded.Schemas[schemaName(of.Type)]
	return recorded
}

// reference is the address of the section on a type: `#ingress-v1-networking-k8s-io`.
func (model *Model) reference(of *Struct) string {
	group := of.Module.Group
	if group == "" {
		group = "core"
	}
	parts := []string{of.Type.Name(), of.Module.Version, strings.ReplaceAll(group, ".", "-")}
	return "https://kubernetes.io/docs/reference/generated/kubernetes-api/v" + minorVersion(model.Version) +
		"/#" + strings.ToLower(strings.Join(parts, "-"))
}

func (kind *Kind) subresourceNames() []string {
	var names []string
	for _, below := range kind.Subresources {
		names = append(names, below.Name)
	}
	slices.Sort(names)
	return names
}

// fieldDoc says what is known of a field, in a sentence.
func (model *Model) fieldDoc(of *Struct, field reflect.StructField, name string, tag tag) string {
	if field.Type == objectMeta && tag.name == "metadata" {
		return "The object's metadata."
	}
	schema, recorded := model.recorded.Schemas[schemaName(of.Type)]
	facts := schema[tag.name]
	if !recorded {
		// Nobody serves it: then Go's tags have to do.
		facts.Required = !tag.omit
	}
	parts := []string{"Optional"}
	if facts.Required {
		parts[0] = "Required"
	}
	if text := defaultText(field.Type, facts.Default); text != "" {
		parts = append(parts, "default `"+text+"`")
	}
	if len(facts.Enum) > 0 {
		parts = append(parts, "one of `"+strings.Join(facts.Enum, "`, `")+"`")
	}
	if text := mergeText(field); text != "" {
		parts = append(parts, text)
	}
	if camelCase(name) != tag.name {
		parts = append(parts, "`"+tag.name+"` in JSON")
	}
	return strings.Join(parts, "; ") + "."
}

// defaultText is empty for a default that a plain Rust field has anyway.
func defaultText(goType reflect.Type, value json.RawMessage) string {
	if value == nil {
		return ""
	}
	var text string
	if json.Unmarshal(value, &text) != nil {
		text = string(value)
	}
	isZero := text == "" || text == "0" || text == "false"
	if isZero && goType.Kind() != reflect.Pointer {
		return ""
	}
	if text == "" {
		return `""`
	}
	return text
}

// mergeText says how a strategic merge patch goes about a field.
func mergeText(field reflect.StructField) string {
	strategy := field.Tag.Get("patchStrategy")
	key := field.Tag.Get("patchMergeKey")
	var parts []string
	for part := range strings.SplitSeq(strategy, ",") {
		switch {
		case part == "merge" && key != "":
			parts = append(parts, "merged by `"+key+"`")
		case part == "merge":
			parts = append(parts, "merged as a set")
		case part == "retainKeys":
			parts = append(parts, "a patch may name the keys to keep")
		case part == "replace":
			parts = append(parts, "replaced as a whole")
		case part != "":
			panic(field.Name + " has a patch strategy that is not known: " + part)
		}
	}
	return strings.Join(parts, "; ")
}

// schemaName is what OpenAPI calls a Go type.
func schemaName(goType reflect.Type) string {
	path := strings.TrimPrefix(goType.PkgPath(), "k8s.io/")
	return "io.k8s." + strings.ReplaceAll(path, "/", ".") + "." + goType.Name()
}

// writeDoc writes a paragraph, broken between words.
func writeDoc(out *strings.Builder, indent, paragraph string) {
	line := indent + "///"
	for word := range strings.SplitSeq(paragraph, " ") {
		if len(line)+1+len(word) > docWidth && line != indent+"///" {
			out.WriteString(line + "\n")
			line = indent + "///"
		}
		line += " " + word
	}
	out.WriteString(line + "\n")
}
