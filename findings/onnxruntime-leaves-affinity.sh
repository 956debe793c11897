#!/usr/bin/env bash
# ONNX Runtime's own threads run on processors that the process was told not to use (`taskset`, `sched_setaffinity`).
#
# Seen with: onnxruntime 1.22.1 (the wheel for CPython 3.11, x86_64 Linux), CPU provider, default session options.
# What happens: with `intra_op_num_threads` at its default of 0 each session makes one thread per core but one and binds
#   it to a core of its own choice. The choice ignores the mask that the process inherited, and every session begins the
#   count anew, so the threads of all sessions share the same cores. With a number given, the threads inherit the mask.
# What one expects: `taskset -c 0 program` uses processor 0 only, and two sessions do not meet on one core.
# Remedy: count the threads yourself and set `intra_op_num_threads`.
set -euo pipefail
. "$(dirname "$0")/packages.sh"

[ "$(nproc --all)" -ge 2 ] || unable "needs two processors"
python_packages onnxruntime==1.22.1 numpy==2.2.6

cat >"$work/affinity.py" <<'PYTHON'
"""Prints, for two sessions each, the processors on which ONNX Runtime's threads may run."""
import os

import onnxruntime


def field(number, content):
    """One field of a protobuf message: a length-delimited one for bytes, else a varint."""
    if isinstance(content, bytes):
        return bytes([number << 3 | 2, len(content)]) + content
    return bytes([number << 3, content])


def value(name):
    """A vector of four floats, as ONNX's ValueInfoProto."""
    shape = field(1, field(1, 4))
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, shape)))


# The network y = Relu(x): ir_version 8, opset 13.
NODE = field(1, b"x") + field(2, b"y") + field(3, b"n") + field(4, b"Relu")
GRAPH = field(1, NODE) + field(2, b"g") + field(11, value(b"x")) + field(12, value(b"y"))
MODEL = field(1, 8) + field(8, field(2, 13)) + field(7, GRAPH)


def masks():
    """Thread id -> processors it may run on."""
    found = {}
    for thread in os.listdir("/proc/self/task"):
        with open(f"/proc/self/task/{thread}/status") as status:
            found[thread] = next(line.split()[1] for line in status if line.startswith("Cpus_allowed_list"))
    return found


sessions = []
for count in (0, 0, 2):
    before = masks()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = count
    sessions.append(onnxruntime.InferenceSession(MODEL, options, providers=["CPUExecutionProvider"]))
    new = sorted(mask for thread, mask in masks().items() if thread not in before)
    print(f"intra_op_num_threads={count}: new threads may run on {' '.join(new)}")
PYTHON

echo "onnxruntime $(python3 -c 'import onnxruntime; print(onnxruntime.__version__)'), the process may use processor 0 only:"
seen=$(taskset -c 0 python3 "$work/affinity.py")
echo "$seen"

sessions=$(grep '^intra_op_num_threads=0' <<<"$seen")
if grep -qE 'on (0 ?)*$' <<<"$sessions"; then changed "the threads keep to the process's processors"; fi
[ "$(sort -u <<<"$sessions" | wc -l)" = 1 ] || changed "two sessions choose different processors"
grep -qx 'intra_op_num_threads=2: new threads may run on 0' <<<"$seen" || changed "counted threads do not inherit the mask"
echo "as described: threads of both default sessions run on processors outside the mask, the same ones; counted threads inherit it"
