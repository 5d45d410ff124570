#!/usr/bin/env bash
# The long form of the tests on damaged inputs (`damaged`): libFuzzer looks for inputs that reach new code, in
# each target for 10^7 runs or 20 minutes, whichever comes first. Needs Rust and a C++ compiler, with which cargo
# builds libFuzzer; stable will do, since no sanitizer is used: the crates have no `unsafe`.
#
#   tests/fuzz/long.sh [PART OF A TARGET'S NAME]...
#
#   KUBECLIENT_FUZZ_RUNS      runs a target (10000000)
#   KUBECLIENT_FUZZ_SECONDS   seconds a target (1200)
#   KUBECLIENT_FUZZ_JOBS      targets at a time (as many as there are processors)
#   KUBECLIENT_FUZZ_HANG      seconds after which an input counts as one that hangs (10)
#
# What it finds stays in target/fuzz and is where the next run begins; inputs that fail stand in `crashes` of the
# target, where the ordinary tests try them again. Ends with 1 when there is one.
set -euo pipefail
cd "$(dirname "$0")/../.."

runs=${KUBECLIENT_FUZZ_RUNS:-10000000}
seconds=${KUBECLIENT_FUZZ_SECONDS:-1200}
jobs=${KUBECLIENT_FUZZ_JOBS:-$(nproc)}
hang=${KUBECLIENT_FUZZ_HANG:-10}
build=${CARGO_TARGET_DIR:-target}/fuzz
mkdir -p "$build"
build=$(cd "$build" && pwd)

for tool in cargo c++; do
	command -v "$tool" >/dev/null || { echo "long.sh: needs $tool" >&2; exit 1; }
done

# The features of the compiler that libFuzzer reads, in the crates whose ways it is to find: all counters are read
# after each run, and those of every dependency are eight times as many.
wrapper=$build/rustc
cat >"$wrapper" <<'END'
#!/usr/bin/env bash
case " $* " in
*" --test "* | *" --crate-name serde_json "* | *" --crate-name serde_saphyr "* | *" --crate-name granit_parser "*)
	for flag in inline-8bit-counters level=4 pc-table trace-compares stack-depth; do
		set -- "$@" "-Cllvm-args=-sanitizer-coverage-$flag"
	done
	set -- "$@" -Cpasses=sancov-module
	;;
esac
exec "$@"
END
chmod +x "$wrapper"
# The engine that bolero takes for it.
flags="--cfg fuzzing --cfg fuzzing_libfuzzer"
# With --target, the flags are not for build scripts.
host=$(rustc -vV | sed -n 's/^host: //p')
mapfile -t programs < <(
	CARGO_TARGET_DIR=$build RUSTFLAGS=$flags RUSTC_WRAPPER=$wrapper cargo test --profile fuzz --target "$host" \
		-p kubeclient -p kubeclient-fake --features kubeclient/protobuf --lib \
		--no-run --message-format json | sed -n 's/.*"executable":"\([^"]*\)".*/\1/p'
)
[ ${#programs[@]} -eq 2 ] || { echo "long.sh: the targets do not build" >&2; exit 1; }

row='%-92s %10s %7s %7s %6s %7s %7s\n'

# The last number of a kind in a log.
number() { sed -n "s/.*$2 *\([0-9]\+\).*/\1/p" "$1" | tail -1; }

fuzz() {
	local program=$1 target=$2 folder=$3 failed=0
	local found=$build/found/${folder##*/} log=$build/log/${folder##*/}.log known=$folder/corpus begun crashes hangs
	mkdir -p "$found" "$build/log" "$folder/crashes"
	[ -d "$known" ] || known=
	begun=$(date +%s)
	BOLERO_LIBFUZZER_ARGS="$found${known:+ $known} -runs=$runs -max_total_time=$seconds -timeout=$hang \
-artifact_prefix=$folder/crashes/ -print_final_stats=1" \
		nice -n 5 "$program" "$target" --exact --nocapture --test-threads 1 >"$log" 2>&1 </dev/null || failed=1
	crashes=$(find "$folder/crashes" -name 'crash-*' -o -name 'oom-*' | wc -l)
	hangs=$(find "$folder/crashes" -name 'timeout-*' | wc -l)
	rmdir --ignore-fail-on-non-empty --parents "$folder/crashes" 2>/dev/null || true
	printf "$row" "$target" "$(number "$log" stat::number_of_executed_units:)" $(($(date +%s) - begun)) \
		"$(number "$log" 'cov:')" "$(find "$found" -type f | wc -l)" "$crashes" "$hangs"
	return $failed
}

failed=0
printf "$row" target runs seconds cover corpus crashes hangs
for program in "${programs[@]}"; do
	# A target says where it stands when it is asked.
	mapfile -t targets < <(
		CARGO_BOLERO_SELECT=all "$program" damaged --nocapture --test-threads 1 |
			sed -n 's/.*"work_dir":"\([^"]*\)".*"test_name":"\([^"]*\)".*/\2 \1/p' | sort
	)
	for target in "${targets[@]}"; do
		[ $# -eq 0 ] || grep -qF "$(printf '%s\n' "$@")" <<<"${target% *}" || continue
		while [ "$(jobs -pr | wc -l)" -ge "$jobs" ]; do
			wait -n || failed=1
		done
		fuzz "$program" "${target% *}" "${target##* }" &
	done
done
while [ -n "$(jobs -p)" ]; do
	wait -n || failed=1
done
exit $failed
