#!/bin/sh
# Builds kube-apiserver, etcd, kube-controller-manager and kubectl from Go modules (about 8 minutes on
# 2 cores, once) into the user's cache folder, by version, and prints that folder. A folder that is
# already whole is left as it is. KUBEBUILDER_ASSETS names another set of binaries to the tests; this
# script never writes there.
set -eu
cd "$(dirname "$0")"

command -v go >/dev/null || { echo "build.sh: needs Go (see the first lines of go.mod for its version)" >&2; exit 1; }
version=$(go list -m -f '{{.Version}}' k8s.io/kubernetes)
version=${version#v}
major=${version%%.*}
minor=${version#*.}
minor=${minor%%.*}

cache=${XDG_CACHE_HOME:-$HOME/.cache}/kubeclient/envtest/k8s
assets=$cache/$version-$(go env GOOS)-$(go env GOARCH)
names="kube-apiserver etcd kube-controller-manager kubectl"

whole() {
	for name in $names; do
		[ -x "$assets/$name" ] || return 1
	done
}

if whole; then
	echo "$assets"
	exit 0
fi

mkdir -p "$cache"
scratch=$(mktemp -d "$cache/.build.XXXXXX")
trap 'rm -rf "$scratch"' EXIT INT TERM
echo "build.sh: building Kubernetes $version into $assets (about 8 minutes on 2 cores)" >&2
# Without these a server calls itself v0.0.0 and clients refuse to compare versions with it.
stamp="-X k8s.io/component-base/version.gitVersion=v$version"
stamp="$stamp -X k8s.io/component-base/version.gitMajor=$major"
stamp="$stamp -X k8s.io/component-base/version.gitMinor=$minor"
CGO_ENABLED=0 GOFLAGS="${GOFLAGS:-} -mod=readonly" \
	go build -trimpath -ldflags "-s -w $stamp" -o "$scratch/" tool >&2
mv "$scratch/server" "$scratch/etcd"
chmod 0755 "$scratch"
# Another build may have finished first: its folder is as good as this one.
if ! mv -T "$scratch" "$assets" 2>/dev/null; then
	rm -rf "$assets"
	mv "$scratch" "$assets"
fi
whole || { echo "build.sh: the build did not make all of: $names" >&2; exit 1; }
echo "$assets"
