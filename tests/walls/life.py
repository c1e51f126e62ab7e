"""Reads what strace wrote of an evaluation: what succeeded in each process after it put up its last wall.

    usage: life.py FILE     (of `strace -f -o FILE assay eval …`)
"""

import re
import sys
from collections import Counter

LINE = re.compile(r"(\d+) +(?:<\.\.\. )?(\w+)(?:\(| resumed)(.*)")
RESULT = re.compile(r"= (-?\d+|0x[0-9a-f]+|\?)( [A-Z]+)?[^=]*$")
OPENS = {"open", "openat", "openat2", "creat"}
SOCKETS = {"socket", "socketpair", "connect", "bind", "listen", "accept", "accept4"}
STARTS = {"execve", "execveat", "fork", "vfork"}


def lives(path):
    """Process or thread → its calls as (name, arguments, succeeded); and which thread belongs to whom."""
    calls, parent = {}, {}
    for text in open(path, errors="replace"):
        found = LINE.match(text)
        if not found:
            continue
        pid, name, rest = found.groups()
        result = RESULT.search(rest)
        ok = bool(result) and not result.group(1).startswith("-")
        calls.setdefault(pid, []).append((name, rest.strip(), ok))
        if name in ("clone", "clone3", "fork", "vfork") and ok:
            parent[result.group(1)] = (pid, "CLONE_THREAD" in rest or "resumed" in text)
    return calls, parent


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: life.py FILE")
    calls, parent = lives(sys.argv[1])
    wrong, workers, compilers = [], 0, 0
    for pid, life in calls.items():
        walls = [at for at, (name, _, ok) in enumerate(life) if name == "seccomp" and ok]
        if not walls:
            continue
        after = life[walls[-1] + 1 :]
        # A compile box becomes the compiler once its walls are up; a worker becomes nothing.
        becomes = [args for name, args, ok in after if name == "execve" and ok]
        threads = [tid for tid, (by, _) in parent.items() if by == pid]
        for tid in threads:
            after = after + calls.get(tid, [])
        done = Counter(name for name, _, ok in after if ok)
        refused = Counter(name for name, _, ok in after if not ok and name in OPENS | SOCKETS | STARTS)
        kind = "compiler" if becomes else "worker"
        workers, compilers = workers + (not becomes), compilers + bool(becomes)
        # std makes a pair with itself to learn whether a child started; it leads nowhere.
        forbidden = SOCKETS - {"socketpair"} if becomes else OPENS | SOCKETS | STARTS
        wrong += [f"{kind} {pid}: {name}({args}" for name, args, ok in after if ok and name in forbidden]
        print(f"{kind} {pid}: {len(walls)} filters, then {sum(done.values())} calls succeeded in it and its {len(threads)} threads")
        print(f"    succeeded: {', '.join(f'{name} {count}' for name, count in done.most_common())}")
        print(f"    refused:   {', '.join(f'{name} {count}' for name, count in refused.most_common()) or 'nothing was tried'}")
    for line in wrong:
        print(f"WRONG {line}")
    if wrong or workers < 2 or compilers < 1:
        print(f"walls: {workers} workers, {compilers} compilers, {len(wrong)} calls that no wall stopped")
        sys.exit(1)
    print(f"walls: {workers} workers and {compilers} compilers; no open, socket or start in a worker, no socket to anyone in a compiler")


if __name__ == "__main__":
    main()
