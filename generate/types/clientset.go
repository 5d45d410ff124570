package main

import (
	"fmt"
	"strings"
)

// clientsetText is the table of the clientset: a row for each resource that discovery lists.
func clientsetText(model *Model) []byte {
	out := &strings.Builder{}
	out.WriteString(firstLine(model))
	out.WriteString("\n//! The kinds that the clientset has, by their group-version.\n")
	for _, module := range model.Modules {
		if len(module.Served) > 0 {
			writeGroup(out, module)
		}
	}
	return []byte(out.String())
}

func writeGroup(out *strings.Builder, module *Module) {
	out.WriteString("\ngroup! {\n")
	fmt.Fprintf(out, "    /// The kinds of `%s`.\n", module)
	fmt.Fprintf(out, "    %q %s %s {\n", module.feature(), module.Name, pascalCase(module.Name))
	for _, resource := range module.Served {
		scope := "cluster"
		if resource.Scope == "Namespaced" {
			scope = "namespaced"
		}
		accessor := accessorName(resource.Kind, resource.Plural)
		fmt.Fprintf(out, "        /// `%s`.\n        %s %s: %s,\n", resource.Plural, scope, accessor, resource.Kind)
	}
	out.WriteString("    }\n}\n")
}

// pascalCase is AppsV1 of apps_v1.
func pascalCase(name string) string {
	camel := camelCase(name)
	return strings.ToUpper(camel[:1]) + camel[1:]
}
