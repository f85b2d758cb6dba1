# Everything sets itself up: only Python ≥ 3.11 and make are needed.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check bench docs clean

demo: .venv/ready
	$(BIN)/elsewhere demo

test: .venv/ready
	$(BIN)/python -m pytest

check: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: .venv/ready
	for file in benchmarks/measure_*.py; do $(BIN)/python $$file || exit 1; done

docs: .venv/ready
	$(BIN)/uv pip install --quiet --python $(BIN)/python --group docs
	$(BIN)/mkdocs build --strict

.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --requirement requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $@

clean:
	rm -rf .venv runs demo site
