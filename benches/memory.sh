#!/bin/sh
# What a host keeps of a long run: `assay improve` on tasks/bin-packing with CANDIDATES (100000), its resident memory beside the
# candidates in its journal, every ten seconds. Run by `make plots`.
set -eu
assay=$1
candidates=${CANDIDATES:-100000}
folder=$(mktemp -d)
trap 'kill "$host" 2>/dev/null || true; rm -rf "$folder"' EXIT
"$assay" improve tasks/bin-packing --seed "${SEED:-1}" --candidates "$candidates" --run long --runs "$folder/runs" --library "$folder/library" \
    --keys "$folder/keys" --cache "$folder/cache" >"$folder/out" 2>"$folder/err" &
host=$!
echo "candidates   resident KiB   largest KiB"
while kill -0 "$host" 2>/dev/null; do
    lines=$(cat "$folder/runs/long/journal.jsonl" 2>/dev/null | wc -l)
    awk -v lines="$lines" '/^VmRSS/ { now = $2 } /^VmHWM/ { most = $2 } END { if (now) printf "%10d   %12d   %11d\n", lines, now, most }' \
        "/proc/$host/status" 2>/dev/null || true
    sleep 10
done
wait "$host" || [ $? -eq 1 ] || { cat "$folder/err" >&2; exit 3; }
grep -E "tried|train:|this agent|fuel" "$folder/out"
