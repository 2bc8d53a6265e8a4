# Everything runs in a virtual environment of its own; nothing else has to be installed first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: serve test check bench docs clean

serve: $(STAMP)  ## serve the quickstart notebook and follow every save
	$(BIN)/neutrino run examples/quickstart.ipynb

test: check  ## everything that CI runs

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest --cov --cov-report=term:skip-covered

bench: $(STAMP)  ## ratios against hand-written equivalents
	$(BIN)/python -m bench

docs: $(STAMP)  ## the reference, from the grammar table
	$(BIN)/python -m neutrino_lab.declare.reference > docs/reference.md

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.10 or newer is needed: make PYTHON=python3.12 ..." if sys.version_info < (3, 10) else 0)'
	test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) || { \
	  $(PYTHON) -m venv --without-pip --clear $(VENV) && $(PYTHON) -m pip --python $(BIN)/python install pip; }
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable . --group dev
	touch $(STAMP)

clean:
	rm -rf $(VENV) build dist .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis
