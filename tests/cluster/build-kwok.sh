#!/bin/sh
# Builds kwok, the kubelet that the kubectl tests read logs from (about 2 minutes on 2 cores, once), into
# the user's cache folder, by version, and prints that folder. A folder that is already whole is left as
# it is. KWOK_ASSETS names another folder to the tests; this script never writes there.
set -eu
cd "$(dirname "$0")/kwok"

command -v go >/dev/null || { echo "build-kwok.sh: needs Go (see the first lines of go.mod for its version)" >&2; exit 1; }
version=$(go list -m -f '{{.Version}}' sigs.k8s.io/kwok)
version=${version#v}

cache=${XDG_CACHE_HOME:-$HOME/.cache}/kubeclient/envtest/kwok
assets=$cache/$version-$(go env GOOS)-$(go env GOARCH)

if [ -x "$assets/kwok" ]; then
	echo "$assets"
	exit 0
fi

mkdir -p "$cache"
scratch=$(mktemp -d "$cache/.build.XXXXXX")
trap 'rm -rf "$scratch"' EXIT INT TERM
echo "build-kwok.sh: building kwok $version into $assets (about 2 minutes on 2 cores)" >&2
CGO_ENABLED=0 GOFLAGS="${GOFLAGS:-} -mod=readonly" \
	go build -trimpath -ldflags "-s -w" -o "$scratch/" tool >&2
chmod 0755 "$scratch"
# Another build may have finished first: its folder is as good as this one.
if ! mv -T "$scratch" "$assets" 2>/dev/null; then
	rm -rf "$assets"
	mv "$scratch" "$assets"
fi
[ -x "$assets/kwok" ] || { echo "build-kwok.sh: the build did not make kwok" >&2; exit 1; }
echo "$assets"
