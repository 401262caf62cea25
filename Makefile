# Two commands set everything up: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check wheel bench fuzz crash rate clean

## Draw previews of a can, pick one, make the final: no key, no cost.
demo: $(VENV)/.run
	@mkdir -p demo
	@$(BIN)/promptkit preview product-hero -C demo --brand tidewell \
	  --set product="slim 330 ml can" --set headline="Lighter by the sea" -n 4
	@$(BIN)/promptkit pick last 2 -C demo --reason "the can reads at a glance"
	@$(BIN)/promptkit final last -C demo

## Run the tests, on every core, with branch coverage.
test: $(VENV)/.dev
	$(BIN)/python -m pytest -q -n auto --maxprocesses 8 --cov --cov-report=term-missing

## Lint, formatting, types.
check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

## Build the wheel, install it by itself, and use it from an empty folder.
wheel: $(VENV)/.dev
	rm -rf dist
	$(BIN)/python -m pip wheel -q --no-deps -w dist .
	$(BIN)/python tests/check_wheel.py dist/*.whl

## Prompts per second, hits, misses, audits and imports, beside the peers, in one run.
bench: $(VENV)/.dev .bench/.peers
	$(BIN)/python benchmarks/compose.py --peers .bench/bin/python
	$(BIN)/python benchmarks/client.py --peers .bench/bin/python
	$(BIN)/python benchmarks/audit.py --peers .bench/bin/python
	$(BIN)/python benchmarks/project.py

## Look for files that end in a traceback, or take too long: SECONDS for each kind of file.
SECONDS ?= 300
fuzz: .fuzz/.installed
	.fuzz/bin/python fuzz/large.py
	.fuzz/bin/python fuzz/harness.py brands -max_total_time=$(SECONDS)
	.fuzz/bin/python fuzz/harness.py templates -max_total_time=$(SECONDS)
	.fuzz/bin/python fuzz/harness.py importers -max_total_time=$(SECONDS)
	.fuzz/bin/python fuzz/harness.py marks -max_total_time=$(SECONDS)

.fuzz/.installed: fuzz/requirements.txt pyproject.toml requirements-dev.txt
	$(PYTHON) -m venv .fuzz
	.fuzz/bin/python -m pip install -q --disable-pip-version-check -c requirements-dev.txt -e .
	.fuzz/bin/python -m pip install -q --disable-pip-version-check -r $<
	@touch $@

## Kill processes at random moments, and look whether a picture was lost or paid for twice.
SEEDS ?= 10
crash: $(VENV)/.dev
	$(BIN)/python tests/crash.py --seeds $(SEEDS)

## Four processes under one rate, for three minutes.
rate: $(VENV)/.dev
	$(BIN)/python tests/rate.py

.bench/.peers: benchmarks/requirements-peers.txt
	$(PYTHON) -m venv .bench
	.bench/bin/python -m pip install -q --disable-pip-version-check -r $<
	@touch $@

$(VENV)/.run: pyproject.toml requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check -c requirements-dev.txt -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-dev.txt
	@touch $@

clean:
	rm -rf $(VENV) .bench .fuzz fuzz/corpus demo dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage
