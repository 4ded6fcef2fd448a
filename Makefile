# One environment, one verdict. `make help` lists everything.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help venv lock demo test lint types laws tests pictures bench fuzz torture trace screenshots prose mutants lengths spec

help: ## list the targets
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

venv: $(VENV)/.ready ## build the environment in .venv

$(VENV)/.ready: pyproject.toml .ci/lock.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.11 $(MAKECMDGOALS)")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement .ci/lock.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m totebox.process.interpreter
	@touch $@

lock: venv ## resolve .ci/lock.txt again after a change of pyproject.toml; UPGRADE=--upgrade takes newer versions too
	$(BIN)/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes --no-header --annotation-style line \
	    --all-extras --group dev --group build --group bench --group fuzz $(UPGRADE) --output-file .ci/lock.txt pyproject.toml

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
	$(BIN)/python -m benchmarks

torture: venv ## faults at every call, every crash state, 200 power failures on ext4 and on XFS, for half an hour
	TORTURE=1 $(BIN)/python -m pytest -rs -s tests/vault tests/exhaustion tests/cage/test_attacks.py tests/totebox/test_hostile_vault.py

fuzz: venv ## any bytes, hostile pipes and broken networks, for minutes
	FUZZ=1 $(BIN)/python -m pytest -rs -s tests/fuzz tests/protocol/test_damage.py tests/protocol/test_hostile.py tests/link/test_floods.py tests/link/test_halfway.py tests/totebox/test_network.py

trace: venv ## which system calls the caged processes make, and whether their rows name them: make trace PYTHONS="python3.12 ..."
	$(BIN)/python tests/cage/trace.py $(PYTHONS)

spec: venv ## write the tables of protocol/README.md again from the code
	$(BIN)/python -m tests.protocol.specification

screenshots: venv ## render every screen again from its recording
	$(BIN)/python screenshots/take.py

REV ?= HEAD
prose: venv ## whether commit REV changed words alone: make prose REV=abc123
	$(BIN)/python -m tests.laws.prose $(REV)

ROOM ?= gate
COUNT ?= 100
SEED ?= 1
mutants: venv ## how many mutants of ROOM its tests kill: make mutants ROOM=gate COUNT=100 SEED=1
	$(BIN)/python -m tests.mutants $(ROOM) --count $(COUNT) --seed $(SEED)

lengths: ## the longest source files; none is too long by a rule
	@git ls-files 'protocol/*.py' 'totebox/*.py' 'console/*.py' | xargs wc -l | sort -rn | sed -n 2,16p
