# `make run` and `make test` are all that most people need; both set up .venv by themselves.
# pip gets no index option, so that your own pip settings (a CPU wheel index, a mirror) count.
# Needs Python 3.11 to 3.13: name one with `make PYTHON=python3.12 run`.
PYTHON ?= python3
BIN := .venv/bin
# A process for each core; tests/conftest.py says what stays together in one of them.
PYTEST := $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
.DEFAULT_GOAL := help

.PHONY: help run test test-all check format constraints clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

run: .venv/run-ok ## start the page on http://127.0.0.1:7860
	$(BIN)/python app.py

test: check ## check, then run every test that is not slow
	$(BIN)/python tests/chromium.py
	$(PYTEST)

test-all: check ## the slow tests too
	$(BIN)/python tests/chromium.py
	$(PYTEST) -m ""

check: .venv/test-ok ## format, lint and types, changing nothing
	$(BIN)/ruff format --check . && $(BIN)/ruff check .
	$(BIN)/mypy

format: .venv/test-ok ## rewrite the code in its format, mend what the linter can
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

constraints: ## resolve anew and write constraints.txt
	$(PYTHON) -m venv --clear build/constraints && build/constraints/bin/pip install -r requirements-dev.txt
	build/constraints/bin/pip check
	(sed -n '/^#/p' constraints.txt; build/constraints/bin/pip freeze --all --exclude pip | sed -E '/^(cuda|nvidia|triton)/d; s/\+.*//') > build/new && mv build/new constraints.txt

clean: ## remove what was installed and built
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps: a file that is younger than what it was installed from needs no second install.
.venv/run-ok: requirements.txt constraints.txt
	@$(PYTHON) -c 'import sys; (3, 11) <= sys.version_info < (3, 14) or sys.exit("Python 3.11 to 3.13 is needed, this is " + sys.version.split()[0] + ": try make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -c constraints.txt -r requirements.txt && touch $@

.venv/test-ok: .venv/run-ok requirements-dev.txt
	$(BIN)/pip install -c constraints.txt -r requirements-dev.txt && touch $@
