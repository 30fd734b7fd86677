# Everything runs in .venv, made here; nothing needs root, apt or LibreOffice.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check lint types imports proof bench clean

PROOFS := get_leaks tamper poison kills clerk signing_pages sheets signed_batch readme

$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

demo: $(VENV)/.ready
	$(BIN)/python scripts/demo.py

test: check

check: $(VENV)/.ready lint types imports
	$(BIN)/pytest -n 3 --dist worksteal -q

lint: $(VENV)/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.ready
	$(BIN)/mypy

imports: $(VENV)/.ready
	$(BIN)/lint-imports

# Long: what must never happen, tried many times; each proof prints "n of n" and fails where they differ.
proof: $(VENV)/.ready
	@set -e; for name in $(PROOFS); do echo "== $$name"; $(BIN)/python -m proofs.$$name; done

bench: $(VENV)/.ready
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) demo build dist
