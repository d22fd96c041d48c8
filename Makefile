PYTHON ?= python3
BIN    := .venv/bin
STAMP  := .venv/.installed
UV     := UV_NO_CONFIG=1 UV_PYTHON_DOWNLOADS=never $(BIN)/uv -q
LOCK   := $(UV) pip compile --universal --generate-hashes --no-header --python-version 3.11
ARGS   ?=
MINUTES ?= 3
# Compiled once at install and kept: without it every process compiles all packages again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help sandbox run test crash lint format bench soak env lock
.DEFAULT_GOAL := help

help: ## this list
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

sandbox: $(STAMP) ## serve the sandbox page, with the real bot connected to it
	@$(BIN)/python -m sandbox $(ARGS)
run: $(STAMP) ## start the bot with the settings of .env
	@$(BIN)/python -m bot $(ARGS)
test: $(STAMP) ## the whole suite, browser included
	@$(BIN)/python -m pytest -n $$($(BIN)/python -c 'import os; print(min(4, (os.cpu_count() or 1) + 1))') $(ARGS)
crash: $(STAMP) ## kill the real bot at every named point, over both databases; a table, some minutes
	@$(BIN)/python -m tests.crash $(ARGS)
lint: $(STAMP) ## formatting, rules, import contracts, types
	@$(BIN)/ruff format --check -q . && $(BIN)/ruff check -q . && $(BIN)/lint-imports --no-logo && $(BIN)/mypy
format: $(STAMP) ## rewrite the code as the formatter wants it
	@$(BIN)/ruff check -q --fix-only . ; $(BIN)/ruff format -q .
bench: $(STAMP) ## print the benchmark table
	@$(BIN)/python -m benchmarks $(ARGS)
soak: $(STAMP) ## load for MINUTES=3, and what it costs
	@$(BIN)/python -m tests.soak --minutes $(MINUTES) $(ARGS)
env: $(STAMP) ## build the environment only
lock: $(BIN)/uv ## pin again after editing dependencies (UPGRADE=--upgrade for the newest)
	@$(LOCK) $(UPGRADE) --group dev -o requirements.lock pyproject.toml
	@echo uv | $(LOCK) $(UPGRADE) -o requirements-uv.lock -
	@! grep -nE '://|^ *-(-index|-extra|-find|-trusted|f |i )' requirements.lock requirements-uv.lock

$(BIN)/uv: requirements-uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "error: Python 3.11 or newer is needed; try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "error: this Python cannot create environments; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r $< && touch $@
$(STAMP): requirements.lock $(BIN)/uv
	@$(UV) pip sync --python $(BIN)/python --require-hashes --no-build --compile-bytecode $< && touch $@
