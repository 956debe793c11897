#!/usr/bin/env bash
# Sets up, builds, plays the footage of eight cameras through the pipeline, and shows the state of the hall.
#
#   scripts/demo.sh [--scenario demo|evaluation]
#
# The last line is one JSON object with the figures of `roundhouse evaluate`.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() { echo "usage: scripts/demo.sh [--scenario demo|evaluation]" >&2; exit 2; }

scenario=demo
while [ $# -gt 0 ]; do
  case $1 in
    --scenario) [ $# -ge 2 ] || usage; scenario=$2; shift 2 ;;
    --scenario=*) scenario=${1#*=}; shift ;;
    *) usage ;;
  esac
done
clips=tests/data/$scenario
[ -e "$clips/truth.jsonl" ] || { echo "demo: there is no scenario '$scenario': choose demo or evaluation" >&2; usage; }

scripts/setup.sh
scripts/build.sh
. scripts/env.sh

out=out/$scenario
mkdir -p "$out"
echo "demo: eight cameras of $clips, 90 s of footage" >&2
roundhouse run pipelines/hall.gst --set clips="$clips" --set states="$out/states.jsonl"

echo
roundhouse watch --once --facility "$clips/facility.toml" "$out/states.jsonl"
echo
roundhouse evaluate --truth "$clips/truth.jsonl" --states "$out/states.jsonl"
echo
echo "States of the hall, one a line:  $out/states.jsonl"
echo "Watch them as they come:         . scripts/env.sh; roundhouse watch --facility $clips/facility.toml $out/states.jsonl"
echo "The pipeline, to change:         pipelines/hall.gst"
echo "The hall in a browser:           . scripts/env.sh; roundhouse serve --demo"
roundhouse evaluate --truth "$clips/truth.jsonl" --states "$out/states.jsonl" --summary "$scenario"
