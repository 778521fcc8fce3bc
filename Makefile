# Each line can be pasted without make. `make demo` and `make test` need git, make and Python 3.11 only.
PY ?= python3
BIN := .venv/bin

.PHONY: demo once docs lint types test test-long bench screenshots
.venv/.ready: requirements-dev.txt pyproject.toml
	$(PY) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.txt
	$(BIN)/pip install -q --disable-pip-version-check --no-deps -e .
	touch $@

demo: .venv/.ready
	$(BIN)/dunwell demo

once: .venv/.ready
	$(BIN)/dunwell demo --once

lint: .venv/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check src tests
	$(BIN)/lint-imports

types: .venv/.ready
	$(BIN)/mypy

test: lint types
	scripts/test

test-long: .venv/.ready
	scripts/test --long

docs: .venv/.ready
	$(BIN)/python tests/house/gallery.py
	$(BIN)/python tests/house/excerpt.py
	$(BIN)/python -m pytest tests/house

bench: .venv/.ready
	$(BIN)/dunwell bench

screenshots: .venv/.ready
	scripts/screenshot
