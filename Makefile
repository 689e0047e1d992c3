# Two commands do everything on a fresh machine (Debian, Python 3.11+): make serve, make test
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help setup index serve test benchmark-peers deploy-check audit lock web-audit web-speed chromium lint check evaluate clean

help:  ## what there is to run
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

serve: index  ## run the assistant on port 8000, index built
	$(BIN)/assistant serve --port $${PORT:-8000} --host $${HOST:-127.0.0.1}

test: index chromium  ## all tests, those in a real browser too
	$(BIN)/python -m pytest

web-audit: index chromium  ## Lighthouse, pa11y, vnu, html-validate and the whole axe matrix (needs npm and Java)
	LOTSE_AXE_WHOLE=1 $(BIN)/python -m pytest tests/browser/test_axe.py
	$(BIN)/python benchmarks/web_audit.py

web-speed: index chromium  ## the same without the axe matrix, for a quiet machine: figures into benchmarks/web.json
	$(BIN)/python benchmarks/web_audit.py

benchmark-peers: index var/peers/ready  ## ask Lotse and what one could take instead the same questions (half an hour)
	$(BIN)/python benchmarks/peers/run.py

# The peers have an environment of their own: nothing of them is a dependency.
var/peers/ready: benchmarks/peers/requirements.txt
	@$(PYTHON) -m venv --clear var/peers/venv
	var/peers/venv/bin/python -m pip install --quiet torch==2.13.0
	var/peers/venv/bin/python -m pip install --quiet --requirement $<
	@touch $@

deploy-check: .venv/ready  ## lint what stands in deploy/ (needs systemd, nginx, openssl, docker-compose)
	$(BIN)/python deploy/check.py

# Installed where it is missing and may be; in CI its absence is an error, elsewhere its tests are skipped by name.
chromium:
	@command -v chromium >/dev/null || if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	elif [ -n "$$CI" ]; then echo "Chromium is missing. On Debian: apt-get install chromium"; exit 1; \
	else echo "Chromium is missing, the browser tests are skipped. On Debian: apt-get install chromium"; fi

lint: .venv/ready  ## ruff and mypy strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: .venv/ready  ## read all content and report problems
	$(BIN)/assistant check

evaluate: index  ## the figures of the test half
	$(BIN)/assistant evaluate

setup: var/model.ready  ## the environment and the model

index: setup  ## bring the index up to date
	$(BIN)/assistant index

var/model.ready: .venv/ready index/model.py index/export.py index/table.py index/tokens.py index/pieces.py index/pieces.bits.xz
	$(BIN)/python -c "from assistant.settings import Settings; from index.model import prepare_model; s = Settings(); prepare_model(s.var, s.model)"
	@touch $@

# Every package but torch stands in the lock with its version and hashes. torch comes first and without: asked for in a
# range pip would fetch gigabytes of GPU packages, and its CPU builds come from other places with other hashes.
.venv/ready: pyproject.toml deploy/all.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "The venv module is missing. On Debian: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet torch==2.13.0
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps --requirement deploy/all.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

UV := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	--custom-compile-command 'make lock' pyproject.toml

lock: .venv/ready  ## write the newest versions that fit into the lock files; then run the tests and commit
	$(BIN)/python -m pip install --quiet uv
	@mkdir -p var
	echo 'torch ; python_version < "3"' > var/without-torch.txt
	$(UV) --override var/without-torch.txt --extra build --extra test --output-file deploy/all.lock
	$(UV) --constraint deploy/all.lock --extra postgres --extra redis --output-file deploy/serve.lock

audit: .venv/ready  ## known weaknesses of the locked packages, where their database can be reached
	$(BIN)/python deploy/audit.py

clean:  ## remove what can be made anew
	rm -rf .venv var *.egg-info
