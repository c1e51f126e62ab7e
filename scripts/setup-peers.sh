#!/usr/bin/env bash
# Set up what users would pick instead of Assay, for benches/peers: Python packages, in a virtual environment of their own.
#
#   usage: scripts/setup-peers.sh [PREFIX=target/peers]
#
# Leaves in PREFIX (git-ignored, about 1 GB; remove it to start over) a virtual environment with what
# benches/peers/requirements.txt pins. Once it is there nothing is downloaded again.
#
# Exit code: 0 it is in place, 1 it can't be had; a line that starts with MISSING says why.
set -euo pipefail
export LC_ALL=C
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
PREFIX=${1:-$ROOT/target/peers}
mkdir -p "$PREFIX"
PREFIX=$(cd "$PREFIX" && pwd -P)
REQUIREMENTS=$ROOT/benches/peers/requirements.txt
VENV=$PREFIX/venv
. "$ROOT/scripts/venv.sh"

say() { printf 'setup-peers: %s\n' "$*" >&2; }
missing() {
    printf 'setup-peers: MISSING: %s\n' "$*" >&2
    exit 1
}

exec 9>"$PREFIX/lock"
flock 9

if venv_is_in_place "$VENV" "$REQUIREMENTS"; then
    say "in place: $VENV"
    exit 0
fi
say "installing what benches/peers/requirements.txt names, and what that needs (about 1 GB)"
venv_install "$VENV" "$REQUIREMENTS" \
    "openevolve, shinka-evolve and wasmtime (the lines above say why): they need Python 3.11 or later, and PyPI"
venv_is_whole "$VENV" "$REQUIREMENTS"
say "installed in $SECONDS s"
