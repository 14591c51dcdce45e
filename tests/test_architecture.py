"""The house's rules, checked from the imports: see the floors in docs/design.md."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = {
    "archive": 1,
    "net": 1,
    "feeds": 2,
    "classifiers": 2,
    "alerts": 2,
    "flows": 3,
    "desk": 4,
}
LONGEST = 330  # lines; about 300 is the aim
SQL = {"insert", "update", "delete", "select"}


def modules() -> list[Path]:
    return sorted(path for room in FLOORS for path in (ROOT / room).rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0]


def imports(path: Path) -> Iterator[str]:
    """Yield the top-level name of everything a module imports, wherever the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield (node.module or "").partition(".")[0]


each_module = pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))


@each_module
def test_a_room_imports_only_from_floors_below(path: Path) -> None:
    room = room_of(path)
    others = {name for name in imports(path) if name in FLOORS and name != room}
    too_high = {name for name in others if FLOORS[name] >= FLOORS[room]}
    assert not too_high, f"{path} imports {too_high}"


@each_module
def test_only_flows_imports_prefect(path: Path) -> None:
    assert room_of(path) == "flows" or "prefect" not in set(imports(path))


@each_module
def test_only_the_desk_prints(path: Path) -> None:
    if room_of(path) == "desk":
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        assert not (called and node.func.id == "print"), f"{path}:{node.lineno} prints"


@each_module
def test_only_the_archive_makes_sql(path: Path) -> None:
    """Others may hold a connection, but not import what statements are made of."""
    if room_of(path) == "archive":
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert all(a.name != "sqlalchemy" for a in node.names), f"{path}:{node.lineno}"
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
            assert node.module == "sqlalchemy.engine", f"{path}:{node.lineno}"


@each_module
def test_no_model_is_ever_unpickled(path: Path) -> None:
    assert not set(imports(path)) & {"pickle", "joblib", "dill", "cloudpickle", "shelve", "marshal"}


@each_module
def test_a_module_is_short_and_says_what_it_is_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if "migrations" not in path.parts:  # generated, and never changed once released
        assert len(text.splitlines()) <= LONGEST, f"{path} is long"
    assert ast.get_docstring(ast.parse(text)), f"{path} does not say what it is for"


@pytest.mark.parametrize("room", FLOORS)
def test_a_room_says_what_enters_and_leaves_it(room: str) -> None:
    source = (ROOT / room / "__init__.py").read_text(encoding="utf-8")
    docstring = ast.get_docstring(ast.parse(source)) or ""
    assert len(docstring.split()) >= 20


def test_seeds_hold_no_code() -> None:
    assert not list((ROOT / "seeds").rglob("*.py"))
