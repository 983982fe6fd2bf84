# Everything from nothing: each target makes what it needs. `make` alone lists them.
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8000
IMAGE ?= localhost/citypeers
VENV := .venv
AUDIT := .venv-audit
RELEASE := .venv-release
DRAFT ?=
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet
UV := .venv-uv/bin/uv
# Installs what a lock file names: by uv, which takes a tenth of pip's time, or by pip where uv cannot be used or pip was
# told of another index. Nothing is left to resolve: asked to, pip trips over newer releases with extras.
LOCKED = @install() { \
	{ [ -z "$$PIP_INDEX_URL" ] && ! $(PIP) config get global.index-url \
	&& $(UV) pip install --python $(BIN)/python --quiet --no-deps --require-hashes --compile-bytecode -r $$1; \
	} >/dev/null 2>&1 || $(PIP) install --no-deps --require-hashes -r $$1; }; install
LOCK := $(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url

.DEFAULT_GOAL := help
.PHONY: help run test test-fast test-long check lint audit release bench soak install image test-image format migration messages lock clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 11

run: $(VENV)/run.done assets  ## from nothing to a running site with its data, at http://127.0.0.1:8000 (PORT changes it)
	@KB_DEVELOPMENT=1 PORT=$(PORT) $(BIN)/kb seed
	@KB_DEVELOPMENT=1 PORT=$(PORT) exec $(BIN)/kb serve

test: $(VENV)/test.done assets system  ## from nothing to a passed suite
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 3 --dist worksteal

test-fast: $(VENV)/test.done assets  ## the tests of single packages on SQLite: without browser, PostgreSQL and servers
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not (browser or postgresql or slow)" tests/unit tests/conventions

test-long: $(VENV)/test.done assets system  ## search longer for faults that nobody knows of: every page of the seed, twenty times as many made-up examples
	KB_TEST_LONG=1 KB_TEST_HISTORIES=40 $(BIN)/python -m pytest -n 3 --dist worksteal tests/unit tests/integration

check: $(VENV)/test.done assets  ## style, types, imports, templates, translations, migrations
	@CHECK_BIN=$(BIN) scripts/check.sh

lint: $(VENV)/test.done  ## of these, what `make test` does not try: style, types, imports, templates
	@CHECK_BIN=$(BIN) scripts/check.sh lint

audit: $(VENV)/run.done $(AUDIT)/done  ## ask the public services what is known against our packages; fails too where one does not answer
	@$(BIN)/python scripts/audit.py $(AUDIT)/bin/pip-audit

release: $(VENV)/run.done assets $(RELEASE)/done  ## wheel, source, list of parts (CycloneDX) and checksums in dist/; DRAFT=1 before the changelog names the version
	@$(BIN)/python scripts/release.py $(RELEASE)/bin/cyclonedx-py $(if $(DRAFT),--draft)

bench: $(VENV)/test.done assets system  ## measure speed at 129, 10,000 and 100,000 records; writes bench-results.json
	$(BIN)/python -m tests.bench

soak:  ## 20,000 mixed requests by 8 threads on SQLite and PostgreSQL, on each Python that is there
	@scripts/soak.sh

.PHONY: soak-kills cluster cluster-stop test-cluster
soak-kills: $(VENV)/test.done assets  ## 20 minutes of use while follower, rebuild, worker and server are killed 200 times at random
	$(BIN)/python -m tests.soak.kills

cluster: $(VENV)/test.done assets  ## many machines on this one: etcd, two PostgreSQL under Patroni, HAProxy, Redis, three web nodes; PORT, FOLDER
	@scripts/system.sh cluster
	@$(BIN)/python -m tests.cluster run --port $(PORT) $(if $(FOLDER),--folder "$(FOLDER)")

cluster-stop:  ## stop it from another terminal
	@$(BIN)/python -m tests.cluster stop $(if $(FOLDER),--folder "$(FOLDER)")

test-cluster: $(VENV)/test.done assets  ## break a cluster part by part, and measure what is lost: nothing may be
	@scripts/system.sh cluster
	$(BIN)/python -m tests.cluster test

install:  ## install the program for a service: make install PREFIX=/opt/citypeers
	@test -n "$(PREFIX)" || { echo "name the folder: make install PREFIX=/opt/citypeers" >&2; exit 1; }
	@$(MAKE) --no-print-directory VENV=$(PREFIX) assets
	@rm -rf build
	$(PREFIX)/bin/pip --disable-pip-version-check --quiet install --no-deps --no-build-isolation --force-reinstall .
	@rm -rf build

image:  ## build the container image by buildah, from Debian's own packages: IMAGE names it
	@scripts/image.sh $(IMAGE)

test-image: $(VENV)/test.done image  ## run the image with a read-only root and without privileges; needs root
	IMAGE=$(IMAGE) $(BIN)/python -m pytest -p no:randomly tests/image/check_image.py

format: $(VENV)/test.done  ## put the code in order
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format --quiet .
	$(BIN)/djlint kb/web/templates --reformat --quiet

migration: $(VENV)/test.done  ## write the next migration from the models: make migration ADDS="what it adds"
	@scripts/migration.sh "$(ADDS)"

messages: $(VENV)/run.done  ## gather every string that people see for translators, into messages.pot
	$(BIN)/pybabel --quiet extract -F babel.cfg -k gettext_noop --ignore-dirs '.* _* node_modules' -o messages.pot .

lock: .venv-uv/tried  ## write the lock files anew from setup.cfg, pyproject.toml and package.json
	$(LOCK) setup.cfg --extra build -o requirements.txt
	$(LOCK) setup.cfg --extra build --extra test -o requirements-test.txt
	$(LOCK) setup.cfg --extra node -o requirements-node.txt
	$(LOCK) --group uv -o requirements-uv.txt
	$(LOCK) --group audit -o requirements-audit.txt
	$(LOCK) --group release -o requirements-release.txt
	npm install --package-lock-only --ignore-scripts

clean:  ## take away all that the other targets made, but not the data in instance/
	rm -rf $(VENV) $(AUDIT) $(RELEASE) .venv-uv dist build node_modules kb/web/static/vendor .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info

.PHONY: assets system
assets: $(VENV)/run.done
	@command -v npm >/dev/null || $(PIP) install --no-deps --require-hashes -r requirements-node.txt
	@$(BIN)/python scripts/vendor.py

system:
	@scripts/system.sh

$(VENV)/bin/python:
	@scripts/venv.sh $(PYTHON) $(VENV)

.venv-uv/tried: requirements-uv.txt | $(VENV)/bin/python
	@mkdir -p .venv-uv
	@$(PIP) install --target .venv-uv --upgrade --no-deps --require-hashes --only-binary :all: -r requirements-uv.txt \
	|| echo "uv cannot be used here; pip installs the packages, which takes longer"
	@touch $@

$(VENV)/run.done: requirements.txt setup.cfg .venv-uv/tried | $(VENV)/bin/python
	$(LOCKED) requirements.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(AUDIT)/done $(RELEASE)/done: .venv-%/done: requirements-%.txt
	@scripts/venv.sh $(PYTHON) .venv-$*
	.venv-$*/bin/pip --disable-pip-version-check --quiet install --no-deps --require-hashes -r $<
	@touch $@

$(VENV)/test.done: requirements-test.txt $(VENV)/run.done
	$(LOCKED) requirements-test.txt
	@touch $@
