# Everything a newcomer needs: python3 (3.11 to 3.13, with venv) and make. Nothing is installed outside this folder,
# but a missing Chromium where the tests run as root on Debian.
PYTHON ?= python3
PORT ?= 8080
VENV := .venv
BIN := $(VENV)/bin
LOCK := config/lock

.PHONY: help demo test check bench clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/run.stamp ## Start the whole product on loopback, with a demo hospital (PORT= SAMPLES= DEMO_DIR=)
	@exec $(BIN)/gateway demo --port $(PORT) $(if $(SAMPLES),--samples "$(SAMPLES)") $(if $(DEMO_DIR),--dir "$(DEMO_DIR)")

test: $(VENV)/test.stamp ## Run the whole suite (ARGS="-k words" to choose)
	@.ci/browser
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

check: $(VENV)/test.stamp ## Lint, types, import floors, security lint
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/bandit -q -ll -ii -c pyproject.toml -r gateway policies audit
	@$(BIN)/gateway policies check policies

bench: $(VENV)/test.stamp ## Measure: ratios of one run, SQLite and PostgreSQL
	@$(BIN)/python -m tests.benchmarks $(ARGS)

clean: ## Remove the virtual environment and caches
	rm -rf $(VENV) *.egg-info

# uv installs in seconds; where it cannot work (no wheel, another index), pip does the same, by the same hashes.
define install
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r $(1) 2>$(VENV)/uv.log \
		|| { echo "uv could not install ($(VENV)/uv.log says why): using pip"; \
		     $(BIN)/python -m pip install --quiet --require-hashes -r $(1); }
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --disable-pip-version-check -e .
endef

$(VENV)/boot.stamp: $(LOCK)/uv.txt
	@$(PYTHON) -c 'import sys; ok = (3, 11) <= sys.version_info < (3, 14); \
		ok or sys.exit(f"Python 3.11 to 3.13 is needed, this is {sys.version.split()[0]}: make PYTHON=python3.12 ...")'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)/uv.txt
	@touch $@

$(VENV)/run.stamp: $(VENV)/boot.stamp $(LOCK)/run.txt pyproject.toml
	@echo "Installing what the gateway needs…"
	$(call install,$(LOCK)/run.txt)
	@touch $@

$(VENV)/test.stamp: $(VENV)/boot.stamp $(LOCK)/test.txt pyproject.toml
	@echo "Installing what the tests need…"
	$(call install,$(LOCK)/test.txt)
	@touch $@ $(VENV)/run.stamp
