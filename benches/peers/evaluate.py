"""The evaluators that OpenEvolve and ShinkaEvolve are given: they load a program from its file, as their examples do."""

import argparse
import importlib.util
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import packing  # noqa: E402

CASES = packing.cases(32)


def load(path):
    spec = importlib.util.spec_from_file_location("program", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def score(module):
    if hasattr(module, "priority"):
        return -packing.judge(module.priority, CASES)
    return float(module.f(20) == 41)


def evaluate(program_path):
    """OpenEvolve's."""
    return {"combined_score": score(load(program_path))}


def main():
    """ShinkaEvolve's: a process for each evaluation, as its local jobs are."""
    from shinka.core import run_shinka_eval

    arguments = argparse.ArgumentParser()
    arguments.add_argument("--program_path")
    arguments.add_argument("--results_dir")
    given = arguments.parse_args()
    shinka(run_shinka_eval, given.program_path, given.results_dir)


def shinka(run_shinka_eval, program_path, results_dir):
    packs = "def priority" in pathlib.Path(program_path).read_text()
    kind = dict(experiment_fn_name="run", num_runs=1, get_experiment_kwargs=lambda run: {})
    if not packs:
        kind = dict(experiment_fn_name="f", num_runs=1, get_experiment_kwargs=lambda run: {"x": 20})
    metrics, right, error = run_shinka_eval(
        program_path=program_path,
        results_dir=results_dir,
        aggregate_metrics_fn=lambda results: {"combined_score": results[0] if packs else float(results[0] == 41)},
        **kind,
    )
    if not right:
        raise RuntimeError(error)
    return metrics["combined_score"]


if __name__ == "__main__":
    main()
