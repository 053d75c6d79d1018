# Two commands on a fresh Debian with Python 3.11: `make demo` and `make test`.
PYTHON ?= python3
BIN    := .venv/bin

.PHONY: demo test lint maps bench samples clean

# Debian ships Python without ensurepip: then python3-venv is needed.
.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.11 …"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || .ci/need python3-venv
	$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

.venv/installed: setup.cfg pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/tested: .venv/installed
	$(BIN)/python -m pip install --quiet --editable '.[test,lint]'
	@touch $@

demo: .venv/installed    ## the sample county end to end, into maps/
	$(BIN)/layout-planner demo --out maps

test: .venv/tested       ## everything, with coverage
	$(BIN)/python -m pytest -n auto --cov --cov-report=term

# What checks the page's JavaScript; nobody who uses the package needs it.
node_modules/installed: package.json package-lock.json
	@command -v npm >/dev/null || .ci/need nodejs npm
	npm ci --silent
	@touch $@

lint: .venv/tested node_modules/installed       ## style, types, floors, the page's JavaScript
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	npm run --silent lint

maps: demo

bench: .venv/tested      ## side by side with the peers
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	$(BIN)/python -m benchmarks

samples: .venv/installed ## make the sample studies again
	$(BIN)/python data/make_samples.py

clean:
	rm -rf .venv node_modules build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
