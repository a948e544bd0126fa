# Every target sets up what it needs: a virtual environment, torch, and chiasm with the extras that the target uses.
# A second run finds it all there and starts at once.
#
#   make demo                            install, make sample media, index them, search, write a report
#   make demo TORCH_INDEX=https://download.pytorch.org/whl/cpu    the small, CPU-only build of torch
#   make test ARGS="tests/core -k filter"

VENV        ?= .venv
PYTHON      ?= $(shell for each in python3.11 python3.12 python3.13 python3.14 python3; do \
                 $$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$each; break; }; done)
TORCH       ?= $(shell sed -n 's/^\(torch==.*\)/\1/p' constraints.txt)
TORCH_INDEX ?=
ARGS        ?=

BIN         := $(VENV)/bin
PIP         := $(BIN)/python -m pip install --disable-pip-version-check --quiet
DECLARED    := pyproject.toml constraints.txt

.PHONY: help demo test lint format docs bench constraints clean
.DEFAULT_GOAL := help

help:
	@echo "make demo | test | lint | format | docs | bench | constraints | clean"

demo: $(VENV)/.demo
	$(BIN)/chiasm demo $(ARGS)

test: $(VENV)/.test
	$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict $(ARGS)

bench: $(VENV)/.test
	$(BIN)/python -m bench $(ARGS)

# Pins what is installed now, as far as chiasm's extras ask for it.
constraints: $(VENV)/.test
	$(BIN)/python .ci/constraints.py > constraints.new
	mv constraints.new constraints.txt

clean:
	rm -rf build dist site .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find core registry plugins tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "chiasm needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.dev: $(DECLARED) | $(VENV)/bin/python
	$(PIP) -c constraints.txt -e '.[dev]'
	@touch $@

# torch comes first and alone, so that nothing that depends on it chooses another build.
$(VENV)/.torch: constraints.txt | $(VENV)/bin/python
	$(PIP) '$(TORCH)' $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX))
	@touch $@

$(VENV)/.demo: $(DECLARED) $(VENV)/.torch | $(VENV)/bin/python
	$(PIP) -c constraints.txt -e '.[demo]'
	@touch $@

$(VENV)/.test: $(DECLARED) $(VENV)/.torch | $(VENV)/bin/python
	$(PIP) -c constraints.txt -e '.[all,dev]'
	@touch $@
