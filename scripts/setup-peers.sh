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

say() { printf 'setup-peers: %s\n' "$*" >&2; }
missing() {
    printf 'setup-peers: MISSING: %s\n' "$*" >&2
    exit 1
}

exec 9>"$PREFIX/lock"
flock 9

if cmp -s "$REQUIREMENTS" "$VENV/requirements.txt" && "$VENV/bin/python3" -c '' 2>/dev/null; then
    say "in place: $VENV"
    exit 0
fi
command -v python3 >/dev/null || missing "python3 (Debian: apt-get install python3-venv)"
rm -rf "$VENV"
python3 -m venv "$VENV" >"$PREFIX/venv.log" 2>&1 || { cat "$PREFIX/venv.log" >&2; missing "Python's venv (Debian: apt-get install python3-venv)"; }
say "installing what benches/peers/requirements.txt names, and what that needs (about 1 GB)"
"$VENV/bin/pip" install -q --disable-pip-version-check -r "$REQUIREMENTS" 9>&- ||
    missing "openevolve, shinka-evolve and wasmtime (the lines above say why): they need Python 3.11 or later, and PyPI"
cp "$REQUIREMENTS" "$VENV/requirements.txt" # last: the mark of a whole one
say "installed in $SECONDS s"
