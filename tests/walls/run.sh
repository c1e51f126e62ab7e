#!/usr/bin/env bash
# A worker's and a compiler's life, system call by system call.
#
# A worker says of itself that it can open, connect and start nothing (host/sandbox/src/wall/probe.rs). Here the kernel is asked
# instead: one evaluation that compiles its agent is traced, and of every process that put up its walls it is shown what
# succeeded afterwards. A worker may open no file, make no socket and start no process; a compiler may start the linker and
# open what its toolchain and scratch hold, and make no socket to anyone.
#
#   usage: tests/walls/run.sh      (after a build: uses target/debug/assay, or $ASSAY)
#
# Exit code: 0 it is so; 1 it is not; 3 there is no strace that may trace.
set -euo pipefail
export LC_ALL=C
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cd "$ROOT"
scripts/setup-faults.sh || exit 3
ASSAY=${ASSAY:-${CARGO_TARGET_DIR:-$ROOT/target}/debug/assay}
[ -x "$ASSAY" ] || { echo "walls: no $ASSAY: build it first (make test does)" >&2; exit 3; }
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
cd "$WORK"
ASSAY_KEYS=$WORK/keys ASSAY_CACHE=$WORK/cache \
    strace -f -qq -s 200 -o "$WORK/calls" "$ASSAY" eval "$ROOT/tasks/bin-packing" --workers 1 >"$WORK/said" 2>&1 ||
    { cat "$WORK/said" >&2; exit 1; }
python3 "$ROOT/tests/walls/life.py" "$WORK/calls"
