#!/usr/bin/env bash
# Makes each system call by which a library is written fail, and kills the writer at each.
#
# The in-process sweep (host/library/src/crash_tests.rs) stops the writer between steps that it knows of. Here the kernel's side
# is disturbed: whatever the program really calls. One piece of work at a time (host/library/examples/promotion.rs) is
# traced once undisturbed; then, for every write, pwrite, fsync, fdatasync, rename, link, unlink, mkdir, truncate and creating
# open on the library's folder, it is run again three times: the call fails with EIO, fails with ENOSPC, or the process
# is killed at it. Each time:
#
#   the folder verifies as it was left, without anybody mending it, and continues the checkpoint held before
#   its log is one that the undisturbed run went through, to the byte of the signed checkpoint
#   if the program said "done", the log is the last of these
#   opening for writing works, the same work again says "done", and every file is what the undisturbed run left
#
#   usage: tests/faults/run.sh [WORK…]    (all of: fill promote approve rotate; each goes on from the one before, so name the first ones too)
#
#   CARGO   the cargo to build with
#
# Exit code: 0 all held; 1 one did not (its folder is kept and named); 3 there is no strace that may trace.
set -euo pipefail
export LC_ALL=C
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cd "$ROOT"
scripts/setup-faults.sh || exit 3
"${CARGO:-cargo}" build -q --locked -p library --example promotion --bin assay-verify
BUILT=${CARGO_TARGET_DIR:-$ROOT/target}/debug
SCRATCH=$(mktemp -d)
KEEP=
trap '[ -n "$KEEP" ] || rm -rf "$SCRATCH"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# Copies: a build meanwhile must not change what is being looked at.
cp "$BUILT/examples/promotion" "$BUILT/assay-verify" "$SCRATCH"
PROMOTION=$SCRATCH/promotion
VERIFY=$SCRATCH/assay-verify
KEYS=$SCRATCH/keys
CALLS='write|pwrite64|writev|pwritev|pwritev2|fsync|fdatasync|sync_file_range|rename|renameat|renameat2|link|linkat|symlinkat|unlink|unlinkat|mkdir|mkdirat|rmdir|truncate|ftruncate|fallocate|openat|openat2|creat'
WORKS=("$@")
if [ ${#WORKS[@]} = 0 ]; then WORKS=(fill promote approve rotate); fi

broken() {
    KEEP=1
    printf 'FAIL  %s: %s\n      kept: %s\n' "$1" "$2" "$SCRATCH" >&2
    exit 1
}

# Every file and its digest, without what is allowed to differ: the lock and a file that was never finished.
files() { (cd "$1" && find . -type f ! -name .lock ! -name .partial -exec sha256sum {} + | sort -k 2); }

# calls TRACE FOLDER: `NAME N` for each call on FOLDER: the n-th of that name, as strace counts them.
calls() {
    awk -v folder="$2" -v names="^($CALLS)\$" '
        { name = $2; sub(/\(.*/, "", name) }
        name !~ names || $0 !~ /\(/ { next }
        { n[name]++ }
        index($0, folder) == 0 { next }
        name ~ /^(openat|openat2)$/ && $0 !~ /O_CREAT/ { next }
        { print name, n[name] }' "$1"
}

# one WORK CALL N FAULT: disturbs a copy of $SCRATCH/before, and looks at what is left.
one() {
    local work=$1 call=$2 n=$3 fault=$4 inject said code=0 when dir=$SCRATCH/library
    when="$work, $call number $n, $fault"
    rm -rf "$dir"
    cp -r "$SCRATCH/before" "$dir"
    inject="error=$fault"
    if [ "$fault" = KILL ]; then inject="signal=KILL"; fi
    said=$(strace -f -o "$SCRATCH/injected" -e "trace=$call" -e "inject=$call:$inject:when=$n" \
        "$PROMOTION" "$work" "$dir" "$KEYS" 2>"$SCRATCH/said") || code=$?
    if ! grep -q 'INJECTED\|killed by SIGKILL' "$SCRATCH/injected"; then broken "$when" "nothing was disturbed"; fi
    if [ "$fault" != KILL ] && [ "$code" -gt 1 ]; then broken "$when" "it ended with $code: $(cat "$SCRATCH/said")"; fi

    "$VERIFY" "$dir" --since "$SCRATCH/before/log/checkpoint" >"$SCRATCH/said" 2>&1 ||
        broken "$when" "does not verify as it was left: $(cat "$SCRATCH/said")"
    local head
    head=$(sha256sum <"$dir/log/checkpoint")
    grep -qF "$head" "$SCRATCH/heads" || broken "$when" "the log's head is none that an undisturbed run goes through"
    if [ "$said" = done ]; then
        TOLD=$((TOLD + 1))
        [ "$head" = "$(tail -n 1 "$SCRATCH/heads")" ] || broken "$when" 'it said "done", and the log is an older one'
    elif [ "$code" = 0 ]; then
        broken "$when" 'it ended well and did not say "done"'
    fi

    "$PROMOTION" open "$dir" "$KEYS" >/dev/null 2>"$SCRATCH/said" || broken "$when" "can't be opened: $(cat "$SCRATCH/said")"
    said=$("$PROMOTION" "$work" "$dir" "$KEYS" 2>"$SCRATCH/said") || broken "$when" "can't be repeated: $(cat "$SCRATCH/said")"
    files "$dir" >"$SCRATCH/files"
    diff "$SCRATCH/expected" "$SCRATCH/files" >"$SCRATCH/said" || broken "$when" "other files: $(cat "$SCRATCH/said")"
    "$VERIFY" "$dir" >/dev/null || broken "$when" "does not verify after the repetition"
    RUNS=$((RUNS + 1))
}

"$PROMOTION" make "$SCRATCH/next" "$KEYS" >/dev/null
ALL_CALLS=0 ALL_RUNS=0
for work in "${WORKS[@]}"; do
    START=$SECONDS RUNS=0 TOLD=0
    rm -rf "$SCRATCH/before"
    cp -r "$SCRATCH/next" "$SCRATCH/before"
    # Undisturbed, traced: which calls there are, and at each new checkpoint what it is.
    rm -rf "$SCRATCH/library"
    cp -r "$SCRATCH/before" "$SCRATCH/library"
    strace -f -y -s 0 -o "$SCRATCH/trace" -e "trace=${CALLS//|/,}" "$PROMOTION" "$work" "$SCRATCH/library" "$KEYS" >/dev/null
    calls "$SCRATCH/trace" "$SCRATCH/library" >"$SCRATCH/calls"
    files "$SCRATCH/library" >"$SCRATCH/expected"
    sha256sum <"$SCRATCH/before/log/checkpoint" >"$SCRATCH/heads"
    # The heads in between: killed at each rename, the checkpoint shows what came before it.
    while read -r call n; do
        rm -rf "$SCRATCH/library"
        cp -r "$SCRATCH/before" "$SCRATCH/library"
        # In a shell of its own, which says nothing of the killing.
        (strace -f -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$n" \
            "$PROMOTION" "$work" "$SCRATCH/library" "$KEYS" || true) >/dev/null 2>&1
        sha256sum <"$SCRATCH/library/log/checkpoint"
    done < <(grep '^rename' "$SCRATCH/calls") | uniq >>"$SCRATCH/heads"
    rm -rf "$SCRATCH/next"
    cp -r "$SCRATCH/before" "$SCRATCH/next"
    "$PROMOTION" "$work" "$SCRATCH/next" "$KEYS" >/dev/null
    sha256sum <"$SCRATCH/next/log/checkpoint" >>"$SCRATCH/heads"
    uniq "$SCRATCH/heads" >"$SCRATCH/said" && mv "$SCRATCH/said" "$SCRATCH/heads"
    heads=$(wc -l <"$SCRATCH/heads")
    wanted=2
    if [ "$work" = promote ]; then wanted=3; fi # an attempt, then its promotion
    [ "$heads" = "$wanted" ] || broken "$work" "the log went through $heads heads, not $wanted"

    while read -r call n; do
        for fault in EIO ENOSPC KILL; do one "$work" "$call" "$n" "$fault"; done
    done <"$SCRATCH/calls"
    found=$(wc -l <"$SCRATCH/calls")
    [ "$found" -gt 20 ] || broken "$work" "only $found calls were found in the trace"
    kinds=$(cut -d ' ' -f 1 "$SCRATCH/calls" | sort | uniq -c | awk '{ printf "%s%s %s", sep, $1, $2; sep = ", " }')
    printf 'ok    %-8s %4s calls (%s)\n               x 3 faults = %s runs, %s of them said done all the same; %s heads; %s s\n' \
        "$work" "$found" "$kinds" "$RUNS" "$TOLD" "$heads" "$((SECONDS - START))"
    ALL_CALLS=$((ALL_CALLS + found)) ALL_RUNS=$((ALL_RUNS + RUNS))
done
printf 'faults: %s calls x 3 faults = %s runs, all fine (%s)\n' "$ALL_CALLS" "$ALL_RUNS" "$(strace --version | head -n 1)"
