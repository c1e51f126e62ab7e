#!/usr/bin/env bash
# Has a library that the program made judged by tools that others wrote.
#
# Our verifier and our writer could agree with each other and with no specification. So a specimen of 300 leaves
# (host/library/examples/specimen.rs) is read by Go's note and tlog packages, securesystemslib, in-toto-attestation,
# OpenSSL, skopeo, a registry and wkg. One line a check: ok, FAIL, or SKIPPED where a tool is missing.
#
#   usage: tests/interop/run.sh [PREFIX=target/interop]    (where scripts/setup-interop.sh put the tools)
#
#   ASSAY_INTEROP_ALLOW_SKIP=1   end with 0 although checks were skipped; what failed fails all the same
#   CARGO                        the cargo to build the specimen with
#
# Exit code: 0 all hold; 1 a check failed; 3 none failed, but some were skipped.
set -euo pipefail
export LC_ALL=C
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
PREFIX=${1:-$ROOT/target/interop}
HERE=$ROOT/tests/interop
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
DEBIAN=$PREFIX/debian
PYTHON=$PREFIX/venv/bin/python3
WKG=$PREFIX/bin/wkg
SPECIMEN=$WORK/specimen
FAILED=0

skipped() { printf 'SKIPPED  %s. scripts/setup-interop.sh says why\n' "$*" | tee -a "$WORK/lines"; }
# check COMMAND…: prints its lines. One that ends badly has failed, whatever it printed. (A function stops at no error here.)
check() {
    if ! "$@" 2>&1 | tee -a "$WORK/lines"; then
        printf 'FAIL  %s\n' "${1##*/}"
        FAILED=$((FAILED + 1))
    fi
}

# --- the specimen, and what our own verifier says of it -------------------------------------------------

cd "$ROOT"
"${CARGO:-cargo}" build -q --locked -p library --example specimen --bin assay-verify
BUILT=${CARGO_TARGET_DIR:-$ROOT/target}/debug
mkdir "$SPECIMEN"
"$BUILT/examples/specimen" "$SPECIMEN"
ours() {
    local tool said file code edited=$WORK/edited
    tool="assay-verify $(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)"
    said=$("$BUILT/assay-verify" "$SPECIMEN/library" --root "$SPECIMEN/library/trust/root.1.json" --since "$SPECIMEN/checkpoint-150") || {
        printf 'FAIL  %s: %s\n' "$tool" "$said"
        return 1
    }
    printf 'ok    %s: %s\n' "$tool" "$(head -n 1 <<<"$said")"
    # What the others will refuse is refused by ours too: the two sides agree on No as well.
    for file in log/checkpoint log/tile/0/000 log/tile/entries/000 index.json; do
        rm -rf "$edited"
        cp -r "$SPECIMEN/library" "$edited" || return 1
        printf '~' | dd of="$edited/$file" bs=1 seek=30 conv=notrunc status=none || return 1
        code=0
        "$BUILT/assay-verify" "$edited" >"$WORK/said" || code=$?
        if [ "$code" != 1 ]; then
            printf 'FAIL  %s: ended with %s on an edited %s\n' "$tool" "$code" "$file"
            return 1
        fi
    done
    printf 'ok    %s: refuses the same with an edited checkpoint, tile, entry bundle or index\n' "$tool"
}
check ours

# --- the log: Go ---------------------------------------------------------------------------------------

GO=$DEBIAN/usr/lib/go/bin/go
MODULES=$DEBIAN/usr/share/gocode
# go_ ARGUMENT…: Debian's way to its source packages: a GOPATH, no modules, no network.
go_() {
    GOROOT=$DEBIAN/usr/lib/go GOPATH=$MODULES GO111MODULE=off CGO_ENABLED=0 GOCACHE=$PREFIX/go-cache GOFLAGS='' "$GO" "$@"
}
log() {
    local package
    package=$(zcat "$DEBIAN/usr/share/doc/golang-golang-x-mod-dev/changelog.Debian.gz" | sed -n '1s/.*(\([^)]*\)-[^-)]*).*/\1/p')
    go_ build -o "$WORK/log" "$HERE/log/main.go" || return 1
    TOOL="$(go_ env GOVERSION), golang.org/x/mod $package" "$WORK/log" "$SPECIMEN"
}
if [ -x "$GO" ] && [ -d "$MODULES/src/golang.org/x/mod/sumdb/tlog" ]; then
    check log
else
    skipped "Go, golang.org/x/mod: checkpoints, tiles, inclusion, consistency"
fi

# --- statements and envelopes: Python, OpenSSL ------------------------------------------------------------

if [ -f "$PREFIX/venv/requirements.txt" ]; then
    check "$PYTHON" "$HERE/envelopes.py" "$SPECIMEN"
else
    skipped "securesystemslib, in-toto-attestation: envelopes, thresholds, statements"
fi
if openssl version 2>/dev/null | grep -q '^OpenSSL 3'; then
    check "$HERE/by-hand.sh" "$SPECIMEN" "$ROOT/README.md"
else
    skipped "openssl 3: the README's recipe"
fi

# --- the layout: skopeo, a registry, wkg -------------------------------------------------------------------

if [ -x "$DEBIAN/usr/bin/skopeo" ] && [ -x "$DEBIAN/usr/bin/docker-registry" ] && command -v curl >/dev/null; then
    check "$HERE/registry.sh" "$SPECIMEN" "$DEBIAN" "$WKG"
else
    skipped "skopeo, docker-registry, curl, wkg: the layout through a registry"
fi

# --- the sum -----------------------------------------------------------------------------------------------

OK=$(grep -c '^ok ' "$WORK/lines" || true)
SKIPPED=$(grep -c '^SKIPPED ' "$WORK/lines" || true)
printf 'interop: %s checks hold, %s failed, %s skipped\n' "$OK" "$FAILED" "$SKIPPED"
if [ "$FAILED" -gt 0 ]; then exit 1; fi
if [ "$SKIPPED" -gt 0 ] && [ "${ASSAY_INTEROP_ALLOW_SKIP:-}" != 1 ]; then
    printf 'interop: skipped checks are failures; ASSAY_INTEROP_ALLOW_SKIP=1 lives with them\n'
    exit 3
fi
