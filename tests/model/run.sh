#!/usr/bin/env bash
# A run whose generator is a real language model, served on this machine, and the same run again without it.
#
# The model has 135 million parameters. What it writes is rarely Rust, and never a better program: that is the point. The
# run must come through whatever it is answered, say what became of each answer, and be the same to the last bit when it
# is replayed from its transcript with the server gone.
#
#   usage: tests/model/run.sh      (after a build: uses target/debug/assay, or $ASSAY)
#
#   ASSAY_MODEL_CANDIDATES   candidates of the run (12)
#   ASSAY_MODEL_CALLS        questions that it may ask (30), some five seconds each
#
# Exit code: 0 it is so, 1 it is not. Without a model it is 1; 0 if ASSAY_MODEL_ALLOW_SKIP=1, and said.
set -euo pipefail
export LC_ALL=C
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
PYTHON=${ASSAY_MODEL_PREFIX:-$ROOT/target/model}/venv/bin/python3
ASSAY=${ASSAY:-${CARGO_TARGET_DIR:-$ROOT/target}/debug/assay}
CANDIDATES=${ASSAY_MODEL_CANDIDATES:-12}
CALLS=${ASSAY_MODEL_CALLS:-30}

say() { printf 'model: %s\n' "$*"; }
fail() {
    printf 'model: FAILED: %s\n' "$*" >&2
    exit 1
}

if [ ! -x "$PYTHON" ] && [ "${ASSAY_MODEL_ALLOW_SKIP:-}" = 1 ]; then
    say "SKIPPED: no model is set up (scripts/setup-model.sh says what is missing): no run with a real one was made"
    exit 0
fi
[ -x "$PYTHON" ] || fail "no model is set up: run scripts/setup-model.sh"
[ -x "$ASSAY" ] || fail "no $ASSAY: build it first (make model does)"

WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
cd "$WORK"
export ASSAY_KEYS=$WORK/keys ASSAY_CACHE=$WORK/cache NO_COLOR=1

# The server lives as long as descriptor 8 is open here, so it can't outlive this script.
mkfifo hold
"$PYTHON" "$ROOT/tests/model/serve.py" <hold >port 2>serve.log &
SERVER=$!
exec 8>hold
for _ in $(seq 600); do
    [ -s port ] && break
    kill -0 "$SERVER" 2>/dev/null || { cat serve.log >&2; fail "the server ended"; }
    sleep 0.1
done
[ -s port ] || fail "the server said no port within a minute"
ENDPOINT=http://127.0.0.1:$(cat port)/v1
say "a model answers at $ENDPOINT"

cat >models.toml <<TOML
[models.smol]
endpoint = "$ENDPOINT"
model = "smollm2-135m-instruct"
max-tokens = 300
timeout-seconds = 240
TOML

code=0
"$ASSAY" improve "$ROOT/tasks/normalize-dates" --model smol --models models.toml --candidates "$CANDIDATES" \
    --calls "$CALLS" --seed 1 --run smol --json >improve.json 2>improve.log 8>&- || code=$?
# Promoted or not: either is an answer. Everything else is none.
[ "$code" -le 1 ] || { cat improve.log >&2; fail "improve ended with exit code $code"; }
"$ASSAY" runs show smol --json >show.json 8>&-
"$PYTHON" - "$CANDIDATES" <<'PYTHON' || fail "the run has not the candidates that it should"
import json
import sys

run, spend = json.load(open("show.json")), json.load(open("improve.json"))["spend"]
print(f"model: {spend['calls']} calls, {spend['tokens']} tokens, {run['candidates']} candidates, {run['stands']}")
print("model: fates, those of minimising too:", ", ".join(f"{fate} {n}" for fate, n in run["counts"].items()))
raise SystemExit(spend["calls"] == 0 or run["candidates"] != int(sys.argv[1]))
PYTHON

exec 8>&-
wait "$SERVER" || true
! curl -s -m 2 -o /dev/null "$ENDPOINT/models" || fail "the server is still there"
"$ASSAY" replay smol --json >replay.json 2>replay.log || { cat replay.json replay.log >&2; fail "the replay is not the same"; }
"$PYTHON" -c 'import json; said = json.load(open("replay.json")); raise SystemExit(not said["equal"])' ||
    fail "the replay is not the same"
say "the replay, without the model, is the same to the last bit ($SECONDS s in all)"
