# Two commands set everything up: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check wheel bench clean

## Draw previews of a can, pick one, make the final: no key, no cost.
demo: $(VENV)/.run
	@mkdir -p demo
	@$(BIN)/promptkit preview product-hero -C demo --brand tidewell \
	  --set product="slim 330 ml can" --set headline="Lighter by the sea" -n 4
	@$(BIN)/promptkit pick last 2 -C demo --reason "the can reads at a glance"
	@$(BIN)/promptkit final last -C demo

## Run the tests, with branch coverage.
test: $(VENV)/.dev
	$(BIN)/python -m pytest -q --cov --cov-report=term-missing

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

## Prompts per second beside bare Jinja and the peers, in one run.
bench: $(VENV)/.dev .bench/.peers
	$(BIN)/python benchmarks/compose.py --peers .bench/bin/python

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
	rm -rf $(VENV) .bench demo dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage
