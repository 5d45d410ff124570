#!/usr/bin/env bash
# The long form of the fault tests, each in turn: what CI runs a slice of. About an hour and a half on two cores;
# `KUBECLIENT_FAULT_SEEDS` (20 unless told) makes it shorter. libFuzzer has a script of its own, `tests/fuzz/long.sh`.
set -euo pipefail
cd "$(dirname "$0")/.."

seeds=${KUBECLIENT_FAULT_SEEDS:-20}

long() { # how many seeds, then what to run
	echo "== ${*:2}" >&2
	KUBECLIENT_FAULT_SEEDS=$1 cargo test "${@:2}" -- --nocapture
}

long "$seeds" -p kubeclient --lib cache::tests::faults
long "$seeds" -p kubeclient-tests --test it informer::chaos
long $((seeds * 50)) -p kubeclient --lib whole_electors
long 1 -p kubeclient --test dead_links
long 1 -p kubeclient --lib thirty_two_writers
long 1 -p kubeclient-tests --test it wire::
long 1 -p kubeclient-tests --test it cut_writes
long 1 -p kubeclient-tests --test it in_cluster
KUBECLIENT_FAULT_EVENTS=10000000 long 1 --release -p kubeclient --lib soak
