# `make` alone lists the targets. Everything lives in .venv and .data beside this file.
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run stop test check fix reset lock
.SILENT:
PYTHON ?=
ARGS ?=
RUN := .venv/bin/python

help: ## List the targets
	grep -hE '^[a-z%-]+:.*##' Makefile | sed -E 's/:.*##/\t/' | expand -t 14

setup: ## Make .venv with what the portal needs
	PYTHON="$(PYTHON)" sh scripts/setup.sh runtime

setup-dev: ## Make .venv with what developers need as well
	PYTHON="$(PYTHON)" sh scripts/setup.sh dev

run: setup ## Serve the portal with demo data (PORT=8000, HOST=127.0.0.1)
	exec $(RUN) -m balis.run $(if $(HOST),--host "$(HOST)") $(if $(PORT),--port "$(PORT)")

stop: ## Stop the embedded database and broker that a manage.py command left running
	$(RUN) -m balis.run.stop

test: setup-dev ## Run the whole test suite (ARGS="-k word" to choose)
	$(RUN) -m pytest -n 2 $(ARGS)

check: setup-dev ## Format, lint, types, imports, templates, migrations, states doc
	$(RUN) -m scripts.check

fix: setup-dev ## Mend what can be mended by machine
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .
	find templates -name '*.html' -print0 | xargs -0 .venv/bin/djade --target-version 5.2
	$(RUN) manage.py state_table --write

reset: ## Throw away the demo's data folder .data and start afresh with the next run
	if [ -f .venv/installed-runtime ] || [ -f .venv/installed-dev ]; then $(RUN) -m balis.run.reset; else rm -rf .data; fi

bench-%: setup-dev ## Measure: bench-search (SIZE=100k, 1M, 10M), bench-import (SIZE=100k CATALOGUE=1M, SIZE=1G), bench-merge (PAIRS=file.csv), bench-submit (SIZE=2k), bench-desks (SIZE=20k, 1M)
	$(RUN) -m bench.$* $(if $(SIZE),--size $(SIZE)) $(if $(CATALOGUE),--catalogue $(CATALOGUE)) $(if $(PAIRS),--pairs "$(PAIRS)")

lock: ## Renew the lock files from pyproject.toml
	sh scripts/lock.sh
