# Two commands for newcomers: `make demo` and `make test`. Each makes the environment it needs.
# `make test-all` is what a change must pass: the slowest tests too, and every shape that is written on a signature.
PYTHON ?= python3
VENV ?= .venv-$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
BIN := $(VENV)/bin
# More packages for the tests, such as EXTRA_PACKAGES=torch to test the import of published weights.
EXTRA_PACKAGES ?=
DEMO ?= demo
DEMO_SCENE := $(DEMO)/scenes/test/scene_000.npz
JOBS ?= 2
# Of `make fuzz`: damaged files to read, minutes at most, what decides them; killed writers.
CASES ?= 200000
MINUTES ?= 30
SEED ?= 1
KILLS ?= 10000
# TensorFlow-Compression takes a TensorFlow and a JAX of its own.
TFC_VENV ?= .venv-tfc
TFC_TESTS := $(addprefix tests/streams/test_,streams.py tfc_coder.py tfc_streams.py) tests/btcnet_cli/test_coder_option.py \
	$(addprefix tests/btcnet_jax/coding/test_,range_coder.py static_table.py learned_table.py)
# Declared in setup.cfg.
SLOWEST := processes or end_to_end or paper_size or browser or beam or trainings or universal_training or many_cases

.PHONY: demo test test-all test-tfc fuzz extra lint lock clean

$(VENV)/.complete: requirements.lock setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "btcnet_jax needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	@echo "making the environment $(VENV) (some minutes, once)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(TFC_VENV)/.complete: requirements-tfc.lock setup.cfg pyproject.toml
	@echo "making the environment $(TFC_VENV) (some minutes, once)"
	@$(PYTHON) -m venv $(TFC_VENV)
	@# Of TensorFlow's many modules few are imported: these are compiled then.
	@$(TFC_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile -r requirements-tfc.lock
	@$(TFC_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

demo: $(VENV)/.complete
	$(BIN)/python main.py synthesize $(DEMO)/scenes --train 12 --test 2 --rows 128 --cols 128 --bands 48
	$(BIN)/python main.py convert --config configs/tiny.py --raw $(DEMO)/scenes --out $(DEMO)/records
	$(BIN)/python main.py train --config configs/tiny.py --config.workdir=$(DEMO)/model --config.data.records=$(DEMO)/records
	$(BIN)/python main.py compress $(DEMO_SCENE) $(DEMO)/scene.btcn
	$(BIN)/python main.py decompress $(DEMO)/scene.btcn $(DEMO)/restored.npz
	$(BIN)/python main.py evaluate $(DEMO_SCENE) $(DEMO)/scene.btcn --picture $(DEMO)/scene.png --json $(DEMO)/scene.json
	@# The network takes all bands that it was trained for, so the bad ones are coded, and alike for all.
	$(BIN)/python main.py benchmark --scenes $(DEMO_SCENE) --codecs klt-jpeg2000 btcnet:$(DEMO)/model universal \
		--rates 0.1 --bad-bands keep --out $(DEMO)/benchmark

lint: $(VENV)/.complete
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint extra
	$(BIN)/python -m pytest -n $(JOBS) -m "not ($(SLOWEST) or tfc)"

test-all: lint extra
	BTCNET_CHECK_SHAPES=1 $(BIN)/python -m pytest -n $(JOBS) -m "not tfc"

# The second entropy coder: its own tests, the golden files of every codec, and the tests of the first coder.
test-tfc: $(TFC_VENV)/.complete
	$(TFC_VENV)/bin/python -m pytest $(TFC_TESTS)

# A run that was stopped goes on where it was; what is found is in docs/SECURITY.md.
fuzz: $(VENV)/.complete
	PYTHONPATH=. $(BIN)/python tests/fuzz/kill_writes.py --kills $(KILLS) --seed $(SEED)
	PYTHONPATH=. $(BIN)/python tests/fuzz/fuzz_files.py --cases $(CASES) --minutes $(MINUTES) --jobs $(JOBS) --seed $(SEED) --out fuzz

extra: $(VENV)/.complete
	$(if $(EXTRA_PACKAGES),$(BIN)/python -m pip install --quiet --disable-pip-version-check $(EXTRA_PACKAGES))

# Needs uv (pip install uv). One file for every Python and platform, the newest that each allows.
lock:
	uv pip compile --universal --python-version 3.11 --no-emit-index-url --no-annotate --upgrade --extra all --extra dev setup.cfg --output-file requirements.lock
	echo pytest | uv pip compile --universal --python-version 3.11 --no-emit-index-url --no-annotate --upgrade --extra tfc setup.cfg - --output-file requirements-tfc.lock

clean:
	rm -rf $(DEMO) build dist *.egg-info
