"""What users would pick instead of Assay, side by side in one run; see benches/README.md for what each row is.

    usage: run.py ASSAY EVALUATIONS      (`make peers` finds both)

ASSAY is the release binary, EVALUATIONS the program of `cargo bench -p sandbox --bench evaluations`.
"""

import asyncio
import contextlib
import io
import json
import logging
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE))
logging.disable(logging.CRITICAL)

import evaluate  # noqa: E402
import packing  # noqa: E402
import wasmtime  # noqa: E402
from openevolve.config import EvaluatorConfig  # noqa: E402
from openevolve.evaluator import Evaluator  # noqa: E402
from shinka.core import run_shinka_eval  # noqa: E402

ROUNDS = 7
ASSAY, EVALUATIONS = (pathlib.Path(path).resolve() for path in sys.argv[1:3])

TRIVIAL = "def f(x):\n    return 2 * x + 1\n"
BEST_FIT = "def priority(item, remaining):\n    return float(item - remaining)\n"
# What ShinkaEvolve calls is a function of the program's own file, around the part that evolves.
SHINKA = BEST_FIT + (
    f"\n\nimport sys\nsys.path.insert(0, {str(HERE)!r})\nimport evaluate\n\n\ndef run():\n"
    "    return -evaluate.packing.judge(priority, evaluate.CASES)\n"
)
LOOP = "import time\n\n\ndef f(x):\n    end = time.time() + 4\n    while time.time() < end:\n        pass\n    return 2 * x + 1\n"
WAT = '(module (func (export "f") (param i64) (result i64) (i64.add (i64.mul (local.get 0) (i64.const 2)) (i64.const 1))))'


def in_process(source):
    scope = {}
    exec(compile(source, "program", "exec"), scope)
    if "priority" in scope:
        return -packing.judge(scope["priority"], evaluate.CASES)
    return float(scope["f"](20) == 41)


def in_subprocess(source, timeout=None):
    """A fresh interpreter, as bare as it goes; the source on standard input."""
    code = f"import sys; sys.path.insert(0, {str(HERE)!r}); source = sys.stdin.read(); scope = {{}}; exec(source, scope)\n"
    if "priority" in source:
        code += "import packing; print(-packing.judge(scope['priority'], packing.cases(32)))"
    else:
        code += "print(float(scope['f'](20) == 41))"
    done = subprocess.run(
        [sys.executable, "-B", "-I", "-S", "-c", code], input=source, capture_output=True, text=True, check=True, timeout=timeout
    )
    return float(done.stdout)


class Wasm:
    """One engine and one module, compiled once; a store and an instance for each evaluation. No limits are set."""

    def __init__(self):
        self.engine = wasmtime.Engine()
        self.module = wasmtime.Module(self.engine, WAT)

    def __call__(self, _source):
        store = wasmtime.Store(self.engine)
        instance = wasmtime.Instance(store, self.module, [])
        return float(instance.exports(store)["f"](store, 20) == 41)


class OpenEvolve:
    """Its own evaluator in its own event loop, cascades off."""

    def __init__(self, **config):
        self.loop = asyncio.new_event_loop()
        config = EvaluatorConfig(cascade_evaluation=False, max_retries=0, **config)
        self.evaluator = Evaluator(config, str(HERE / "evaluate.py"))

    def __call__(self, source):
        return self.loop.run_until_complete(self.evaluator.evaluate_program(source, "p"))["combined_score"]

    def many(self, sources):
        named = [(source, str(number)) for number, source in enumerate(sources)]
        return self.loop.run_until_complete(self.evaluator.evaluate_multiple(named))


class Shinka:
    """`run_shinka_eval`: in this process (less than what its loop does), or in a process of its own, as its local jobs."""

    def __init__(self, folder, own_process):
        self.program, self.results, self.own_process = folder / "program.py", folder / "results", own_process

    def __call__(self, source, timeout=None):
        self.program.write_text(SHINKA if "priority" in source else source)
        if self.own_process:
            words = ["--program_path", str(self.program), "--results_dir", str(self.results)]
            subprocess.run(
                [sys.executable, "-B", str(HERE / "evaluate.py"), *words], check=True, capture_output=True, timeout=timeout
            )
            return json.loads((self.results / "metrics.json").read_text())["combined_score"]
        with contextlib.redirect_stdout(io.StringIO()):
            return evaluate.shinka(run_shinka_eval, str(self.program), str(self.results))


class Assay:
    """The command line, in a folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        for count in (32, 32 * 41):
            (folder / f"{count}.txt").write_text(packing.or_library(packing.cases(count)))

    def eval(self, agent, cases, timeout=None):
        words = ["eval", str(ROOT / "tasks/bin-packing"), "--agent", str(agent), "--cases", cases, "--json"]
        words += ["--cache", "cache", "--library", "library", "--keys", "keys", "--workers", "1"]
        began = time.perf_counter()
        done = subprocess.run([ASSAY, *words], cwd=self.folder, capture_output=True, text=True, timeout=timeout)
        if done.returncode not in (0, 1):
            sys.exit(f"assay eval failed: {done.stderr}")
        return time.perf_counter() - began, json.loads(done.stdout)

    def seconds(self):
        """An evaluation on 32 cases, without start-up and compiling: the difference of 41 and one, by 40."""
        agent = ROOT / "tasks/bin-packing/best-fit.rs"
        one, many = self.eval(agent, "32.txt")[0], self.eval(agent, f"{32 * 41}.txt")[0]
        return (many - one) / 40


def timed(call, source, expected):
    """Seconds for one evaluation, over as many as fill a fifth of a second."""
    times = 0
    began = time.perf_counter()
    while time.perf_counter() - began < 0.2 or times == 0:
        score = call(source)
        assert abs(score - expected) < 1e-9, f"{call}: {score}, not {expected}"
        times += 1
    return (time.perf_counter() - began) / times


def rate(seconds):
    return f"{1 / seconds:,.0f}" if seconds < 0.1 else f"{1 / seconds:.2f}"


def table(title, rows, own):
    print(f"\n{title}\n")
    print(f"| | evaluations/s | lowest … highest | against Assay |\n|---|---|---|---|")
    base = statistics.median(rows[own])
    for name, seconds in rows.items():
        middle = statistics.median(seconds)
        ratio = "1" if name == own else f"1 / {middle / base:,.0f}" if middle / base >= 10 else f"1 / {middle / base:.1f}"
        print(f"| {name} | {rate(middle)} | {rate(max(seconds))} … {rate(min(seconds))} | {ratio} |")


def own_evaluations():
    """Seconds of a fresh, fully limited evaluation through the worker process, from Assay's own benchmark."""
    said = subprocess.run([EVALUATIONS, "--bench"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"through the worker process\s+([0-9.]+) µs", said)
    return float(found.group(1)) / 1e6


def neighbours(folder):
    """Three programs one after the other, the first of which loops: who gets a right result, and when."""
    print("\nA program that loops for four seconds, then two correct ones; one second is allowed for each\n")
    print("| | the loop | its two neighbours | seconds in all |\n|---|---|---|---|")

    def row(name, loop, others, seconds):
        print(f"| {name} | {loop} | {others} | {seconds:.1f} |")

    began = time.perf_counter()
    right = [in_process(source) == 1.0 for source in (LOOP, TRIVIAL, TRIVIAL)]
    row("exec() in process", "runs on: nothing can stop it", f"{sum(right[1:])} of 2 right, afterwards", time.perf_counter() - began)

    # The limit is on the loop's own second: a ShinkaEvolve job takes longer than that to start.
    for name, call, start in [("python subprocess", in_subprocess, 0), ("ShinkaEvolve, process each", Shinka(folder, True), 5)]:
        began = time.perf_counter()
        ends = []
        for source in (LOOP, TRIVIAL, TRIVIAL):
            try:
                ends.append("right" if call(source, timeout=None if source is TRIVIAL else 1 + start) == 1.0 else "wrong")
            except subprocess.TimeoutExpired:
                ends.append("killed")
        row(name, ends[0], f"{ends[1:].count('right')} of 2 right", time.perf_counter() - began)

    began = time.perf_counter()
    openevolve = OpenEvolve(timeout=1)
    scores = openevolve.many([LOOP, TRIVIAL, TRIVIAL])
    right = [score.get("combined_score") == 1.0 for score in scores]
    lost = "lost: timed out behind it" if not all(right[1:]) else "right"
    row("OpenEvolve", "given up, its thread runs on", f"{sum(right[1:])} of 2 {lost}", time.perf_counter() - began)

    assay = Assay(folder)
    loop = folder / "loop.rs"
    best = (ROOT / "tasks/bin-packing/best-fit.rs").read_text()
    head, tail = best.split("// assay: evolve")[0], best.split("// assay: end")[1]
    loop.write_text(f"{head}// assay: evolve\n    let mut x = item;\n    while x < 1.0e300 {{ x = x * 0.5 + remaining; }}\n    x\n    // assay: end{tail}")
    best = ROOT / "tasks/bin-packing/best-fit.rs"
    for agent in (loop, best):
        assay.eval(agent, "32.txt")
    began = time.perf_counter()
    ended = assay.eval(loop, "32.txt")[1]
    after = [assay.eval(best, "32.txt")[1] for _ in range(2)]
    expected = packing.judge(lambda item, room: float(item - room), evaluate.CASES)
    right = sum(abs(result["measured"]["score"] - expected) < 1e-9 for result in after)
    row("Assay, each compiled before", f"stopped: {ended['failure']['verdict']}", f"{right} of 2 right", time.perf_counter() - began)


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        assay = Assay(folder)
        openevolve = OpenEvolve()
        shinka = [Shinka(folder, False), Shinka(folder, True)]
        best_fit = -packing.judge(lambda item, room: float(item - room), evaluate.CASES)
        calls = {
            "exec() in process": in_process,
            "python subprocess": in_subprocess,
            "wasmtime-py, fresh instance": Wasm(),
            "OpenEvolve": openevolve,
            "ShinkaEvolve, in process": shinka[0],
            "ShinkaEvolve, process each": shinka[1],
        }
        trivial = {name: [] for name in ["Assay, fresh instance, every limit", *calls]}
        packs = {name: [] for name in ["Assay, fresh instance a case", *calls] if not name.startswith("wasmtime")}
        assay.seconds()
        for _ in range(ROUNDS):
            for name, call in calls.items():
                trivial[name].append(timed(call, TRIVIAL, 1.0))
                if name in packs:
                    packs[name].append(timed(call, BEST_FIT, best_fit))
            packs["Assay, fresh instance a case"].append(assay.seconds())
            trivial["Assay, fresh instance, every limit"].append(own_evaluations())
        table("The trivial program: f(x) = 2x + 1, asked once", trivial, "Assay, fresh instance, every limit")
        table("Best-fit on 32 instances of 500 items (an evaluation is all 32)", packs, "Assay, fresh instance a case")
        neighbours(folder)


main()
# OpenEvolve's thread that was given up would keep the interpreter from ending.
sys.stdout.flush()
os._exit(0)
