# `make demo` shows the main job, `make test` passes the tests. Both set up .venv first.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: demo test lint types bench-assess contract states lock clean

demo: $(READY)  ## the main job on two cases; ARGS=--exit ends after the day is closed
	$(BIN)/heyi demo $(ARGS)

test: $(READY)  ## all tests, on one embedded database server
	$(BIN)/pytest -n 2 --dist loadgroup $(ARGS)

lint: $(READY)
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy foundation ledger settlement adapters reconciliation api

bench-assess: $(READY) .venv-openfisca/.ready  ## assessments a second, and the deed tax against OpenFisca (ARGS=--seconds 5)
	$(BIN)/python -m benchmarks.bench_assess --openfisca .venv-openfisca/bin/python $(ARGS)

# OpenFisca is under the AGPL: it is measured in an environment of its own and is no part of what is delivered.
.venv-openfisca/.ready:
	$(PYTHON) -m venv .venv-openfisca
	.venv-openfisca/bin/pip install --quiet --disable-pip-version-check openfisca-core==46.0.1
	touch $@

contract: $(READY)  ## imports go down the floors
	$(BIN)/lint-imports

states: $(READY)  ## draws the state machines into docs/states.md
	$(BIN)/heyi states > docs/states.md

lock: $(READY)  ## pins the versions anew, with hashes and without host names
	$(BIN)/pip install --quiet pip-tools
	$(BIN)/pip-compile --quiet --upgrade --generate-hashes --extra dev --no-emit-index-url --no-emit-find-links \
	  --no-emit-options --no-header --allow-unsafe --strip-extras -o requirements.lock pyproject.toml

$(READY): requirements.lock requirements-assets.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-assets.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

clean:
	rm -rf .venv .venv-openfisca
