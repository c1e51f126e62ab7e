#!/usr/bin/env bash
# Set up what tests/faults needs: strace, which makes a system call fail or kills its caller at it.
#
#   usage: scripts/setup-faults.sh
#
# Installs strace from Debian if that is possible (root, apt-get); otherwise says what is missing and ends with 1. Also tries
# whether this machine lets one process trace another: some containers don't.
set -euo pipefail
export LC_ALL=C

say() { printf 'setup-faults: %s\n' "$*" >&2; }

if ! command -v strace >/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "installing strace from Debian"
        apt-get -qq update
        DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends strace >/dev/null
    else
        say "MISSING: strace. As root on Debian: apt-get install strace; elsewhere: https://strace.io"
        exit 1
    fi
fi
# 5.0 is the first whose -e inject= can both fail a call and count to the n-th.
if ! strace -f -o /dev/null -e trace=fsync -e inject=fsync:error=EIO:when=1 true 2>/dev/null; then
    say "MISSING: the right to trace processes (ptrace), or a strace that injects faults: $(strace --version | head -n 1)"
    say "in a container: run it with --cap-add SYS_PTRACE, or with a seccomp profile that allows ptrace"
    exit 1
fi
say "in place: $(strace --version | head -n 1)"
