# Two commands on a fresh Debian with Python 3.11: `make demo` and `make test`.
export PYTHON ?= python3
BIN    := .venv/bin
PINNED := --constraint constraints.txt --build-constraint constraints.txt
# make newest HIGHS=1.16.0: a HiGHS that setup.cfg refuses. make newest TESTS=tests/base: part of the tests.
HIGHS  ?=
TESTS  ?=

.PHONY: demo test newest lowest lint maps site bench samples bundle constraints clean

# Made again, too, when it was left unfinished or its Python is gone (Debian has a newer one).
ifneq ($(wildcard .venv/bin/python .venv/unfinished),.venv/bin/python)
.PHONY: .venv/installed
endif

.venv/installed: setup.cfg setup.py pyproject.toml constraints.txt
	.ci/venv .venv --constraint constraints.txt pip
	.ci/venv .venv $(PINNED) --editable .
	@touch $@

.venv/tested: .venv/installed
	.ci/venv .venv $(PINNED) --editable '.[test,lint]'
	@touch $@

demo: .venv/installed    ## the sample county end to end, into demo/
	$(BIN)/layout-planner demo --out demo

test: .venv/tested       ## everything, with coverage
	@.ci/programs || echo "The tests that need them are skipped." >&2
	$(BIN)/python -m pytest -n auto --dist loadscope --cov --cov-report=term

newest:                  ## the tests with the newest versions that setup.cfg allows
	.ci/venv .venv-newest --upgrade pip
	.ci/venv .venv-newest --upgrade --upgrade-strategy eager --editable '.[test]'
	$(if $(HIGHS),.ci/venv .venv-newest --no-deps highspy==$(HIGHS))
	.venv-newest/bin/python -m pytest -n auto --dist loadscope $(TESTS)

lowest:                  ## the tests with the lowest versions that setup.cfg allows
	.ci/venv .venv-lowest --constraint constraints.txt pip packaging
	.venv-lowest/bin/python .ci/requirements.py lowest >.venv-lowest/lowest.txt
	.ci/venv .venv-lowest --constraint .venv-lowest/lowest.txt --editable '.[test]'
	.venv-lowest/bin/python -m pytest -n auto --dist loadscope $(TESTS)

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

maps: .venv/tested       ## the pages in maps/ and their pictures for README
	$(BIN)/python docs/sample_maps.py --pictures

site: .venv/tested       ## the manual, English and Chinese, into docs/_build/html
	$(BIN)/python docs/manual.py

bench: .venv/tested      ## side by side with the peers
	.ci/venv .venv $(PINNED) --editable '.[bench]'
	$(BIN)/python -m benchmarks travel-quick

samples: .venv/installed ## make the sample studies again
	$(BIN)/python data/make_samples.py

bundle: .venv/tested     ## for offices without internet: dist/layout_planner-VERSION-{linux,windows}.zip
	$(BIN)/python .ci/bundle.py linux
	$(BIN)/python .ci/bundle.py windows

constraints:             ## constraints.txt anew, from the newest versions that setup.cfg allows
	.ci/venv .venv-newest --upgrade pip packaging
	.venv-newest/bin/python -m pip install --quiet --dry-run --ignore-installed --report .venv-newest/report.json pip 'setuptools>=77' '.[bench,lint,test]'
	.venv-newest/bin/python .ci/requirements.py pinned .venv-newest/report.json >.venv-newest/constraints.txt
	mv .venv-newest/constraints.txt constraints.txt

clean:
	rm -rf .venv .venv-newest .venv-lowest node_modules build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
