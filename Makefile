# make demo, make test: the two commands of the README. Bare `make` is `make check`.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
STAMP = $(VENV)/.installed

.PHONY: check setup demo operation-demo console-demo test lint types bench bench-quick bench-live bench-partitions bench-console faults wide lossless docs dist lock clean

check: lint types test

# A stamp is newer than its lock when what is installed is what is pinned. The demo needs less than the tests.
setup: $(STAMP)-dev
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
$(BIN)/python:
	@$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "ops-hub needs Python 3.11 or newer; say make PYTHON=python3.12"'
	$(PYTHON) -m venv $(VENV)
$(STAMP): requirements.lock pyproject.toml | $(BIN)/python
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@
$(STAMP)-dev: requirements-dev.lock $(STAMP)
	$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@
# What the benchmarks compare with, and what builds the documentation: beside the rest, never needed by it.
$(STAMP)-%: requirements-%.lock $(STAMP)
	$(PIP) --require-hashes -r $<
	@touch $@

demo: $(STAMP)
	$(BIN)/ops-hub screen sample_feeds --watchlist watchlists --rules rules --today 2026-11-23 --out runs/demo

# An invented operation of eight states, from the first message to the after-action report; some minutes.
operation-demo: $(STAMP)
	$(BIN)/ops-hub operation demo --out runs/operation-demo

# A centre at work with an invented day that arrives while one looks; prints the address and the accounts. Ctrl-C ends it.
console-demo: $(STAMP)
	@$(BIN)/ops-hub console demo

test: setup
	$(BIN)/python -m pytest

lint: setup
	$(BIN)/ruff format --check ops_hub tests benchmarks
	$(BIN)/ruff check ops_hub tests benchmarks

types: setup
	$(BIN)/mypy

# Ours and the peers on the same data into benchmarks/RESULTS.md: about 35 minutes, on a machine that does nothing else.
bench: $(STAMP)-bench
	$(BIN)/python -m benchmarks

# The same, small: minutes, to see that it works; writes runs/benchmark-quick/RESULTS.md.
bench-quick: $(STAMP)-bench
	$(BIN)/python -m benchmarks --quick

# Live screening as real processes: a backlog, then 20 messages a second for five minutes.
bench-live: setup
	$(BIN)/python -m benchmarks.live

# The live hub on clusters of 1, 2 and 4 servers, all on this machine.
bench-partitions: setup
	$(BIN)/python -m benchmarks.partitions

# Fifty officers at their screens while 20 messages a second arrive.
bench-console: setup
	$(BIN)/python -m benchmarks.console

# Kills, pauses, full disks, wrong clocks, floods: a hub of real processes, some minutes. The full disk needs root.
faults: setup
	$(BIN)/python -m pytest -n 0 -m faults tests

# Brute force against the candidate stage at full size; the suite holds a smaller one.
lossless: setup
	$(BIN)/python -m benchmarks.lossless --pairs 1e9

# New words of the console into the catalogues of its languages; then translate what is empty.
catalogues: setup
	$(BIN)/python -m tests.console.catalogues

# The pictures of docs/screens, made by the browser tests.
screenshots: setup
	OPS_HUB_SCREENSHOTS=docs/screens $(BIN)/python -m pytest -m "" tests/screens

# Every look of every screen (tablet, dark, paper), the demo, more tries of the API: some minutes.
wide: setup $(STAMP)-docs
	OPS_HUB_TRIES=5 $(BIN)/python -m pytest -m "wide or slow"

# The documentation as a site that needs no server and loads nothing from outside: open site/index.html.
docs: $(STAMP)-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@echo "site/index.html"

# Wheel and sdist into dist/; built again from the same commit they are the same bytes.
dist: setup
	rm -rf dist
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct 2>/dev/null || echo 1577836800) $(BIN)/python -m hatchling build -d dist

# Needs uv; writes hashes and no registry. One resolution, so that any of the locks can be installed beside the first.
EXPORT = uv export --quiet --no-emit-project --no-default-groups --format requirements-txt --no-header
lock:
	uv lock --quiet
	$(EXPORT) --group build -o requirements.lock
	$(EXPORT) --group build --group dev --all-extras -o requirements-dev.lock
	$(EXPORT) --group bench -o requirements-bench.lock
	$(EXPORT) --group docs -o requirements-docs.lock
	rm -f uv.lock

clean:
	rm -rf $(VENV) runs site .pytest_cache .mypy_cache .ruff_cache .hypothesis
