#!/usr/bin/env bash
# Builds Roundhouse and puts the plugin and the command into .install/, a clean folder:
# GStreamer would scan everything that lies in target/ and blacklist what is no plugin.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh 2>/dev/null

cargo build --release --locked -p gst-plugin-roundhouse -p roundhouse
target=${CARGO_TARGET_DIR:-target}
install -D -m 755 "$target/release/libgstroundhouse.so" .install/gstreamer-1.0/libgstroundhouse.so
install -D -m 755 "$target/release/roundhouse" .install/bin/roundhouse
