#!/usr/bin/env bash
# Runs the README's recipe for checking a signature with OpenSSL, as it stands there.
#
# Instructions rot where nobody follows them: so the shell text is cut out of README.md and followed, first on
# an honest library, then on ones that were tampered with, where OpenSSL must say no.
#
#   usage: by-hand.sh SPECIMEN README
set -euo pipefail
SPECIMEN=$1
README=$2
TOOL="openssl $(openssl version | cut -d ' ' -f 2)"
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

ok() { printf 'ok    %s: %s\n' "$TOOL" "$*"; }
fail() {
    printf 'FAIL  %s: %s\n' "$TOOL" "$*"
    exit 1
}
# fact FILTER: a value out of facts.json, e.g. '["keys"]["log"]'.
fact() { python3 -c "import json, sys; print(json.load(open(sys.argv[1]))$1)" "$SPECIMEN/facts.json"; }

RECIPE=$(awk '/^## / { here = /other people/ } here && /^```$/ { exit } here && inside { print } here && /^```sh$/ { inside = 1 }' "$README")
case $RECIPE in
*"openssl pkeyutl -verify"*) ;;
*) fail "README.md has no recipe under the heading \"Check it with other people's tools\"" ;;
esac

# follow LIBRARY STATEMENT KEY: what OpenSSL says in the end. A recipe that breaks before that fails the test.
follow() {
    local code=0
    mkdir -p "$WORK/here"
    rm -f "$WORK/here"/*
    (cd "$WORK/here" && library=$1 statement=$2 key=$3 bash -euo pipefail -c "$RECIPE") >"$WORK/said" 2>&1 || code=$?
    if [ "$code" = 0 ] && grep -q '^Signature Verified Successfully$' "$WORK/said"; then
        return 0
    elif [ "$code" = 1 ] && grep -q '^Signature Verification Failure$' "$WORK/said"; then
        return 1
    fi
    fail "the recipe ended with code $code: $(cat "$WORK/said")"
}

# flip FILE: one bit of its middle byte.
flip() {
    python3 -c '
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[len(data) // 2] ^= 1
open(sys.argv[1], "wb").write(data)' "$1"
}

STATEMENT=$(fact '["statement"]')
EVIDENCE=$(fact '["keys"]["evidence"]')
follow "$SPECIMEN/library" "$STATEMENT" "$EVIDENCE" || fail "the evidence key's signature does not verify"
ok "the README's recipe verifies a statement's signature by the evidence key"

for role in log root; do
    if follow "$SPECIMEN/library" "$STATEMENT" "$(fact "[\"keys\"][\"$role\"]")"; then fail "verified by the $role key"; fi
done
cp -r "$SPECIMEN/library" "$WORK/edited"
flip "$WORK/edited/blobs/sha256/$STATEMENT"
if follow "$WORK/edited" "$STATEMENT" "$EVIDENCE"; then fail "verified with a bit of the statement flipped"; fi
ok "it refuses the log key, the root key and a statement with a bit flipped"
