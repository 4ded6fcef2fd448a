# One environment, one verdict. `make help` lists everything.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help venv demo test lint types laws tests pictures bench fuzz torture screenshots

help: ## list the targets
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

venv: $(VENV)/.ready ## build the environment in .venv

$(VENV)/.ready: pyproject.toml .ci/constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.11 $(MAKECMDGOALS)")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint .ci/constraints.txt --editable . --group dev
	@touch $@

demo: venv ## provision six real Toteboxes and open the console on them
	$(BIN)/os-console demo

test: venv lint types laws tests pictures ## format, lint, types, import law, tests, pictures: one verdict
	@echo "make test: all passed"

lint: venv
	$(BIN)/ruff format --quiet --check .
	$(BIN)/ruff check --quiet .

types: venv
	$(BIN)/mypy --no-error-summary

laws: venv
	$(BIN)/lint-imports --no-cache > $(VENV)/laws.txt || { cat $(VENV)/laws.txt; exit 1; }

tests: venv
	$(BIN)/python -m pytest -rs -n 2 --dist loadfile

pictures: venv
	$(BIN)/python screenshots/take.py --check

bench: venv ## every figure we aim at, as a ratio measured side by side
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint .ci/constraints.txt --group bench || echo "some peers are missing: they are named and left out"
	$(BIN)/python -m benchmarks

torture: venv ## faults at every call, every crash state, 200 power failures on ext4 and on XFS, for half an hour
	TORTURE=1 $(BIN)/python -m pytest -rs -s tests/vault tests/exhaustion

fuzz: venv ## any bytes, hostile pipes and broken networks, for minutes
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint .ci/constraints.txt --group fuzz || echo "atheris is missing: mutation alone"
	FUZZ=1 $(BIN)/python -m pytest -rs -s tests/fuzz tests/protocol/test_damage.py tests/protocol/test_hostile.py tests/link/test_floods.py tests/link/test_halfway.py tests/totebox/test_network.py

screenshots: venv ## render every screen again from its recording
	$(BIN)/python screenshots/take.py
