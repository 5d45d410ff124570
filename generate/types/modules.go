package main

import (
	"fmt"
	"strings"
)

// modulesText is `types/mod.rs`.
func modulesText(model *Model) []byte {
	out := &strings.Builder{}
	out.WriteString(firstLine(model))
	out.WriteString("\n//! The built-in types, a module for each group-version and a feature for each module.\n\n")
	for _, module := range model.Modules {
		fmt.Fprintf(out, "#[cfg(feature = %q)]\npub mod %s;\n", module.feature(), module.Name)
		if module.Group == "apiextensions.k8s.io" {
			fmt.Fprintf(out, "#[cfg(feature = %q)]\nmod json_schema;\n", module.feature())
		}
		if module.Name == "meta_v1" {
			fmt.Fprintf(out, "#[cfg(feature = %q)]\nmod label_selector;\n", module.feature())
		}
	}
	out.WriteString("\n")
	for _, name := range []string{"golden", "kinds", "promises"} {
		fmt.Fprintf(out, "#[cfg(all(test, feature = \"clientset\", feature = \"protobuf\"))]\nmod %s;\n", name)
	}
	return []byte(out.String())
}

// kindsText is `types/kinds.rs`: what the tests go through all kinds by.
func kindsText(model *Model) []byte {
	out := &strings.Builder{}
	out.WriteString(firstLine(model))
	out.WriteString("\n//! All kinds that derive `Resource`, for tests that go through them.\n\n")
	out.WriteString("/// Passes each kind on to a macro: its module and its name.\n")
	out.WriteString("macro_rules! each_kind {\n    ($with:ident) => {\n")
	for _, module := range model.Modules {
		for _, one := range module.Structs {
			if one.Kind != nil {
				fmt.Fprintf(out, "        $with!(%s %s);\n", module.Name, one.Type.Name())
			}
		}
	}
	out.WriteString("    };\n}\n\npub(crate) use each_kind;\n")
	return []byte(out.String())
}
