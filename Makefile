# Needs Python 3.11 or newer and make; everything else goes into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

PORT ?= 8000

# Kept even where the environment says otherwise: the tests start hundreds of processes.
export PYTHONDONTWRITEBYTECODE =

.PHONY: demo serve test corpus lint matrix bench clean

demo: $(INSTALLED) ## The reference application's tests under the plugin, the report, and one budget blown on purpose
	$(BIN)/python scripts/demo.py

serve: $(INSTALLED) ## The reference application with data in it, on 127.0.0.1 alone; PORT=8000, DATABASE_URL=sqlite:///…
	DJANGO_SETTINGS_MODULE=reference_app.settings $(BIN)/python -m reference_app serve --port $(PORT)

test: $(INSTALLED) ## The project's tests, with the coverage they must reach
	rm -f .coverage .coverage.*
	$(BIN)/python -m coverage run -m pytest -n auto
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report --fail-under=95
	$(BIN)/python -m coverage report --include="querybudget/analysis/*,querybudget/budgets/*" --fail-under=100
	$(BIN)/python -m coverage report --include="reference_app/*" --omit="reference_app/tests/*" --fail-under=100

corpus: $(INSTALLED) ## The score on the labelled cases, per code and setting; DATABASE_URL=… for another database
	$(BIN)/python -m tests.corpus

lint: $(INSTALLED) ## Format, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

matrix: ## The tests on each supported pair of Python and Django that this machine has
	scripts/matrix

bench: $(INSTALLED) ## What recording costs, and the form of two counts, as ratios measured in one run
	$(BIN)/python benchmarks/fingerprint.py
	$(BIN)/python benchmarks/recorder.py
	$(BIN)/python benchmarks/report.py
	$(BIN)/python benchmarks/counts.py

clean: ## Remove everything that was built
	rm -rf $(VENV) .venv-* .querybudget reference_app/db.sqlite3* .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache

$(INSTALLED): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	touch $@
