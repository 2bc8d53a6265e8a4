"""A module imports only from its own layer or from one to its left."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "neutrino_lab"

# Left to right; layers of one rank may not import each other.
RANKS = {
    "runtime": 0,
    "notebook": 1,
    "interpreters": 1,
    "processes": 1,
    "declare": 2,
    "serve": 3,
    "export": 3,
    "kernels": 3,
    "generate": 3,
    "scaffold": 3,
    "report": 3,
    "containers": 3,
    "stream_reading": 3,
    "lab": 4,
    "listing": 4,
    "operator_commands": 4,
    "commands": 5,
    "kernel_commands": 5,
    "run_commands": 5,
    "stream_commands": 5,
    "ask_command": 5,
    "cli": 6,
}
# What comes with FastAPI counts as FastAPI; uvicorn is what every service runs under.
GROUND = {
    *("fastapi", "starlette", "pydantic", "pydantic_core", "anyio", "uvicorn"),
    *("apscheduler", "cronsim", "orjson"),
    # uvicorn's own WebSockets, and the client of a stream's sources
    "websockets",
    # extras, each imported by the one module that needs it
    *("redis", "nats", "aiokafka", "mcp", "openai"),
}
STANDARD = sys.stdlib_module_names | {"annotationlib"}  # new in 3.14
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))


def imports(path: Path) -> list[tuple[ast.stmt, str, int]]:
    """Every import of a module: the statement, the dotted name and the level of its dots."""
    tree = ast.parse((PACKAGE / path).read_text(encoding="utf-8"))
    found: list[tuple[ast.stmt, str, int]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(node, alias.name, 0) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "neutrino_lab":
            found += [(node, f"neutrino_lab.{alias.name}", 0) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = ("neutrino_lab", *path.parts)[: len(path.parts) + 1 - node.level]
            prefix = ".".join(package) + "." if node.level else ""
            found.append((node, prefix + (node.module or ""), node.level))
    return found


def layer(parts: tuple[str, ...]) -> str:
    return parts[0].removesuffix(".py") if parts else ""


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_imports_go_left(path: Path) -> None:
    own = layer(path.parts)
    for statement, name, _ in imports(path):
        if not name.startswith("neutrino_lab."):
            continue
        other = layer(tuple(name.split(".")[1:]))
        if other == own or other not in RANKS:
            assert other in {own, "__version__"}, f"{path}:{statement.lineno} imports {name}"
            continue
        assert RANKS[other] < RANKS[own], f"{path}:{statement.lineno} imports {name}"


@pytest.mark.parametrize("path", [p for p in MODULES if p.parts[0] == "runtime"], ids=str)
def test_the_runtime_stands_alone(path: Path) -> None:
    for statement, name, level in imports(path):
        top = name.partition(".")[0]
        is_own = level > 0 and name.startswith("neutrino_lab.runtime.")
        assert is_own or (level == 0 and top in GROUND | STANDARD), (
            f"{path}:{statement.lineno} imports {'.' * level}{name}"
        )


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_no_import_of_ours_hides_in_a_function(path: Path) -> None:
    tree = ast.parse((PACKAGE / path).read_text(encoding="utf-8"))
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(function):
            ours = isinstance(node, ast.ImportFrom) and (
                node.level or str(node.module).startswith("neutrino_lab")
            )
            assert not ours, f"{path}:{node.lineno}"  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_modules_stay_short(path: Path) -> None:
    assert len((PACKAGE / path).read_text(encoding="utf-8").splitlines()) <= 400


def test_the_page_on_the_architecture_names_modules_that_are_there() -> None:
    text = (PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text.partition("## Where to look\n")[2].partition("\n## ")[0]
    paths = re.findall(r"`([a-z_/]+(?:\.py|/))`", table)
    dotted = re.findall(rf"`((?:{'|'.join(RANKS)})(?:\.[a-z_]+)+)`", text)
    named = [*paths, *(each.replace(".", "/") for each in dotted)]
    assert paths
    assert dotted
    assert [each for each in named if not is_there(each)] == []


def is_there(name: str) -> bool:
    """Whether it is a file, a folder, a module, or a name in a module."""
    path = PACKAGE / name
    return path.exists() or any(each.with_suffix(".py").is_file() for each in (path, path.parent))
