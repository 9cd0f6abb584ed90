# The one task runner. `make help` lists what there is.
# Needs Python 3.11 or later and make; everything else goes into .venv, at the versions of constraints.txt.

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$p; break; }; done)
BIN := .venv/bin
READY := .venv/.ready
# Whole files go to one process after the other, so that what a file's tests share is made once; in the order of the
# tree, which ends with short ones. What measures time comes after, by itself. `make test PROCESSES=2` takes less memory.
PROCESSES ?= auto
TOGETHER := --numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder -m "not quiet"
ALONE := -m quiet
DEMO := build/demo

.PHONY: help setup demo services services-down test test-full check fmt contracts corpus bench clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort | awk -F'\t' '{printf "  make %-13s %s\n", $$1, $$2}'

setup: $(READY)  ## make .venv with every dependency at its pinned version

$(READY): setup.py constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed and none was found; install one or give PYTHON=/path/to/python3"; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=24"
	$(BIN)/python -m pip install -qq --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"
	@touch $(READY)

demo: setup  ## run the main job on the bundled morning of news, and look at what came out
	@rm -rf $(DEMO)
	$(BIN)/copydesk replay examples/morning --data $(DEMO) --as-of 2026-03-02T12:00:00Z
	@echo
	$(BIN)/copydesk events --data $(DEMO) --as-of 2026-03-02T12:00:00Z --limit 12
	@echo
	@$(BIN)/python examples/largest_event.py $(DEMO)
	@echo
	$(BIN)/copydesk search '"harbour wall" ferry -football' --data $(DEMO) --as-of 2026-03-02T12:00:00Z --size 3
	@echo
	@echo "The output lies in $(DEMO)/: history/ articles/ events/ dead_letters/ (Parquet) and search.sqlite."

services: setup  ## start a real Kafka and OpenSearch on this machine; where they answer: build/services.json
	@$(BIN)/python -m deploy.local up

services-down: setup  ## end them; their data stay under build/
	@$(BIN)/python -m deploy.local down

check: setup  ## format, lint, types, import contracts
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

test: check  ## check, then every test
	$(BIN)/python -m pytest $(TOGETHER)
	$(BIN)/python -m pytest $(ALONE)

test-full: check  ## the tests at full size, and the figures
	COPYDESK_FULL=1 $(BIN)/python -m pytest $(TOGETHER)
	COPYDESK_FULL=1 $(BIN)/python -m pytest $(ALONE)
	$(MAKE) bench

bench: setup  ## figures of quality and speed, beside the bare loop and the peers
	$(BIN)/python -m benchmarks.quality
	$(BIN)/python -m benchmarks.throughput
	$(BIN)/python -m benchmarks.warm_start
	$(BIN)/python -m benchmarks.memory
	$(BIN)/python -m benchmarks.hostile_pages
	$(BIN)/python -m benchmarks.kafka_source
	$(BIN)/python -m benchmarks.kafka_sink
	$(BIN)/python -m benchmarks.index_bulk

fmt: setup  ## format, and mend what the linter can mend
	$(BIN)/ruff format --quiet .
	$(BIN)/ruff check --quiet --fix .

contracts: setup  ## rewrite the generated contracts and snapshots
	$(BIN)/python -m schemas

clean:  ## take away what was built (not .venv)
	-@test ! -e build/services || $(BIN)/python -m deploy.local down
	rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
