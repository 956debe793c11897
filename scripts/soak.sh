#!/usr/bin/env bash
# Long runs that no test waits for. Each prints a table.
#
#   scripts/soak.sh                       what there is
#   scripts/soak.sh NAME [ARGUMENTS]      runs it
#
#   bus [SECONDS [SEED [ROWS]]]           every transport through every fault, each of which goes on for so long (300) after it is noticed, with a
#                                         seed (1); ROWS is a part of the names of rows, such as 'kafka' or 'black hole'
#   fuzz [SECONDS [SEED [TARGET...]]]     every fuzz target, or the named ones, for so long (600) from a seed (1)
#   dev [SECONDS [TRANSPORT]]             prod over each transport without dev, and while dev is killed, stopped and floods, SECONDS (10) each
#   serve [KILLS]                         `roundhouse serve` killed so often (50) while it takes events in, over SQLite and over PostgreSQL; and
#                                         PostgreSQL itself
#
# Live cameras, simulated on real RTSP (. scripts/env.sh before; what was measured: docs/soaks.md):
#
#   faults [SECONDS [SEED]]     each fault on one of three cameras, one after the other, for SECONDS (60) at most
#   mix [MINUTES [SEED]]        mixed faults of eight cameras in one process, 20 minutes
#   many [MINUTES]              64 cameras in one process, 30 minutes: memory
#   record [MINUTES]            eight cameras recorded for 10 minutes, replayed twice: the same bytes
#   hour [MINUTES]              eight cameras captured and recorded, nothing else, 60 minutes
#   kill [SECONDS]              the demo live, killed by SIGKILL in the middle (90) and started again
#   demo-live [SECONDS]         the demo (90) as files, live, and live with three faults
#   workers [SECONDS]           the demo (90) live through Kafka and four estimators, of which one is killed
#   leaks [SECONDS]             start, faults and stop (60) under GStreamer's leaks tracer
#
# A soak is a function soak_NAME below and a line above. It ends with a non-zero status if it found something.
set -euo pipefail
cd "$(dirname "$0")/.."
fail() { printf 'soak: %s\n' "$*" >&2; exit 1; }

# What the engine needs to see which code an input reaches. It works with stable Rust.
COVERAGE="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
-Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares"
# An input that takes longer or more memory than this counts as a failure.
SLOWEST_S=10
MOST_MIB=1024

# The harness and the checker of crates/bus/tests/faults. As root, a small disk is mounted for the spool.
soak_bus() {
  local status=0
  export ROUNDHOUSE_SOAK_SECONDS=${1:-300} ROUNDHOUSE_SOAK_SEED=${2:-1} ROUNDHOUSE_SOAK_ROWS=${3:-}
  if [ "$(id -u)" = 0 ]; then
    ROUNDHOUSE_SMALL_DISK=$(mktemp -d)
    export ROUNDHOUSE_SMALL_DISK
    mount -t tmpfs -o size=2m none "$ROUNDHOUSE_SMALL_DISK"
  else
    echo "soak: without a full disk: only root may mount one" >&2
  fi
  cargo test --locked -p roundhouse-bus --all-features --test faults -- --ignored --exact --nocapture soak::soak || status=$?
  [ "$(id -u)" != 0 ] || umount "$ROUNDHOUSE_SMALL_DISK"
  return $status
}

# Inputs that reach new code gather in out/fuzz, and so do those that fail.
soak_fuzz() {
  local seconds=${1:-600} seed=${2:-1} failed=0 name
  shift $(($# < 2 ? $# : 2))
  local target_dir=${CARGO_TARGET_DIR:-target}/fuzz
  RUSTFLAGS="$COVERAGE" CARGO_TARGET_DIR=$target_dir cargo build --locked --profile fuzz -p roundhouse-fuzz --features libfuzzer --target x86_64-unknown-linux-gnu
  local names=("$@")
  ((${#names[@]})) || mapfile -t names < <(ls fuzz/corpus)
  printf '| target | inputs | a second | edges reached | kept | largest memory | failures |\n|---|--:|--:|--:|--:|--:|--:|\n'
  for name in "${names[@]}"; do
    fuzz_target "$name" "$seconds" "$seed" "$target_dir/x86_64-unknown-linux-gnu/fuzz/fuzz" || failed=1
  done
  ((failed == 0)) || fail "inputs that fail are in out/fuzz/*/crash-*, timeout-* and oom-*"
}

# Runs one target and prints its line of the table.
fuzz_target() {
  local name=$1 seconds=$2 seed=$3 program=$4 folder=out/fuzz/$1 status=0
  [ -d "fuzz/corpus/$name" ] || fail "there is no fuzz target '$name', only $(ls fuzz/corpus | paste -sd' ')"
  mkdir -p "$folder/kept"
  local before; before=$(failures "$folder")
  ROUNDHOUSE_FUZZ_TARGET=$name nice -n 10 "$program" -max_total_time="$seconds" -seed="$seed" -timeout=$SLOWEST_S -rss_limit_mb=$MOST_MIB \
    -print_final_stats=1 -artifact_prefix="$folder/" "$folder/kept" "fuzz/corpus/$name" >"$folder/log" 2>&1 || status=$?
  local edges; edges=$(grep -o 'cov: [0-9]*' "$folder/log" | tail -1 | cut -d' ' -f2)
  figure() { sed -n "s/^stat::$1: *//p" "$folder/log"; }
  printf '| %s | %s | %s | %s | %s | %s MiB | %s |\n' "$name" "$(figure number_of_executed_units)" "$(figure average_exec_per_sec)" \
    "${edges:--}" "$(find "$folder/kept" -type f | wc -l)" "$(figure peak_rss_mb)" $(($(failures "$folder") - before))
  return $status
}

# How many failing inputs lie in a folder.
failures() { find "$1" -maxdepth 1 \( -name 'crash-*' -o -name 'timeout-*' -o -name 'oom-*' \) | wc -l; }

# Prints when and on what a run began, as the soaks of live cameras do.
machine() { printf '%s, commit %s, %s cores, load %s\n\n' "$(date -u +%FT%TZ)" "$(git rev-parse --short HEAD)" "$(nproc)" "$(cut -d' ' -f1 /proc/loadavg)"; }

# An example of the bus with all its brokers, built for speed.
bus_example() { cargo run --quiet --locked --profile "${SOAK_PROFILE:-release}" -p roundhouse-bus --features amqp,kafka,mqtt --example "$@"; }

soak_dev() { machine; bus_example dev-and-prod -- "$@"; }

# The server is killed in the middle of batches; every confirmed event must be kept once, and history be that of the log.
soak_serve() {
  export ROUNDHOUSE_KILLS=${1:-50}
  cargo test --locked -p roundhouse --test serve outlives -- --nocapture
  cargo test --locked -p roundhouse-store --test faults outlives -- --nocapture
}

# A soak of live cameras, written in Python for the interpreter that has GStreamer's bindings.
live() { /usr/bin/python3 -B "scripts/soak/$1.py" "${@:2}"; }
soak_faults() { live faults "$@"; }
soak_mix() { live mix "$@"; }
soak_many() { roundhouse bench capture --pairs 0 --returns 0 --minutes "${1:-30}"; }
soak_record() { live record "$@"; }
soak_hour() { live hour "$@"; }
soak_kill() { live demo kill "$@"; }
soak_demo_live() { live demo faults "$@"; }
soak_workers() { live workers "$@"; }
soak_leaks() { live leaks "$@"; }

[ $# -gt 0 ] || { sed -n '2,/^set/{/^#/!d;s/^# \?//p}' "$0"; exit 0; }
name=$1
shift
declare -F "soak_${name//-/_}" >/dev/null || fail "there is no soak '$name'; scripts/soak.sh lists them"
"soak_${name//-/_}" "$@"
