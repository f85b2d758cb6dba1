# Everything sets itself up: only Python ≥ 3.11 and make are needed.
PYTHON ?= python3
BIN := .venv/bin

# One process a core; tests of a file share what they train, and the longest files come first.
PARALLEL := -n auto --maxprocesses=8 --dist=loadfile --no-loadscope-reorder

.PHONY: demo test check bench docs clean

demo: .venv/ready
	$(BIN)/elsewhere demo

test: .venv/ready
	$(BIN)/python -m pytest $(PARALLEL)

check: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# Those that take minutes; measure_drawn_birds.py and measure_grocery.py train for hours.
MINUTES := training_step inference augmentation decode drawing gpu

bench: .venv/ready
	for name in $(MINUTES); do $(BIN)/python benchmarks/measure_$$name.py || exit 1; done

docs: .venv/ready
	$(BIN)/uv pip install --quiet --python $(BIN)/python --group docs
	$(BIN)/mkdocs build --strict

.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python \
		--requirement requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $@

clean:
	rm -rf .venv runs demo site
