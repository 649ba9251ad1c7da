# make site    set up and build this repository's own portal into public/
# make test    set up everything and run every test
# make check   style, types, layers, documentation
# make serve   look at the portal while you edit it
# make docs    write docs/reference/ from the code
# make bench   build times, memory and page sizes for large catalogs and documents, beside other tools
# make engine  write what pages load of the search's engine, made small (needs npm)
# make clean   remove what was made, but .venv

RECENT := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3.14 python3,\
  $(shell $(name) -c '$(RECENT)' 2>/dev/null && echo $(name))) python3)
BIN := .venv/bin
JOBS ?= 2

.PHONY: site test check serve docs bench engine clean machine

site: .venv/.installed
	$(BIN)/callboard build

serve: .venv/.installed
	$(BIN)/callboard serve

test: .venv/.developing machine
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup

check: .venv/.developing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/docs_test.py

docs: .venv/.developing
	$(BIN)/python docs/generate.py

SEEK := themes/callboard/search/engine.js

engine:
	@{ echo "// Made of search/engine.js ($$(sha256sum $(SEEK) | cut -c1-16)) by make engine."; \
	  npx --yes esbuild@0.28.2 --minify --format=esm --charset=utf8 --target=es2022 $(SEEK); } > themes/callboard/assets/search/engine.js

bench: .venv/.developing .venv/.peers
	$(BIN)/python benchmarks/bench.py

clean:
	rm -rf public .public.callboard .callboard dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

# Stamps: each is made again only when pyproject.toml changed, so a second run starts at once.
.venv/.created:
	@$(PYTHON) -c '$(RECENT)' || \
	  { echo "Callboard needs Python 3.11 or later. Name one: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/.installed: .venv/.created pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/.developing: .venv/.created pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ .venv/.installed

# The tools that documents are built with for comparison.
.venv/.peers: .venv/.developing
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@touch $@

# A browser and servers for the tests.
machine:
	@.ci/machine
