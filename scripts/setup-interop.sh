#!/usr/bin/env bash
# Set up what tests/interop checks the library with: tools that others wrote, at versions that are written down here.
#
#   usage: scripts/setup-interop.sh [PREFIX=target/interop]
#
# Leaves in PREFIX (git-ignored, about 600 MB; remove it to start over):
#   debian/   Go, Go's golang.org/x/mod, skopeo and a registry out of Debian's packages. They are unpacked, not installed:
#             no root needed, apt's own state untouched, and no registry starts as a service of this machine
#   venv/     securesystemslib and in-toto-attestation from PyPI, as tests/interop/requirements.txt pins them
#   bin/wkg   the wasm package client, from the crate registry
#
# A part that can't be had is named in a line that starts with MISSING and says how to get it; the others are set up all
# the same. Whether to live with that is not decided here: run.sh skips what lacks its tool, loudly, and fails
# for it. Run it again at any time: what is in place stays, an interrupted build goes on.
#
#   ASSAY_INTEROP_WKG_MINUTES   how long building wkg may take (30)
set -euo pipefail
export LC_ALL=C
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
PREFIX=${1:-$ROOT/target/interop}
WKG_VERSION=0.16.1
WKG_MINUTES=${ASSAY_INTEROP_WKG_MINUTES:-30}
PACKAGES=(golang-go golang-golang-x-mod-dev skopeo docker-registry)

mkdir -p "$PREFIX/bin"
PREFIX=$(cd "$PREFIX" && pwd -P)

say() { printf 'setup-interop: %s\n' "$*" >&2; }
missing() { printf 'setup-interop: MISSING: %s\n' "$*" >&2; }
took() { printf '(%s s)' "$((SECONDS - $1))"; }

exec 9>"$PREFIX/lock"
if ! flock -n 9; then
    say "another set-up is at work in $PREFIX; waiting for it"
    flock 9
fi
WORK=$(mktemp -d "$PREFIX/work.XXXXXX")
trap 'rm -rf "$WORK"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
for left in "$PREFIX"/work.*; do [ "$left" = "$WORK" ] || rm -rf "$left"; done # of a set-up that was killed

# --- Debian's packages -------------------------------------------------------------------------------

DEBIAN=$PREFIX/debian

# apt with a state of its own, so that package lists are fresh and the system's stay as they are.
apt() {
    local tool=$1
    shift
    mkdir -p "$WORK/apt/lists/partial" "$WORK/apt/cache/archives/partial"
    "$tool" -qq -o "Dir::State::Lists=$WORK/apt/lists" -o "Dir::Cache=$WORK/apt/cache" -o APT::Sandbox::User=root \
        -o "Dir::State::extended_states=$WORK/apt/extended_states" -o Acquire::Languages=none "$@" 9>&-
}

# Unpacks PACKAGES and what they need and this machine lacks, into $DEBIAN: whole or not at all.
unpack() {
    local start=$SECONDS go libraries deb
    say "downloading ${PACKAGES[*]} (about 80 MB)"
    apt apt-get update || return 1
    # golang-go only names the packages of Debian's present Go; libraries are those that apt would add to this machine.
    go=$(apt apt-cache depends --recurse --important golang-go | sed -n 's/^\(golang-[0-9src.go-]*\)$/\1/p') || return 1
    libraries=$(apt apt-get --simulate --no-install-recommends install "${PACKAGES[@]}" |
        sed -n 's/^Inst \(lib[^ ]*\) (.*/\1/p') || return 1
    mkdir -p "$WORK/deb" "$WORK/debian"
    # shellcheck disable=SC2046,SC2086
    (cd "$WORK/deb" && apt apt-get download $(printf '%s\n' "${PACKAGES[@]}" $go $libraries | sort -u)) || return 1
    for deb in "$WORK"/deb/*.deb; do dpkg -x "$deb" "$WORK/debian" || return 1; done
    rm -rf "$DEBIAN"
    mv "$WORK/debian" "$DEBIAN"
    say "unpacked $(find "$WORK/deb" -name '*.deb' | wc -l) packages $(took "$start")"
}

in_debian() { [ -x "$DEBIAN/usr/bin/skopeo" ] && [ -x "$DEBIAN/usr/bin/docker-registry" ] && [ -x "$DEBIAN/usr/lib/go/bin/go" ]; }
if in_debian; then
    say "in place: Debian's packages"
elif ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
    missing "no apt-get here. Go, golang.org/x/mod, skopeo and a registry are taken from Debian's packages: run this on Debian"
elif ! unpack || ! in_debian; then
    missing "Debian's packages ${PACKAGES[*]} (the lines above say why); check that apt's mirrors are within reach"
fi

# --- Python's ----------------------------------------------------------------------------------------

VENV=$PREFIX/venv
REQUIREMENTS=$ROOT/tests/interop/requirements.txt
set_up_venv() {
    local start=$SECONDS
    say "installing what tests/interop/requirements.txt names into a virtual environment"
    rm -rf "$VENV"
    python3 -m venv "$VENV" >"$WORK/venv.log" 2>&1 || { cat "$WORK/venv.log" >&2; return 1; }
    "$VENV/bin/pip" install -q --disable-pip-version-check -r "$REQUIREMENTS" 9>&- || return 1
    cp "$REQUIREMENTS" "$VENV/requirements.txt" # last: the mark of a whole one
    say "installed $(took "$start")"
}
if cmp -s "$REQUIREMENTS" "$VENV/requirements.txt" && "$VENV/bin/python3" -c '' 2>/dev/null; then
    say "in place: Python's packages"
elif ! command -v python3 >/dev/null; then
    missing "python3 (Debian: apt-get install python3-venv)"
elif ! set_up_venv; then
    rm -rf "$VENV"
    missing "securesystemslib and in-toto-attestation (the lines above say why): they need Python 3.10 or later with venv (Debian: python3-venv) and PyPI"
fi

# --- wkg ---------------------------------------------------------------------------------------------

WKG=$PREFIX/bin/wkg
build_wkg() {
    local start=$SECONDS
    say "building wkg $WKG_VERSION (10 minutes on two cores, at most $WKG_MINUTES)"
    # Unoptimised: it pulls one file. A build folder of its own outlives an interruption.
    CARGO_TARGET_DIR=$PREFIX/wkg-build CARGO_PROFILE_DEV_DEBUG=0 timeout "$((WKG_MINUTES * 60))" \
        cargo install -q --locked --debug "wkg@$WKG_VERSION" --root "$PREFIX" 9>&- || return 1
    rm -rf "$PREFIX/wkg-build"
    say "built wkg $(took "$start")"
}
if [ "$("$WKG" --version 2>/dev/null)" = "wkg $WKG_VERSION" ]; then
    say "in place: wkg"
elif ! command -v cargo >/dev/null; then
    missing "cargo, which builds wkg"
elif ! build_wkg; then
    missing "wkg (the lines above say why; none means that $WKG_MINUTES minutes were too few: run this again, it goes on, or raise ASSAY_INTEROP_WKG_MINUTES)"
fi

# --- tools that are everywhere -----------------------------------------------------------------------

for tool in openssl curl; do
    command -v "$tool" >/dev/null || missing "$tool (Debian: apt-get install $tool)"
done
