# `make demo` shows the main job, `make test` passes the tests. Both set up .venv first.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: demo test gallery crash mutation mutation-sql bench-ledger lint types bench-assess bench-callbacks bench-simulator bench-pages bench-reconcile spark contract states lock clean

demo: $(READY)  ## the main job on two cases; ARGS=--exit ends after the day is closed
	$(BIN)/heyi demo $(ARGS)

test: $(READY)  ## all tests, on one embedded database server
	$(BIN)/pytest -n 2 --dist loadgroup $(ARGS)

gallery: $(READY)  ## every page in every state as pictures under gallery/, held against axe on the way
	HEYI_GALLERY=gallery $(BIN)/pytest -n 2 tests/api/pages/gallery $(ARGS)

rehearse: $(READY)  ## many bills with every fault of the outside world (ARGS="--bills 10000 --faults 0.2 --seed 7 --days 30")
	$(BIN)/heyi rehearse $(ARGS)

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

bench-ledger: $(READY) .venv-hordak/.ready  ## durable transfers and payments, beside TPC-B, a naive version and django-hordak
	$(BIN)/python -m benchmarks.bench_ledger --hordak-python .venv-hordak/bin/python $(ARGS)

.venv-hordak/.ready:
	$(PYTHON) -m venv .venv-hordak
	.venv-hordak/bin/pip install --quiet --disable-pip-version-check django-hordak==2.0.0 "psycopg[binary]"
	touch $@

ROUNDS ?= 40
crash: $(READY)  ## kills writer and application, and cuts their connections, under load, ROUNDS times
	HEYI_CRASH_ROUNDS=$(ROUNDS) $(BIN)/pytest tests/ledger/test_crash.py tests/settlement/payments/test_crash.py $(ARGS)

mutation: $(READY) .venv-mutation/.ready  ## mutation testing of the ledger and the money functions (ARGS="--seconds 600")
	.venv-mutation/bin/python tests/mutation.py $(ARGS)

mutation-sql: $(READY)  ## the same of the book's SQL, each mutant on a fresh database (ARGS="--every 5")
	$(BIN)/python tests/mutation_sql.py $(ARGS)

.venv-mutation/.ready:
	$(PYTHON) -m venv .venv-mutation
	.venv-mutation/bin/pip install --quiet --disable-pip-version-check mutmut==3.8.1
	echo "$(CURDIR)/.venv/lib/$$(basename .venv/lib/python3*)/site-packages" \
	  > .venv-mutation/lib/$$(basename .venv/lib/python3*)/site-packages/of_the_project.pth
	touch $@

contract: $(READY)  ## imports go down the floors
	$(BIN)/lint-imports

states: $(READY)  ## draws the state machines into docs/states.md
	$(BIN)/heyi states > docs/states.md

bench-callbacks: $(READY)  ## signed notifications to durable and answered (ARGS=--seconds 4)
	$(BIN)/python -m benchmarks.bench_callbacks $(ARGS)

bench-simulator: $(READY)  ## signed orders taken in, and paid and notified, beside the bare framework (ARGS="--seconds 10")
	$(BIN)/python -m benchmarks.bench_simulator $(ARGS)

bench-pages: $(READY)  ## citizens opening their page while notifications come (ARGS="--seconds 10 --citizens 200")
	$(BIN)/python -m benchmarks.bench_pages $(ARGS)

bench-reconcile: $(READY)  ## three sides of statement rows (ARGS=--rows 1000000)
	$(BIN)/python -m benchmarks.bench_reconcile $(ARGS)

spark: $(READY) .venv-spark/.ready  ## the match on Apache Spark: two threads, and a cluster of two workers (Java 17)
	.venv-spark/bin/python -m pytest tests/spark -p no:xdist $(ARGS)

.venv-spark/.ready:
	$(PYTHON) -m venv .venv-spark
	.venv-spark/bin/pip install --quiet --disable-pip-version-check "pyspark==3.5.*" pandas pyarrow setuptools
	echo "$(CURDIR)/.venv/lib/$$(basename .venv/lib/python3*)/site-packages" \
	  > .venv-spark/lib/$$(basename .venv-spark/lib/python3*)/site-packages/of_the_project.pth
	touch $@

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
	rm -rf .venv .venv-openfisca .venv-hordak .venv-mutation .venv-spark
