# Every target makes its own environment in .venv first: on a bare machine `make demo` or `make test` is enough.
# It needs Python 3.11 or newer with its venv module, and a network or a mirror that pip is set up for.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
PACKAGES := sim experiments scenarios benchmarks
RUN = runs/demo-$(shell date -u +%Y%m%dT%H%M%SZ)

# Set PYTHON=/path/to/python to choose another interpreter; the pinned tools are checked with 3.11.
PYTHON ?=
CANDIDATES := $(if $(PYTHON),$(PYTHON),python3.11 python3.12 python3.13 python3.14 python3)

.PHONY: help demo test test-all bench frozen lint browser clean

help:
	@echo "make demo      compare the strategies of scenarios/demo.yaml and write an HTML report"
	@echo "make test      lint, types, layers, and all tests but the slow ones"
	@echo "make test-all  the same with the slow ones"
	@echo "make bench     speed of this engine and its peers, as ratios within one run"
	@echo "make frozen    run all studies and renew their frozen predictions (DUECOURSE_DATA names the public data sets)"
	@echo "make lint      ruff, mypy --strict and import-linter"
	@echo "make clean     remove .venv and caches; runs/ stays"

# ------------------------------------------------------------------------------------------- environment
# Made anew when the lock or the packaging changes; an interrupted installation leaves no stamp and is repeated.
$(STAMP): requirements-dev.lock pyproject.toml
	@rm -f $@
	@set -e; \
	usable() { "$$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }; \
	if ! { [ -z "$(PYTHON)" ] && usable $(BIN)/python && $(BIN)/python -m pip --version >/dev/null 2>&1; }; then \
	    found=; \
	    for name in $(CANDIDATES); do if usable "$$name"; then found=$$name; break; fi; done; \
	    if [ -z "$$found" ]; then \
	        echo "make: no Python 3.11 or newer among: $(CANDIDATES)" >&2; \
	        echo "make: install one (Debian 12 and newer: apt-get install python3 python3-venv)," >&2; \
	        echo "make: or name one: make PYTHON=/path/to/python3.11 ..." >&2; \
	        exit 1; \
	    fi; \
	    if ! "$$found" -c 'import ensurepip, venv' >/dev/null 2>&1; then \
	        echo "make: $$found has no usable venv module, so no environment can be made" >&2; \
	        echo "make: install it (Debian and Ubuntu: apt-get install python3-venv), then run make again" >&2; \
	        exit 1; \
	    fi; \
	    echo "make: new environment in $(VENV) with $$("$$found" --version)"; \
	    "$$found" -m venv --clear $(VENV); \
	fi
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# ----------------------------------------------------------------------------------------------- targets
demo: $(STAMP)
	@set -e; out="$(RUN)"; \
	$(BIN)/duecourse compare scenarios/demo.yaml --out "$$out"; \
	echo; echo "The report: $(CURDIR)/$$out/report.html"

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/mypy --strict $(PACKAGES)
	$(BIN)/lint-imports --no-logo

test: lint browser
	$(BIN)/python -m pytest -q -m "not slow"

test-all: lint browser
	$(BIN)/python -m pytest -q

bench: $(STAMP)
	$(BIN)/python -m benchmarks

frozen: $(STAMP)
	$(BIN)/duecourse study freeze

browser:
	@for tool in chromium chromedriver; do \
	    command -v $$tool >/dev/null || { \
	        echo "make: $$tool is not installed: tests marked 'browser' will NOT run" \
	            "(Debian: apt-get install chromium chromium-driver)"; }; \
	done

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
