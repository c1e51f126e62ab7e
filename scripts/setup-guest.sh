#!/usr/bin/env bash
# Set up what guests are compiled with: a Rust compiler with std for wasm32-unknown-unknown, and the SDK.
#
#   usage: scripts/setup-guest.sh [PREFIX=.guest]
#
# Leaves in PREFIX (git-ignored, about 480 MB by the second route, 10 MB by the first; remove it to start over):
#   toolchain.json   what the host reads: the real rustc, its sysroot and version, the SDK and its digest
#   sdk/             the SDK's rlibs, built from guest-agents/sdk
#   rust/            the second route's compiler
#
# Where the compiler comes from:
#   1. rustup: the active toolchain, if it has the wasm target or can get it with `rustup target add`.
#   2. Debian: where rustup's server is out of reach (closed networks, CI), Debian's rustc-web is
#      downloaded and unpacked (nothing is installed, no root needed, apt's own state untouched), and std is
#      built for wasm from Debian's rust-web-src, with its dependencies from the crate registry as
#      pinned by the shipped Cargo.lock.
#
# Run it again at any time: with nothing to do it ends in a blink; after an interruption it goes on with
# the step that was cut short, because each step's result is moved into place whole. Two at once: one waits.
# No path of this machine reaches the SDK or std: both come out the same, byte for byte, from any folder.
set -euo pipefail
export LC_ALL=C
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
PREFIX=${1:-$ROOT/.guest}
TARGET=wasm32-unknown-unknown
UNREACHABLE="the crate registry is out of reach; the lines above say why"
RUSTUP_SECONDS=60 # how long `rustup target add` may take to find its server

mkdir -p "$PREFIX"
PREFIX=$(cd "$PREFIX" && pwd -P)

say() { printf 'setup-guest: %s\n' "$*" >&2; }
die() {
    say "$*"
    exit 1
}
# took SECONDS_AT_START: "(12 s)"
took() { printf '(%s s)' "$((SECONDS - $1))"; }
digest_of_text() { sha256sum | cut -d ' ' -f 1; }

# Everything the SDK's bytes depend on but the compiler itself.
sources_digest() {
    (cd "$ROOT" && find guest-agents/Cargo.toml guest-agents/Cargo.lock guest-agents/sdk scripts/setup-guest.sh \
        -type f -print0 | sort -z | xargs -0 sha256sum) | digest_of_text
}

# has_std SYSROOT: is std for the wasm target in it?
has_std() {
    local std
    for std in "$1/lib/rustlib/$TARGET/lib"/libstd-*.rlib; do [ -f "$std" ] && return 0; done
    return 1
}

# version_of RUSTC LIBRARY_PATH: all of `rustc -vV`.
version_of() { LD_LIBRARY_PATH=$2 "$1" -vV; }

# The step's state: what toolchain.json was made from. Written last.
STAMP=$PREFIX/stamp
# state RUSTC SYSROOT LIBRARY_PATH SOURCES
state() {
    printf 'rustc %s\nsysroot %s\nlibrary-path %s\nsources %s\n' "$1" "$2" "$3" "$4"
    version_of "$1" "$3"
}
# Is all in place? The stamp's own compiler is asked, so that neither rustup nor apt is.
complete() {
    [ -f "$STAMP" ] && [ -f "$PREFIX/toolchain.json" ] && [ -d "$PREFIX/sdk" ] || return 1
    local rustc sysroot library_path
    { read -r _ rustc; read -r _ sysroot; read -r _ library_path; } <"$STAMP" || return 1
    [ -x "$rustc" ] && has_std "$sysroot" || return 1
    [ "$(state "$rustc" "$sysroot" "$library_path" "$(sources_digest)" 2>&1)" = "$(cat "$STAMP")" ]
}

if complete; then
    say "in place: $(sed -n 's/^\(rustc [0-9].*\)/\1/p' "$STAMP") and the SDK, in $PREFIX"
    exit 0
fi
for tool in cargo sha256sum flock timeout find sort xargs; do
    command -v "$tool" >/dev/null || die "needs \`$tool\`, which is not in PATH"
done
exec 9>"$PREFIX/lock"
if ! flock -n 9; then
    say "another set-up is at work in $PREFIX; waiting for it"
    flock 9
    if complete; then
        say "the other one finished it"
        exit 0
    fi
fi
WORK=$(mktemp -d "$PREFIX/work.XXXXXX")
trap 'rm -rf "$WORK"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
for left in "$PREFIX"/work.*; do [ "$left" = "$WORK" ] || rm -rf "$left"; done # of a set-up that was killed

# --- the compiler ------------------------------------------------------------------------------------

# Route 1. Sets SYSROOT.
from_rustup() {
    command -v rustc >/dev/null || return 1
    SYSROOT=$(cd "$ROOT" && rustc --print sysroot) || return 1
    if has_std "$SYSROOT"; then
        say "rustup's toolchain has $TARGET already"
        return 0
    fi
    command -v rustup >/dev/null || return 1
    local start=$SECONDS
    say "trying \`rustup target add $TARGET\` (at most $RUSTUP_SECONDS s)"
    if (cd "$ROOT" && timeout "$RUSTUP_SECONDS" rustup target add "$TARGET") >"$WORK/rustup.log" 2>&1 9>&- &&
        has_std "$SYSROOT"; then
        say "added $TARGET to rustup's toolchain $(took "$start")"
        return 0
    fi
    say "rustup can't get it here $(took "$start"): $(grep -m 1 -i error "$WORK/rustup.log" || tail -n 1 "$WORK/rustup.log")"
    return 1
}

# apt with a state of its own, so that package lists are fresh and the system's stay as they are.
apt() {
    local tool=$1
    shift
    mkdir -p "$WORK/apt/lists/partial" "$WORK/apt/cache/archives/partial"
    "$tool" -qq -o "Dir::State::Lists=$WORK/apt/lists" -o "Dir::Cache=$WORK/apt/cache" -o APT::Sandbox::User=root \
        -o "Dir::State::extended_states=$WORK/apt/extended_states" -o Acquire::Languages=none "$@"
}

# Route 2. Sets SYSROOT to $PREFIX/rust/usr.
from_debian() {
    SYSROOT=$PREFIX/rust/usr
    if has_std "$SYSROOT"; then
        return 0
    fi
    command -v apt-get >/dev/null && command -v dpkg >/dev/null ||
        die "no way to a compiler for $TARGET: rustup can't get it and this is no Debian; install a Rust toolchain that has it"
    download_and_unpack
    build_std "$WORK/rust"
    rm -rf "$PREFIX/rust"
    mv "$WORK/rust" "$PREFIX/rust"
}

download_and_unpack() {
    local start=$SECONDS rust=$WORK/rust version llvm arch
    say "downloading Debian's rustc-web and its standard library's source (about 150 MB)"
    apt apt-get update 9>&- || die "apt-get update failed: are Debian's packages within reach?"
    version=$(apt apt-cache policy rustc-web | sed -n 's/.*Candidate: \([0-9]*\.[0-9]*\)\..*/\1/p')
    [ -n "$version" ] || die "Debian's package lists here have no rustc-web (it is in bookworm-security and later)"
    llvm=$(apt apt-cache depends "libstd-rust-web-$version" | sed -n 's/.*Depends: libllvm\([0-9]*\).*/\1/p')
    [ -n "$llvm" ] || die "libstd-rust-web-$version names no LLVM that it depends on: Debian's packages have changed, tell us"
    # Named packages always; besides them, the shared libraries that this machine lacks (apt's solver knows).
    local named="rustc-web libstd-rust-web-$version libstd-rust-web-dev libllvm$llvm lld-$llvm"
    # shellcheck disable=SC2086
    local lacking
    lacking=$(apt apt-get --simulate --no-install-recommends install $named | sed -n 's/^Inst \(lib[^ ]*\) .*/\1/p')
    mkdir -p "$WORK/deb" "$rust"
    # shellcheck disable=SC2046,SC2086
    (cd "$WORK/deb" && apt apt-get download $(printf '%s\n' $named $lacking rust-web-src | sort -u) 9>&-) >"$WORK/apt.log" 2>&1 ||
        die "the download failed: $(tail -n 1 "$WORK/apt.log")"
    say "downloaded $(find "$WORK/deb" -name '*.deb' | wc -l) packages $(took "$start"); unpacking"
    start=$SECONDS
    local deb
    for deb in "$WORK"/deb/*.deb; do
        case ${deb##*/} in
        rust-web-src*) dpkg --fsys-tarfile "$deb" | tar -x -C "$rust" --wildcards './usr/src/rustc-*/library' ;;
        *) dpkg -x "$deb" "$rust" ;;
        esac
    done
    rm -rf "$WORK/deb" "$rust/usr/share" "$rust/usr/bin/rustdoc"
    arch=$(arch_folder "$rust")
    if [ -d "$rust/lib/$arch" ]; then cp -a "$rust/lib/$arch/." "$rust/usr/lib/$arch/"; fi
    # Put the linker where rustc looks for one of its own.
    local host
    host=$(version_of "$rust/usr/bin/rustc" "$rust/usr/lib/$arch" | sed -n 's/^host: //p')
    mkdir -p "$rust/usr/lib/rustlib/$host/bin"
    ln -sf "../../../llvm-$llvm/bin/lld" "$rust/usr/lib/rustlib/$host/bin/rust-lld"
    say "unpacked $(took "$start")"
}

# arch_folder RUST: Debian's name of the folder of shared libraries, e.g. x86_64-linux-gnu.
arch_folder() {
    local driver
    for driver in "$1"/usr/lib/*/librustc_driver-*.so; do
        driver=${driver%/*}
        printf '%s' "${driver##*/}"
        return 0
    done
}

# cargo_with RUSTC LIBRARY_PATH FLAG... -- CARGO_ARGUMENT...: cargo with this compiler and exactly these
# flags, whatever the user's environment and configuration add.
cargo_with() {
    local rustc=$1 library_path=$2 flags='' variable
    shift 2
    while [ "$1" != -- ]; do
        flags+=${flags:+$'\x1f'}$1
        shift
    done
    shift
    (
        for variable in $(compgen -e CARGO_PROFILE_) CARGO_INCREMENTAL; do unset "$variable"; done
        # Cargo must not load the compiler's libraries, so a wrapper hands over where they are.
        printf '#!/usr/bin/env bash\nLD_LIBRARY_PATH=%q exec %q "$@"\n' "$library_path" "$rustc" >"$WORK/rustc"
        chmod +x "$WORK/rustc"
        export CARGO_ENCODED_RUSTFLAGS=$flags RUSTC=$WORK/rustc RUSTC_WRAPPER='' RUSTC_WORKSPACE_WRAPPER=''
        exec cargo "$@" 9>&-
    )
}

# One --remap-path-prefix for every place where cargo keeps sources: they differ by machine and by registry.
registry_remaps() {
    local source
    for source in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/; do
        [ -d "$source" ] && printf -- '--remap-path-prefix=%s=/cargo\n' "${source%/}"
    done
    return 0
}

build_std() {
    local rust=$1 start=$SECONDS source lib arch remaps
    source=$(echo "$rust"/usr/src/rustc-*/library)
    arch=$(arch_folder "$rust")
    say "building std for $TARGET"
    local compiler=("$rust/usr/bin/rustc" "$rust/usr/lib/$arch")
    local what=(-q --locked --target "$TARGET" --manifest-path sysroot/Cargo.toml)
    export RUSTC_BOOTSTRAP=1 __CARGO_DEFAULT_LIB_METADATA=guest
    cd "$source"
    cargo_with "${compiler[@]}" -- fetch "${what[@]}" || die "$UNREACHABLE"
    mapfile -t remaps < <(registry_remaps)
    cargo_with "${compiler[@]}" -Zforce-unstable-if-unmarked -Cembed-bitcode=no "${remaps[@]}" \
        "--remap-path-prefix=$source=/std" "--remap-path-prefix=$WORK/std=/build" -- \
        build "${what[@]}" --release --target-dir "$WORK/std" || die "std can't be built; the lines above say why"
    unset RUSTC_BOOTSTRAP __CARGO_DEFAULT_LIB_METADATA
    cd "$ROOT"
    lib=$rust/usr/lib/rustlib/$TARGET/lib
    mkdir -p "$lib/self-contained"
    mv "$WORK/std/$TARGET"/release/deps/*.rlib "$lib/"
    rm -rf "$rust/usr/src" "$WORK/std"
    say "built std for $TARGET $(took "$start")"
}

if from_rustup; then
    RUSTC=$SYSROOT/bin/rustc
    LIBRARY_PATH=''
else
    from_debian
    RUSTC=$SYSROOT/bin/rustc
    LIBRARY_PATH=$SYSROOT/lib/$(arch_folder "$PREFIX/rust")
fi
VERSION=$(version_of "$RUSTC" "$LIBRARY_PATH") || die "$RUSTC does not run; remove $PREFIX and try again"

# --- the SDK -----------------------------------------------------------------------------------------

START=$SECONDS
say "building the SDK with $(head -n 1 <<<"$VERSION")"
cd "$ROOT/guest-agents"
cargo_with "$RUSTC" "$LIBRARY_PATH" -- fetch -q --locked --target "$TARGET" || die "$UNREACHABLE"
mapfile -t REMAPS < <(registry_remaps)
# The settings the host compiles guests with are in guest-agents/Cargo.toml's release profile.
cargo_with "$RUSTC" "$LIBRARY_PATH" -Cembed-bitcode=no "${REMAPS[@]}" "--remap-path-prefix=$ROOT/guest-agents=/sdk" \
    "--remap-path-prefix=$WORK/target=/build" "--remap-path-prefix=$SYSROOT=/sysroot" -- \
    build -q --locked --release --target "$TARGET" --target-dir "$WORK/target" -p sdk ||
    die "the SDK can't be built; the lines above say why"
cd "$ROOT"
mkdir "$WORK/sdk"
mv "$WORK/target/$TARGET"/release/deps/*.rlib "$WORK/sdk/"
# Not a space after the digest but two: the form of sha256sum's own list.
SDK_DIGEST=$(cd "$WORK/sdk" && sha256sum -- *.rlib | digest_of_text)
rm -f "$PREFIX/toolchain.json" "$STAMP"
rm -rf "$PREFIX/sdk"
mv "$WORK/sdk" "$PREFIX/sdk"

# json TEXT: as a JSON string. Paths and version text hold no control characters but line breaks.
json() {
    local text=${1//\\/\\\\}
    text=${text//\"/\\\"}
    text=${text//$'\t'/\\t}
    printf '"%s"' "${text//$'\n'/\\n}"
}
cat >"$WORK/toolchain.json" <<EOF
{
  "rustc": $(json "$RUSTC"),
  "library-path": $(json "$LIBRARY_PATH"),
  "sysroot": $(json "$SYSROOT"),
  "version": $(json "$VERSION"),
  "sdk": $(json "$PREFIX/sdk"),
  "sdk-digest": $(json "$SDK_DIGEST")
}
EOF
state "$RUSTC" "$SYSROOT" "$LIBRARY_PATH" "$(sources_digest)" >"$WORK/stamp"
mv "$WORK/toolchain.json" "$PREFIX/toolchain.json"
mv "$WORK/stamp" "$STAMP"
say "built the SDK $(took "$START"), digest ${SDK_DIGEST:0:12}…; all in place after $SECONDS s"
