"""The three rules of the house, read from the syntax trees."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
CODE = ROOT / "marketplace"
EDGES = {
    "api.py",
    "views.py",
    "cli.py",
    "jobs.py",
    "commands.py",
    "queue.py",
    "sealer.py",
    "problems.py",
}
SIMPLE_NAMES = {"util", "utils", "helpers", "common", "misc", "base", "manager"}


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(CODE.rglob("*.py")):
        if "node_modules" not in path.parts and "static" not in path.parts:
            yield path, ast.parse(path.read_text())


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            said = getattr(function, "attr", None) or getattr(function, "id", None)
            if said == name:
                yield node


def test_there_is_one_commit_in_the_whole_code() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path, tree in modules()
        for call in calls(tree, "commit")
    ]

    assert [place.split(":")[0] for place in found] == ["marketplace/core/database.py"], found


def test_only_edges_open_transactions() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path, tree in modules()
        for call in calls(tree, "transaction")
        if path.name in {"service.py", "queries.py", "models.py", "states.py", "schemas.py"}
        or path.parent.name in {"service", "queries", "models"}
    ]

    assert not found, "commands and models open no transaction"


def test_a_status_moves_only_by_a_step_of_its_life() -> None:
    found = []
    for path, tree in modules():
        if path == CODE / "core" / "lives.py":
            continue
        for node in ast.walk(tree):
            targets = (
                node.targets
                if isinstance(node, ast.Assign)
                else [node.target]
                if isinstance(node, ast.AnnAssign | ast.AugAssign)
                else []
            )
            found += [
                f"{path.relative_to(ROOT)}:{node.lineno}"
                for target in targets
                if isinstance(target, ast.Attribute)
                and target.attr == "status"
                and not (
                    isinstance(target.value, ast.Name) and target.value.id in {"answer", "response"}
                )
            ]

    assert not found, "only lives.py assigns a status"


CHANGES = ("record", "take", "born", "add", "hold", "delete")
PROVES_ITSELF = {  # nobody is signed in yet: a password, a mailed token or a signature speaks
    "open_session",
    "open_token",
    "ask_reset",
    "reset_password",
    "confirm_email",
    "draw_link_token",
    "draw_invitation_token",
    "new_link",
    "open_case",
    "receive",
}
OF_THE_GATEWAY = {  # the job around an outside call writes down what it asked and heard
    "new_attempt",
    "note_answer",
    "write_call",
    "close",
    "note_mismatch",
    "begin",
}


def test_commands_ask_with_an_actor_first() -> None:
    found = []
    for path, tree in modules():
        if path.name != "service.py" and path.parent.name != "service":
            continue
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                names = [argument.arg for argument in node.args.args]
                changes = any(list(calls(node, one)) for one in CHANGES)
                excepted = node.name in PROVES_ITSELF | OF_THE_GATEWAY
                if changes and not excepted and (not names or names[0] not in {"actor", "system"}):
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")

    assert not found, "a command's first parameter is its actor"


def test_no_module_has_a_name_that_says_nothing() -> None:
    found = [
        str(path.relative_to(ROOT))
        for path, _ in modules()
        if path.stem in SIMPLE_NAMES and path.parent.name != "messages"
    ]

    assert not found


def test_every_package_and_module_says_what_it_is() -> None:
    found = [str(path.relative_to(ROOT)) for path, tree in modules() if not ast.get_docstring(tree)]

    assert not found


def test_every_job_of_the_list_exists_and_every_event_has_a_job() -> None:
    from marketplace.reactions import JOBS, REACTIONS, SCHEDULE  # noqa: PLC0415

    wanted = {job for jobs in REACTIONS.values() for job in jobs} | set(SCHEDULE)

    assert wanted - set(JOBS) == set()


@pytest.mark.parametrize(
    "pattern", [r"sk_live_\w{8,}", r"whsec_[0-9a-f]{16,}", r"BEGIN (?:\w+ )?PRIVATE KEY"]
)
def test_no_secret_is_in_the_repository(pattern: str) -> None:
    found = [
        str(path.relative_to(ROOT))
        for folder in ("marketplace", "templates", "docs", "contracts", "bench")
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
        and path.suffix in {".py", ".html", ".md", ".json", ".toml", ".js"}
        and re.search(pattern, path.read_text(errors="ignore"))
    ]

    assert not found
