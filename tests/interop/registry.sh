#!/usr/bin/env bash
# Takes a version of a library through a real registry and back, with other people's tools alone.
#
# That the folder is an OCI image layout is worth something if what carries images carries it too, and nothing gets
# lost on the way: a version's id *is* its manifest's digest. skopeo pushes the layout to a registry on loopback;
# curl, skopeo and wkg (which knows what a wasm artifact is) fetch it by digest; the bytes must be the library's.
# Then the registry lies, and they must notice.
#
#   usage: registry.sh SPECIMEN DEBIAN WKG    (DEBIAN: where Debian's packages are unpacked; WKG may be missing)
set -euo pipefail
SPECIMEN=$1
DEBIAN=$2
WKG=$3
LIBRARY=$SPECIMEN/library
REPOSITORY=specimen/agent
WORK=$(mktemp -d)
REGISTRY_PID=
stop() {
    if [ -n "$REGISTRY_PID" ]; then
        # By force: it has nothing to put in order, and a request that comes before it is up would get lost.
        kill -KILL "$REGISTRY_PID" 2>/dev/null || true
        wait "$REGISTRY_PID" 2>/dev/null || true
    fi
    rm -rf "$WORK"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# Nobody's credentials, and no proxy on the way to loopback.
export HOME=$WORK NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
unset REGISTRY_AUTH_FILE DOCKER_CONFIG

TOOL=registry
ok() { printf 'ok    %s: %s\n' "$TOOL" "$*"; }
fail() {
    printf 'FAIL  %s: %s\n' "$TOOL" "$*"
    [ ! -s "$WORK/said" ] || sed 's/^/      /' "$WORK/said"
    exit 1
}
fact() { python3 -c "import json, sys; print(json.load(open(sys.argv[1]))$1)" "$SPECIMEN/facts.json"; }
blob() { printf '%s/blobs/sha256/%s' "$LIBRARY" "$1"; }
# run COMMAND…: its output is kept for a failure to show.
run() { "$@" >"$WORK/said" 2>&1; }

LIBRARIES=$(find "$DEBIAN/usr/lib" -maxdepth 1 -type d -name '*-linux-gnu*' | head -n 1)
# No policy file: what skopeo would ask of signatures is the library's own business here.
skopeo() { LD_LIBRARY_PATH=$LIBRARIES "$DEBIAN/usr/bin/skopeo" --insecure-policy "$@"; }
SKOPEO=$(skopeo --version | sed 's/ version / /')
MANIFEST=$(fact '["manifest"]')
COMPONENT=$(fact '["component"]')

# --- a registry --------------------------------------------------------------------------------------

TOOL="docker-registry $("$DEBIAN/usr/bin/docker-registry" --version | sed 's/.* //')"
cat >"$WORK/config.yml" <<EOF
version: 0.1
log: {level: info}
storage: {filesystem: {rootdirectory: "$WORK/registry"}}
http: {addr: "127.0.0.1:0", secret: none}
EOF
: >"$WORK/registry.log" # is read below before the registry may have made it
env -i "$DEBIAN/usr/bin/docker-registry" serve "$WORK/config.yml" >>"$WORK/registry.log" 2>&1 &
REGISTRY_PID=$!
HOST=
for _ in {1..300}; do
    HOST=$(sed -n 's/.*listening on \(127\.0\.0\.1:[0-9]*\).*/\1/p' "$WORK/registry.log")
    if [ -n "$HOST" ] && curl -fs -m 5 -o "$WORK/pong" "http://$HOST/v2/"; then break; fi
    kill -0 "$REGISTRY_PID" 2>/dev/null || fail "it ended: $(tail -n 1 "$WORK/registry.log")"
    HOST=
    sleep 0.1
done
[ -n "$HOST" ] || fail "it did not answer for 30 s: $(tail -n 1 "$WORK/registry.log")"
ok "listens on a free port of loopback"

# --- there -------------------------------------------------------------------------------------------

TOOL=$SKOPEO
push() { run skopeo copy --preserve-digests --dest-tls-verify=false "oci:$1:$MANIFEST" "docker://$HOST/$2:current"; }
# First the edited one: skopeo does not read again what a registry has already.
cp -r "$LIBRARY" "$WORK/edited"
printf X | dd of="$WORK/edited/blobs/sha256/$COMPONENT" bs=1 seek=20 conv=notrunc status=none
if push "$WORK/edited" specimen/edited; then fail "copied a layout whose component was edited"; fi
grep -qi 'digest' "$WORK/said" || fail "refused a layout whose component was edited, for another reason"
ok "refused to copy a layout whose component was edited"

push "$LIBRARY" "$REPOSITORY" || fail "can't copy the layout to the registry"
ok "copied version ${MANIFEST:0:12} out of the layout to the registry"

# --- and back ----------------------------------------------------------------------------------------

TOOL="curl $(curl --version | awk 'NR == 1 { print $2 }')"
TYPE=application/vnd.oci.image.manifest.v1+json
curl -fs -D "$WORK/head" -o "$WORK/manifest" -H "Accept: $TYPE" "http://$HOST/v2/$REPOSITORY/manifests/current" ||
    fail "no manifest under the tag"
digest=$(tr -d '\r' <"$WORK/head" | awk 'tolower($1) == "docker-content-digest:" { print $2 }')
[ "$digest" = "sha256:$MANIFEST" ] || fail "the registry calls the version $digest"
cmp -s "$WORK/manifest" "$(blob "$MANIFEST")" || fail "the manifest has other bytes"
curl -fs -o "$WORK/component" "http://$HOST/v2/$REPOSITORY/blobs/sha256:$COMPONENT" || fail "no component"
cmp -s "$WORK/component" "$(blob "$COMPONENT")" || fail "the component has other bytes"
ok "the registry has the version under the id it has in the library; manifest and component are the same bytes"

TOOL=$SKOPEO
pull_layout() {
    rm -rf "$WORK/back"
    run skopeo copy --preserve-digests --src-tls-verify=false "docker://$HOST/$REPOSITORY@sha256:$MANIFEST" "oci:$WORK/back:$MANIFEST"
}
pull_layout || fail "can't pull by digest"
count=0
for file in "$WORK"/back/blobs/sha256/*; do
    cmp -s "$file" "$(blob "${file##*/}")" || fail "blob ${file##*/} came back with other bytes"
    count=$((count + 1))
done
[ "$count" = 3 ] || fail "$count blobs came back, not manifest, configuration and component"
ok "pulled it by digest into a layout: manifest, configuration and component are the library's"

pull_component() {
    rm -f "$WORK/pulled.wasm"
    run "$WKG" oci pull --insecure "$HOST" -o "$WORK/pulled.wasm" "$HOST/$REPOSITORY@sha256:$MANIFEST"
}
HAVE_WKG=
if VERSION=$("$WKG" --version 2>/dev/null); then
    HAVE_WKG=yes
    TOOL=$VERSION
    pull_component || fail "can't pull by digest"
    cmp -s "$WORK/pulled.wasm" "$(blob "$COMPONENT")" || fail "the component came back with other bytes"
    ok "pulled it by digest as a wasm component: the library's bytes"
else
    printf 'SKIPPED  wkg: pulling the component as a wasm artifact; curl and skopeo pulled it above. scripts/setup-interop.sh says why there is no wkg\n'
fi

# --- a registry that lies ----------------------------------------------------------------------------

stored=$(find "$WORK/registry" -path "*/$COMPONENT/data")
printf X | dd of="$stored" bs=1 seek=20 conv=notrunc status=none
TOOL=$SKOPEO
if pull_layout; then fail "pulled a component that the registry had edited"; fi
grep -qi 'digest' "$WORK/said" || fail "refused a component that the registry had edited, for another reason"
ok "refused a component that the registry had edited"
if [ -n "$HAVE_WKG" ]; then
    TOOL=$VERSION
    if pull_component; then fail "pulled a component that the registry had edited"; fi
    grep -qi 'digest' "$WORK/said" || fail "refused a component that the registry had edited, for another reason"
    ok "refused a component that the registry had edited"
fi
