package main

import (
	"strings"
	"unicode"
)

// odd are the JSON names whose words can't be told by their capitals.
var odd = map[string]string{
	"$ref":            "ref_path",
	"$schema":         "schema",
	"openAPIV3Schema": "open_api_v3_schema",
}

var keywords = words(`abstract as async await become box break const continue crate do dyn else enum extern
	false final fn for gen if impl in let loop macro match mod move mut override priv pub ref return self
	static struct super trait true try type typeof unsafe unsized use virtual where while yield`)

func words(text string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(text) {
		set[word] = true
	}
	return set
}

// rustName is a field's name in Rust: `hostIP` is host_ip, `type` type_.
func rustName(json string) string {
	name, ok := odd[json]
	if !ok {
		name = snakeCase(strings.ReplaceAll(json, "-", "_"))
	}
	if keywords[name] {
		name += "_"
	}
	for _, letter := range name {
		if letter != '_' && !unicode.IsLower(letter) && !unicode.IsDigit(letter) {
			panic(json + " makes no name in Rust: " + name)
		}
	}
	return name
}

// snakeCase keeps acronyms together, and their plurals: `podCIDRs` is pod_cidrs, `scaleIO` scale_io.
func snakeCase(name string) string {
	letters := []rune(name)
	snake := strings.Builder{}
	for index, letter := range letters {
		if index > 0 && unicode.IsUpper(letter) && beginsWord(letters, index) {
			snake.WriteByte('_')
		}
		snake.WriteRune(unicode.ToLower(letter))
	}
	return snake.String()
}

// beginsWord is whether the capital at the index is the first letter of a word.
func beginsWord(letters []rune, index int) bool {
	if before := letters[index-1]; before == '_' {
		return false
	} else if !unicode.IsUpper(before) {
		return true
	}
	rest := letters[index+1:]
	isPlural := len(rest) > 0 && rest[0] == 's' && (len(rest) == 1 || unicode.IsUpper(rest[1]))
	return len(rest) > 0 && unicode.IsLower(rest[0]) && !isPlural
}

// camelCase is what JSON would call a field of this name if nothing were odd about it.
func camelCase(name string) string {
	parts := strings.Split(strings.TrimSuffix(name, "_"), "_")
	for index := range parts[1:] {
		part := parts[index+1]
		parts[index+1] = strings.ToUpper(part[:1]) + part[1:]
	}
	return strings.Join(parts, "")
}

// accessorName is the plural in the words of the kind: ReplicaSet and replicasets are replica_sets.
func accessorName(kind, plural string) string {
	parts := strings.Split(snakeCase(kind), "_")
	rest := plural
	for index, part := range parts[:len(parts)-1] {
		var ok bool
		if rest, ok = strings.CutPrefix(rest, part); !ok || rest == "" {
			panic(plural + " has not the words of " + kind)
		}
		parts[index] = part
	}
	parts[len(parts)-1] = rest
	name := strings.Join(parts, "_")
	if strings.ReplaceAll(name, "_", "") != plural {
		panic(name + " is not " + plural)
	}
	return name
}

func lastSegment(path string) string {
	return path[strings.LastIndex(path, ":")+1:]
}
