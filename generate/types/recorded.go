package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// Recorded is what a real server was recorded to say.
type Recorded struct {
	Resources []Resource
	Schemas   map[string]map[string]Facts
}

// Resource is one of discovery's top-level resources.
type Resource struct {
	Group, Version, Plural, Singular, Kind, Scope string
	ShortNames, Categories, Verbs                 []string
	Subresources                                  []Subresource
}

// Subresource stands below a Resource; Group, Version and Kind are those of its body.
type Subresource struct {
	Name, Group, Version, Kind string
	Verbs                      []string
}

// Facts are what OpenAPI says of a property.
type Facts struct {
	Required bool
	Default  json.RawMessage
	Enum     []string
}

// readRecorded reads the recordings, which must be of the version of the Go types.
func readRecorded(version string) (*Recorded, error) {
	var discovery struct {
		Kubernetes string
		Resources  []Resource
	}
	recorded := &Recorded{}
	if err := readJSON("recorded/discovery.json", &discovery); err != nil {
		return nil, err
	}
	if discovery.Kubernetes != "v"+version {
		return nil, fmt.Errorf("recorded/discovery.json is of Kubernetes %s, go.mod of v%s: run record-types with a server of that version", discovery.Kubernetes, version)
	}
	recorded.Resources = discovery.Resources
	return recorded, readJSON("recorded/openapi.json", &recorded.Schemas)
}

func readJSON(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
