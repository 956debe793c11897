#!/usr/bin/env bash
# Set-up and every test, lint and doc check. Ends with a non-zero status at the first that fails.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$*" >&2; }

step "set-up"
scripts/setup.sh --checks
. scripts/env.sh 2>/dev/null

step "format and lints"
cargo fmt --all --check
cargo clippy --locked --workspace --all-targets -- -D warnings

step "rings between files, long files"
scripts/house.py --check

step "manifests"
"${ROUNDHOUSE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/roundhouse}/peers/bin/python" scripts/check-deployment.py

step "documentation"
scripts/check-references.py
RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps --quiet

step "build and install"
scripts/build.sh
. scripts/env.sh

step "package, as the docker images have it"
package=$(mktemp -d)
trap 'rm -rf "$package"' EXIT
scripts/package.sh "$package"
(cd "$package" && PATH="$package/bin:$PATH" GST_PLUGIN_PATH="$package/lib/gstreamer-1.0" GST_REGISTRY="$package/registry" \
  roundhouse check pipelines/deepstream/hall.gst)

step "plugin"
GST_REGISTRY=$(mktemp -u) scripts/check-plugin.sh

step "tests"
cargo test --locked --workspace

python=${ROUNDHOUSE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/roundhouse}/python/bin/python

step "training: what measures and compares"
"$python" -m unittest training.tests.test_readers training.tests.test_locomodel

step "figures of the shipped networks"
for network in detector plates locomodel; do "$python" -m "training.$network.measure" --check; done

step "all passed"
