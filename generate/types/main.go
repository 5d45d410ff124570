// Command types writes the built-in types of kubeclient, the table of its clientset, its features, and the
// golden data of their tests, from the Go types of Kubernetes and what a real server was recorded to say.
//
//	go run . [-check] [-root FOLDER]
//
// It is deterministic: run again, it changes nothing.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	check := flag.Bool("check", false, "write nothing, and fail when a file differs")
	root := flag.String("root", "../..", "the folder of the project")
	flag.Parse()
	if err := run(*root, *check); err != nil {
		fmt.Fprintln(os.Stderr, "generate/types:", err)
		os.Exit(1)
	}
}

func run(root string, check bool) error {
	version, err := kubernetesVersion()
	if err != nil {
		return err
	}
	recorded, err := readRecorded(version)
	if err != nil {
		return err
	}
	model := newModel(version, recorded)
	files, err := generate(root, model)
	if err != nil {
		return err
	}
	if check {
		return files.check(root, version)
	}
	return files.write(root, version)
}

// generate makes all files in memory.
func generate(root string, model *Model) (Files, error) {
	files := Files{}
	for _, module := range model.Modules {
		files.add("kubeclient/src/types/"+module.Name+".rs", moduleText(model, module))
	}
	files.add("kubeclient/src/types/mod.rs", modulesText(model))
	files.add("kubeclient/src/types/kinds.rs", kindsText(model))
	files.add("kubeclient/src/clientset/groups.rs", clientsetText(model))
	manifest, err := manifestText(root, model)
	if err != nil {
		return nil, err
	}
	files.add(manifestPath, manifest)
	return files, addGolden(files, model)
}
