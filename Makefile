# Everything sets itself up: only Python ≥ 3.11 and make are needed.
PYTHON ?= python3
BIN := .venv/bin

# TORCH=cpu, cu126, rocm6.4 …: a build of torch from its makers; without it the registry's own.
TORCH ?=

# One process a core; tests of a file share what they train, and the longest files come first.
PARALLEL := -n auto --maxprocesses=8 --dist=loadfile --no-loadscope-reorder

.PHONY: demo test oldest check bench docs wheel lock clean

demo: .venv/ready
	$(BIN)/elsewhere demo

test: .venv/tested
	$(BIN)/python -m pytest $(PARALLEL)

# The suite with the lowest versions that pyproject.toml allows, Python's among them, in an
# environment of its own; the wheel is the same whatever is installed beside it, and its checker
# wants a newer rich.
oldest: .venv/ready
	$(BIN)/uv pip compile --quiet --resolution lowest-direct --no-header --no-annotate \
		--python-version 3.11 --extra gallery --extra export --extra app pyproject.toml \
		--output-file .venv/oldest.txt
	$(BIN)/uv venv --quiet --clear --python 3.11 .oldest
	$(BIN)/uv pip install --quiet --python .oldest/bin/python \
		$(if $(TORCH),--torch-backend $(TORCH)) \
		--requirement .venv/oldest.txt --group dev --editable .
	.oldest/bin/python -m pytest $(PARALLEL) --ignore tests/test_wheel.py

check: .venv/tested
	$(BIN)/ruff format --check --no-cache .
	$(BIN)/ruff check --no-cache .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# Those that take minutes; measure_drawn_birds.py and measure_grocery.py train for hours.
MINUTES := training_step inference augmentation decode drawing gpu

bench: .venv/tested
	for name in $(MINUTES); do $(BIN)/python benchmarks/measure_$$name.py || exit 1; done

docs: .venv/tested
	$(BIN)/uv pip install --quiet --python $(BIN)/python --group docs
	$(BIN)/mkdocs build --strict

# Another build of torch brings its own libraries for GPUs, or none.
define install
	$(if $(TORCH),grep -vE '^(cuda|nvidia|triton)',cat) $(1) > .venv/wanted.txt
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python \
		$(if $(TORCH),--torch-backend $(TORCH)) --requirement .venv/wanted.txt
endef

.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(call install,requirements.lock)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $@

# What tests, checks and benchmarks need besides.
.venv/tested: .venv/ready requirements-dev.lock
	$(call install,requirements-dev.lock)
	touch $@

# What is published, checked, and run where nothing else is.
wheel: .venv/tested
	rm -rf dist
	$(BIN)/uv build --quiet --out-dir dist
	$(BIN)/twine check --strict dist/*.whl dist/*.tar.gz
	$(BIN)/uv venv --quiet dist/bare
	$(BIN)/uv pip install --quiet --python dist/bare/bin/python dist/*.whl
	cd dist && bare/bin/elsewhere demo

LOCK := uv pip compile --quiet --universal --no-header --no-annotate --python-version 3.11

lock: .venv/ready
	$(BIN)/$(LOCK) pyproject.toml --output-file requirements.lock
	$(BIN)/$(LOCK) pyproject.toml --group dev --output-file requirements-dev.lock

clean:
	rm -rf .venv .oldest runs demo site dist
