# Two commands on a fresh Debian with Python 3.11: `make demo` and `make test`.
PYTHON ?= python3
BIN    := .venv/bin

.PHONY: demo test lint maps bench samples clean

.venv/installed: setup.cfg pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

.venv/tested: .venv/installed
	$(BIN)/python -m pip install --quiet --editable '.[test,lint]'
	touch $@

demo: .venv/installed    ## the sample county end to end, into maps/
	$(BIN)/layout-planner demo --out maps

test: .venv/tested       ## everything, with coverage
	$(BIN)/python -m pytest -n auto --cov --cov-report=term

lint: .venv/tested       ## style, types, floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

maps: demo

bench: .venv/tested      ## side by side with the peers; see docs/benchmarks.md
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	$(BIN)/python -m benchmarks

samples: .venv/installed ## make the sample studies again
	$(BIN)/python data/make_samples.py

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
