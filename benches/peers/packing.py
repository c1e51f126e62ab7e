"""Judges a bin-packing policy as tasks/bin-packing/evaluator.rs does: by level of room left, each question asked once.

The policy is a function of (item, remaining), so an item asks once for each level at which an open bin stands. The
score is the mean excess over the L1 bound in percent.
"""

import heapq
import random


def cases(count, items=500, capacity=150, seed=1):
    """Instances of OR-Library's u500 class (Falkenauer 1996): items uniform from 20 to 100."""
    draw = random.Random(seed)
    return [[draw.randint(20, 100) for _ in range(items)] for _ in range(count)]


def or_library(instances, capacity=150):
    """The text that `assay eval --cases` reads."""
    lines = [str(len(instances))]
    for number, items in enumerate(instances):
        lines += [f"p{number:04}", f"{capacity} {len(items)} 0", *map(str, items)]
    return "\n".join(lines) + "\n"


def excess(priority, items, capacity=150):
    known = {}

    def ask(item, room):
        answer = known.get((item, room))
        if answer is None:
            answer = known[item, room] = priority(item, room)
        return answer

    bins = 0
    levels = {}
    for item in items:
        best = (ask(item, capacity), -bins, capacity)
        for room, at in levels.items():
            if room >= item:
                wish = (ask(item, room), -at[0], room)
                if wish > best:
                    best = wish
        _, place, room = best
        place = -place
        if place == bins:
            bins += 1
        else:
            heapq.heappop(levels[room])
            if not levels[room]:
                del levels[room]
        if room > item:
            heapq.heappush(levels.setdefault(room - item, []), place)
    bound = -(-sum(items) // capacity)
    return 100.0 * (bins / bound - 1.0)


def judge(priority, instances):
    return sum(excess(priority, items) for items in instances) / len(instances)
