#!/usr/bin/env bash
# Builds Roundhouse and lays out what a machine needs that only runs it: plugin, command, networks, pipelines.
#
#   scripts/package.sh FOLDER
#
# The Dockerfiles copy FOLDER to /opt/roundhouse; on a server without docker, unpack it there yourself. Nothing of NVIDIA is
# needed to build: the plugin opens DeepStream when it meets a batch. Run scripts/setup.sh before, once.
set -euo pipefail
folder=$(realpath -m "${1:?usage: scripts/package.sh FOLDER}")
cd "$(dirname "$0")/.."
fail() { printf 'package: %s\n' "$*" >&2; exit 1; }

scripts/build.sh
install -D -m 644 .install/gstreamer-1.0/libgstroundhouse.so "$folder/lib/gstreamer-1.0/libgstroundhouse.so"
install -D -m 755 .install/bin/roundhouse "$folder/bin/roundhouse"

# What git knows, and what setup.sh brought; no engines, which belong to one GPU.
rm -rf "$folder/models" "$folder/pipelines"
cp -r models pipelines "$folder/"
find "$folder/models" -name '*.engine' -delete
install -D -m 644 -t "$folder/docs" docs/operations.md
install -D -m 644 -t "$folder/deploy/systemd" deploy/systemd/*
install -m 644 -t "$folder" LICENSE-APACHE LICENSE-MIT README.md

runtime=${ROUNDHOUSE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/roundhouse}/onnxruntime
[ ! -d "$runtime" ] || { rm -rf "$folder/onnxruntime"; cp -rL "$runtime" "$folder/onnxruntime"; }

needed=$(readelf -d "$folder/lib/gstreamer-1.0/libgstroundhouse.so" "$folder/bin/roundhouse" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u)
! grep -E 'nvds|nvbuf|cuda|nvinfer' <<<"$needed" || fail "the plugin links a library of NVIDIA; it must load without"
oldest=$(readelf -V "$folder/lib/gstreamer-1.0/libgstroundhouse.so" "$folder/bin/roundhouse" | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -1)
printf 'package: %s, %s, runs from %s on\n' "$folder" "$(du -sh "$folder" | cut -f1)" "$oldest" >&2
