# The ways into this project, a line each; what they do is said where they point. Nothing here needs make itself.
CARGO_TARGET_DIR ?= target
export CARGO_TARGET_DIR

.PHONY: run test bench
.DEFAULT_GOAL := run

# Builds lanlord and runs it, as root, because capturing needs that: make run ARGS="--interface eth0"
run:
	@.ci/need gcc libc6-dev
	cargo build --release --locked
	$(if $(filter 0,$(shell id -u)),,sudo )$(CARGO_TARGET_DIR)/release/lanlord run $(ARGS)

# Everything that has to hold, as CI runs it.
test:
	@.ci/test

# Measures lanlord beside a loop in C and tcpdump, and writes BENCHMARKS.md.
bench:
	@bench/run
