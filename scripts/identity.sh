#!/usr/bin/env bash
# Which locomotive is it? Plays a scenario with plates and models, once with a roster of 400 numbers and once without, and says for
# each machine how soon it carried its number.
#
#   scripts/identity.sh [FOLDER…]      folders like tests/data/evaluation, which is what is played without any
#
# More visits:   python -m training.hall.visits --out out/visits --visits 40; scripts/identity.sh out/visits/*
# The last line is one JSON object with the sums over all folders.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- tests/data/evaluation

scripts/setup.sh
scripts/build.sh
. scripts/env.sh

out=out/identity
rm -rf "$out"
for clips in "$@"; do
  name=$(basename "$clips")
  scripts/make-roster.py "$clips" --numbers 400 --out "$out/$name"
  for roster in with without; do
    facility=$clips/facility.toml
    [ $roster = without ] || facility=$out/$name/facility.toml
    states=$out/$name/$roster.jsonl
    roundhouse run --quiet pipelines/hall-identity.gst --set clips="$clips" --set facility="$facility" --set states="$states"
    echo "== $name, $roster a roster of 400 numbers"
    roundhouse evaluate --truth "$clips/truth.jsonl" --states "$states" --visible "$clips/visible.jsonl" \
      | sed -n '/^who they are, machine/,$p'
    roundhouse evaluate --truth "$clips/truth.jsonl" --states "$states" --visible "$clips/visible.jsonl" --json \
      >"$out/$name/$roster.figures.json"
  done
done

python3 - "$out" <<'SUMS'
import json
import sys
from pathlib import Path

sums = {}
for roster in ("with", "without"):
    runs = [json.loads(file.read_text())["identity"] for file in sorted(Path(sys.argv[1]).glob(f"*/{roster}.figures.json"))]
    total = {key: sum(run[key] for run in runs) for key in ("shown", "in_time", "certainly_wrong")}
    total["models"], total["models_right"] = (sum(run["models"][i] for run in runs) for i in (0, 1))
    sums[f"{roster}_roster"] = total
print(json.dumps(sums))
SUMS
