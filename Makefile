# Tideline: `make demo` shows it, `make test` proves it. Both set themselves up.
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
DATA ?=

.DEFAULT_GOAL := help
.PHONY: help setup lock proto lint unit test integration faults demo clean

help: ## show what can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.ready ## make the virtual environment from requirements.lock (hashes checked)

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Tideline needs Python 3.11 or newer; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)
	@# uv comes from the same lock as everything else, so that its hash is checked too.
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > $(VENV)/uv.lock
	$(BIN)/python -m pip install --quiet --require-hashes -r $(VENV)/uv.lock
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

lock: $(VENV)/.ready ## resolve pyproject.toml into requirements.lock again
	$(BIN)/uv pip compile --quiet --python-version 3.11 --extra dev --extra training --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-annotate --custom-compile-command 'make lock' pyproject.toml -o requirements.lock

proto: setup ## generate the gRPC code from the .proto files again
	$(BIN)/python -m grpc_tools.protoc -I . --python_out=. --pyi_out=. --grpc_python_out=. serving/api/*/v1/*.proto

lint: setup ## ruff, mypy --strict and import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: setup ## tests that need no server
	$(BIN)/pytest -x -q -n 2 -m 'not integration and not faults and not e2e'

test: lint ## lint, then every test but the slow faults, on servers started for the run
	$(BIN)/pytest -q -n 2 --dist loadfile --durations 20 -m 'not faults'

faults: setup ## kill, pause and cut real processes; slow
	$(BIN)/pytest -q -m faults

demo: setup ## events become recommendations; DATA=dir loads MovieLens instead of the simulator
	$(BIN)/tideline demo $(if $(DATA),--data $(DATA))

clean: ## remove the virtual environment and local state
	rm -rf $(VENV) .tideline build *.egg-info
