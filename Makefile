# The ways into this project, a line each; what they do is said where they point. Nothing here needs make itself.
CARGO_TARGET_DIR ?= target
PREFIX ?= /usr/local
export CARGO_TARGET_DIR PREFIX DESTDIR

.PHONY: run install uninstall test bench
.DEFAULT_GOAL := run

# Builds lanlord and runs it, as root, because capturing needs that: make run ARGS="--interface eth0"
run:
	@.ci/need gcc libc6-dev libssl-dev pkg-config
	cargo build --release --locked
	$(if $(filter 0,$(shell id -u)),,sudo )$(CARGO_TARGET_DIR)/release/lanlord run $(ARGS)

# Installs what `cargo build --release --locked` has built, as a service that runs: sudo make install PREFIX=/usr/local
install:
	@packaging/install install

# Takes away what it installed, but for a configuration that you have changed.
uninstall:
	@packaging/install uninstall

# Everything that has to hold, as CI runs it.
test:
	@.ci/test

# Measures lanlord beside a loop in C and tcpdump, and writes BENCHMARKS.md.
bench:
	@bench/run
