# Two commands for a newcomer: `make run` and `make test`. Both prepare everything themselves.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
.PHONY: setup setup-tests run check test bench backup restore migrate

setup:
	@$(PYTHON) -m marketplace.environment

setup-tests:
	@$(PYTHON) -m marketplace.environment --tests
	@$(BIN)/python -m tests.machine

run: setup
	@exec $(BIN)/python -m marketplace.processes

check: setup-tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

test: check
	$(BIN)/pytest -n 2 --dist loadgroup

bench: setup-tests
	@$(BIN)/python -m bench

migrate: setup
	@$(BIN)/python -m flask --app app prepare

# make backup TO=folder · make restore FROM=folder
backup: setup
	@$(BIN)/python -m flask --app app backup --to "$(or $(TO),var-backups/$(shell date +%Y%m%d-%H%M%S))"

restore: setup
	@$(BIN)/python -m flask --app app restore --from "$(FROM)"
