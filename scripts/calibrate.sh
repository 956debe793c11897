#!/usr/bin/env bash
# Is a number that is stated with 95 % right in 95 of 100 cases? Reads made plates in fonts that the reader was not trained on, one
# look and seven looks at each, and prints stated against actual confidence, ten bins. The plates are none that the figures of
# `Tempering` were fitted on (another seed).
#
#   PYTHON=venv/bin/python scripts/calibrate.sh [GLYPHS]
#
# PYTHON is one with training/requirements.txt. GLYPHS is the file of training.plates.fonts, made of the fonts here if it is not there.
set -euo pipefail
cd "$(dirname "$0")/.."
glyphs=${1:-out/glyphs.npz}
python=${PYTHON:-python3}

scripts/setup.sh
. scripts/env.sh 2>/dev/null
mkdir -p out/calibration
[ -e "$glyphs" ] || "$python" -m training.plates.fonts --out "$glyphs"
"$python" -m training.plates.tensors models/trt/platereader --glyphs "$glyphs" --plates "${PLATES:-600}" --seed 90125 --out out/calibration
cargo run --locked --release --quiet -p roundhouse-plates --example calibrate -- out/calibration models/trt/platereader/labels.txt
