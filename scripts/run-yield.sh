#!/usr/bin/env bash
# Two goals over the data of semiconductor lots, the second with whatever the first left behind: as it is, and with exploration or reuse
# switched off, for each seed. Then the first goal's team is improved. What was done already is not done again.
#
#   scripts/run-yield.sh ASSAY OUT [SEED…]      (default: seeds 1 to 5; three at a time, as each waits for its own compilers)
set -euo pipefail
assay=$(realpath "$1") out=$2
shift 2
[ $# -gt 0 ] || set -- 1 2 3 4 5
goals=(lowest circuits)
declare -A off=([full]="" [no-exploration]="--without exploration" [no-reuse]="--without reuse")
arms=(full no-exploration no-reuse)

in_place() { # DIR ARGS…: the tool, with a library and runs of their own
  local dir=$1
  shift
  "$assay" --library "$dir/library" --runs "$dir/runs" "$@"
}

# A goal that is not reached is a result, everything else that fails is not.
lane() { # SEED: all arms of it, one after the other, as they compile much the same
  local seed=$1 arm goal dir
  for arm in "${arms[@]}"; do
    dir=$out/seed-$seed/$arm
    mkdir -p "$dir"
    for goal in "${goals[@]}"; do
      [ -f "$dir/$goal.txt" ] && continue
      # shellcheck disable=SC2086
      in_place "$dir" pursue "tasks/yield/goals/$goal.toml" --seed "$seed" ${off[$arm]} >"$dir/$goal.part" 2>"$dir/$goal.log" ||
        [ $? -eq 1 ] || { echo "seed $seed, $arm, goal $goal failed:" && tail -n 5 "$dir/$goal.log"; exit 255; }
      mv "$dir/$goal.part" "$dir/$goal.txt"
    done
    echo "seed $seed, $arm: done at $((SECONDS / 60)):$(printf %02d $((SECONDS % 60)))" >&2
  done
}
running=0
for seed in "$@"; do
  if [ $running -eq 3 ]; then
    wait -n
    running=2
  fi
  lane "$seed" &
  running=$((running + 1))
done
while [ $running -gt 0 ]; do
  wait -n
  running=$((running - 1))
done

first=$out/seed-$1/full
echo "== The first goal, seed $1; the causes in tasks/yield/example.csv are SZ 450, the edge, ADC, lot A7740"
cat "$first/lowest.txt"
echo
echo "== The second goal, seed $1"
grep -v '^  explored' "$first/circuits.txt"
echo
echo "== Growth, each seed and arm"
{
  in_place "$first" growth | sed -n '1s/^/       /p'
  for seed in "$@"; do
    for arm in "${arms[@]}"; do
      in_place "$out/seed-$seed/$arm" growth | tail -n +2 | sed "s/^/seed $seed /"
    done
  done
} | tee "$out/growth.txt"
echo
echo "== Means over the seeds"
# Columns, once the arm is taken out of the goal's name: seed N, number, goal, reached, held out (three), difficulty, needed, reused, …
sed -n 's/ *(without \([a-z]*\))/ \1/p; t; s/^\(seed [0-9]* *[0-9]* *[a-z-]*\)/\1 -/p' "$out/growth.txt" | awk '
  $1 == "seed" && $3 ~ /^[0-9]+$/ {
    key = $3 " " $4 "|" ($5 == "-" ? "full" : "without " $5)
    if (!(key in n)) order[++count] = key
    n[key]++; reached[key] += $6 == "yes"; held[key] += $7; of[key] += $9; needed[key] += $11; reused[key] += $12
    split($0, parts, "/"); split(parts[1], before, " "); candidates[key] += before[length(before)]; fuel[key] += $NF
  }
  END {
    printf "%-26s %-20s %8s %10s %8s %7s %6s %18s %9s\n", "goal", "arm", "reached", "held out", "needed", "reused", "rate", "candidates needed", "fuel"
    for (goal = 1; goal <= 2; goal++) for (i = 1; i <= count; i++) {
      k = order[i]; split(k, name, "|"); if (substr(k, 1, 1) != goal) continue
      printf "%-26s %-20s %4d of %d %5d of %-2d %7.1f %7.1f %6.2f %18.1f %9.2e\n", substr(name[1], 3), name[2], reached[k], n[k], held[k], of[k],
        needed[k] / n[k], reused[k] / n[k], needed[k] ? reused[k] / needed[k] : 0, candidates[k] / n[k], fuel[k] / n[k]
    }
  }'
in_place "$first" growth --svg "$out/growth.svg" >/dev/null
echo "drawn: $out/growth.svg"
echo
echo "== The first goal's team, improved: its agents are searched on, then the team may choose among them"
team=yield-goal-lowest
version() { in_place "$first" library show "$team" | sed -n 's/^  version  *sha256:\([0-9a-f]*\).*/\1/p'; }
if [ ! -f "$first/team.txt" ]; then
  version >"$first/team-before.txt"
  in_place "$first" improve tasks/yield --class clean --seed $((100 + $1)) --candidates 48 --minimise 0 >"$first/clean.txt" 2>"$first/clean.log" || [ $? -eq 1 ]
  in_place "$first" team improve "$team" tasks/yield --class goal-lowest --seed "$1" --candidates 48 >"$first/team.part" 2>"$first/team.log" || [ $? -eq 1 ]
  mv "$first/team.part" "$first/team.txt"
fi
sed -n '/^gates:/,$p' "$first/team.txt" | grep -v '^next:'
[ "$(cat "$first/team-before.txt")" = "$(version)" ] || in_place "$first" library diff "$(cat "$first/team-before.txt")" "$team"
echo
echo "== Libraries"
for seed in "$@"; do
  for arm in "${arms[@]}"; do
    echo "seed $seed, $arm: $(in_place "$out/seed-$seed/$arm" library verify | sed -n 1p)"
  done
done
