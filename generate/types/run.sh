#!/bin/sh
# Writes the built-in types, the clientset's table, their features and their golden data; with --check it
# writes nothing and fails when one of them is not as it would be written. Needs Go alone.
set -eu
cd "$(dirname "$0")"

command -v go >/dev/null || { echo "generate/types/run.sh: needs Go (see the first lines of go.mod for its version)" >&2; exit 1; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM
GOFLAGS="${GOFLAGS:-} -mod=readonly" GOWORK=off go build -buildvcs=false -o "$scratch/types" .
"$scratch/types" "$@"
