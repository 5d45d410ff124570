#!/bin/sh
# Builds cargo-deny from crates.io (about 2 minutes on 2 cores, once) into the user's cache folder, by
# version, and prints the program. What is already there is left as it is. CARGO_DENY names another one to
# `.ci/run`; this script never writes there.
set -eu

version=0.20.2
cache=${XDG_CACHE_HOME:-$HOME/.cache}/kubeclient/cargo-deny
folder=$cache/$version
program=$folder/bin/cargo-deny

if [ -x "$program" ]; then
	echo "$program"
	exit 0
fi

mkdir -p "$cache"
scratch=$(mktemp -d "$cache/.build.XXXXXX")
trap 'rm -rf "$scratch"' EXIT INT TERM
echo "build-cargo-deny.sh: building cargo-deny $version into $folder (about 2 minutes on 2 cores)" >&2
# Its release profile takes several times as long, and what it does takes a second either way.
CARGO_TARGET_DIR=$scratch/target cargo install --locked --quiet --version "$version" --root "$scratch/root" \
	--debug --config profile.dev.debug=0 cargo-deny >&2
chmod 0755 "$scratch/root"
# Another build may have finished first: its folder is as good as this one.
if ! mv -T "$scratch/root" "$folder" 2>/dev/null; then
	rm -rf "$folder"
	mv "$scratch/root" "$folder"
fi
[ -x "$program" ] || { echo "build-cargo-deny.sh: the build did not make cargo-deny" >&2; exit 1; }
echo "$program"
