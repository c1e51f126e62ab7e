# Every target sets up what it needs. `make help` lists them.
SHELL := /bin/bash
SEED ?= 1
FUZZ_SECONDS ?= 60
CARGO ?= cargo
ASSAY := target/release/assay

.PHONY: help setup build run run-stop run-yield test check bench plots peers fuzz interop faults walls model test-full clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

setup: ## the guest toolchain and SDK (idempotent; says what it does)
	@scripts/setup-guest.sh

build: setup ## release binaries
	$(CARGO) build --release --workspace --bins

run: build ## the main job: improve an online bin-packing agent, promote it, verify the library
	@run=bin-packing-uniform-150-seed-$(SEED); \
	if [ -f runs/$$run/journal.jsonl ]; then echo "run $$run exists: going on with it"; $(ASSAY) resume $$run; \
	else $(ASSAY) improve tasks/bin-packing --seed $(SEED); fi

run-stop: build ## improvers that improve themselves: three generations, then each of the two on tasks that neither met
	@$(ASSAY) improve tasks/improver --generations 3 --seed $(SEED) || [ $$? -eq 1 ]
	@$(ASSAY) transplant tasks/improver --seeds 10
	@$(ASSAY) library verify

run-yield: build ## two goals over the yield of semiconductor lots, with and without exploration and reuse, seeds 1 to 5
	@scripts/run-yield.sh $(ASSAY) runs-yield

test: setup check ## fmt, clippy, docs, and every test
	$(CARGO) test --workspace
	$(CARGO) test --manifest-path guest-agents/Cargo.toml

check: ## formatting, lints, documentation, dependency policy
	$(CARGO) fmt --all --check
	$(CARGO) fmt --all --check --manifest-path guest-agents/Cargo.toml
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links" $(CARGO) doc --workspace --no-deps --document-private-items -q
	@if command -v cargo-deny >/dev/null; then cargo deny --log-level error check bans licenses sources; \
	else echo "SKIPPED: cargo-deny is not installed (cargo install --locked cargo-deny); licences, bans and sources are unchecked"; fi

bench: build ## evaluations/s against wasmtime's defaults, what metering costs, candidates/s of each stage and of the loop, growth
	$(CARGO) bench --workspace --bench evaluations --bench kernels --bench stages --bench sizes --bench growth

plots: build ## how cost grows up to a hundred thousand candidates, cases, items, events and promotions, drawn in benches/plots
	$(CARGO) bench -p assay --bench sizes -- $(CURDIR)/benches/plots
	GROWTH_PROMOTIONS=100000 $(CARGO) bench -p library --bench growth -- $(CURDIR)/benches/plots
	@benches/memory.sh $(ASSAY)

peers: build ## Assay beside what users would pick instead: exec(), subprocesses, wasmtime-py, OpenEvolve, ShinkaEvolve
	@scripts/setup-peers.sh
	@$(CARGO) bench -q -p sandbox --bench evaluations --no-run
	@target/peers/venv/bin/python3 -B benches/peers/run.py $(ASSAY) "$$(ls -t target/release/deps/evaluations-* | grep -v '\.d$$' | head -n 1)"

fuzz: ## give each reader of hostile bytes to libFuzzer for FUZZ_SECONDS (60)
	@command -v cargo-fuzz >/dev/null || $(CARGO) install --locked cargo-fuzz
	@for target in $$($(CARGO) fuzz list --fuzz-dir fuzz); do \
	  mkdir -p target/fuzz-corpus/$$target; \
	  RUSTC_BOOTSTRAP=1 CARGO_PROFILE_RELEASE_LTO=off $(CARGO) fuzz run --fuzz-dir fuzz --target-dir target/fuzz --features libfuzzer --sanitizer none $$target \
	    target/fuzz-corpus/$$target fuzz/seeds/$$target -- -max_total_time=$(FUZZ_SECONDS) -max_len=65536 -timeout=20 -rss_limit_mb=4096 \
	    -print_final_stats=1 || exit 1; \
	done

interop: ## the library's formats, judged by tools that others wrote (ASSAY_INTEROP_ALLOW_SKIP=1: those that can be had)
	@scripts/setup-interop.sh
	@CARGO="$(CARGO)" tests/interop/run.sh

faults: ## each system call that writes a library fails, or is the writer's last: what is left verifies and can be repeated
	@CARGO="$(CARGO)" tests/faults/run.sh

walls: ## the life of a worker and of a compiler, system call by system call, after their walls are up
	@$(CARGO) build -q --workspace --bins
	@tests/walls/run.sh

model: ## a real small language model as generator, then the same run without it (ASSAY_MODEL_ALLOW_SKIP=1: where it can be had)
	@scripts/setup-model.sh
	@$(CARGO) build -q --workspace --bins
	@tests/model/run.sh

test-full: test walls interop faults model ## also walls, interop, faults, a language model, and 10,000 random hostile components
	ASSAY_HOSTILE=10000 $(CARGO) test --workspace --test attacks hostile -- --nocapture

clean: ## build output; keeps .guest, runs and libraries
	$(CARGO) clean
