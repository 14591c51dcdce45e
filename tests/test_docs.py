"""The documentation names what exists, all of it, and nothing else."""

from __future__ import annotations

import enum
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from alerts import (
    EmailSettings,
    PersonSettings,
    QuietSettings,
    RuleSettings,
    WebhookSettings,
)
from alerts.apprise_channel import AppriseSettings
from alerts.chat import ChatSettings
from alerts.rule_settings import IndexSettings
from desk.verbs import app
from flows.settings import Settings

ROOT = Path(__file__).parent.parent
PAGES = sorted(ROOT.glob("docs/*.md"))
LINKING = [ROOT / "README.md", ROOT / "deploy" / "README.md", ROOT / "seeds" / "README.md", *PAGES]
SECTIONS: dict[str, type[BaseModel]] = {
    "[email]": EmailSettings,
    "[[webhook]]": WebhookSettings,
    "[[chat]]": ChatSettings,
    "[[apprise]]": AppriseSettings,
    "[alerts.index]": IndexSettings,
    "[alerts.quiet]": QuietSettings,
    "[[alerts.people]]": PersonSettings,
    "[[alerts.rules]]": RuleSettings,
} | {
    f"[{name}]": field.annotation
    for name, field in Settings.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
}
LONGEST = 200


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def read(page: str) -> str:
    return (ROOT / "docs" / page).read_text(encoding="utf-8")


def parts(text: str, heading: str) -> dict[str, str]:
    """Return what stands under each heading that fits, up to the next heading of any level."""
    found: dict[str, str] = {}
    title = ""
    for line in re.sub(r"```.*?```", "", text, flags=re.DOTALL).splitlines():
        if line.startswith("#"):
            match = re.fullmatch(heading, line)
            title = match[1] if match else ""
        if title:
            found[title] = found.get(title, "") + line + "\n"
    return found


@cache
def verbs() -> dict[str, set[str]]:
    """Every verb of the command line, with its options."""
    return dict(_walk(typer.main.get_command(app), ()))


def _walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, set[str]]]:
    inner = getattr(command, "commands", None)
    if inner:
        for name, one in inner.items():
            yield from _walk(one, (*path, name))
        return
    options = {o for p in command.params if p.param_type_name == "option" for o in p.opts}
    yield " ".join(path), options


def top_options() -> set[str]:
    command: click.Command = typer.main.get_command(app)
    return {o for p in command.params for o in p.opts} | {"--help"}


def documented_verbs() -> dict[str, str]:
    pattern = r"### `pivotwatch ([a-z]+(?: [a-z]+)?)(?: [A-Z_]+)*`"
    return parts(
        read("commands.md") + read("commands-classifier.md") + read("commands-alerts.md"), pattern
    )


def test_every_verb_is_documented_and_no_other() -> None:
    assert set(documented_verbs()) == set(verbs())


@pytest.mark.parametrize("verb", verbs())
def test_a_verb_has_the_options_that_are_documented(verb: str) -> None:
    text = documented_verbs()[verb]
    assert set(re.findall(r"`(--[a-z-]+)", text)) == verbs()[verb]
    assert set(re.findall(r"--[a-z]+(?:-[a-z]+)*", text)) <= verbs()[verb]


@pytest.mark.parametrize("path", LINKING, ids=name_of)
def test_commands_in_examples_exist(path: Path) -> None:
    groups = {verb.split()[0] for verb in verbs() if " " in verb}
    for words in calls(path.read_text(encoding="utf-8")):
        two = " ".join(words[:2])
        verb = two if two in verbs() else words[0]
        if words[0].startswith("-") or verb == "VERB" or (verb in groups and len(words) == 1):
            known = top_options()
        else:
            assert verb in verbs(), f"{path}: pivotwatch {' '.join(words)}"
            known = verbs()[verb] | {"--help"}
        named = {word for word in words if word.startswith("--")}
        assert named <= known, f"{path}: pivotwatch {' '.join(words)}"


def calls(text: str) -> Iterator[list[str]]:
    """Yield the words after each `pivotwatch` in code, up to a comment, pipe or bracket."""
    blocks = re.findall(r"^```.*?\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    for line in "\n".join([*blocks, *spans]).splitlines():
        if found := re.match(
            r"(?:.*(?:\$ |\./run |bin/|worker ))?pivotwatch ([\w-][^#|;>[]*)", line.strip()
        ):
            yield found[1].split()


def documented_keys() -> dict[str, dict[str, str]]:
    """Section → key → default, as the tables of configuration.md say it."""
    text = read("configuration.md") + read("configuration-alerts.md")
    pages = parts(text, r"### (\[\[?[a-z.]+\]\]?)")
    return {section: dict(_rows(text)) for section, text in pages.items()}


def _rows(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if line.startswith("| `") and len(cells) == 4:
            yield cells[0].strip("`| "), cells[2].strip("`")


def test_every_section_is_documented_and_no_other() -> None:
    assert set(documented_keys()) == set(SECTIONS)
    assert {name.strip("[]").partition(".")[0] for name in SECTIONS} == set(Settings.model_fields)


@pytest.mark.parametrize("section", SECTIONS)
def test_keys_are_documented_with_their_defaults(section: str) -> None:
    fields = SECTIONS[section].model_fields
    expected = {field.alias or name: _default(field) for name, field in fields.items()}
    assert documented_keys()[section] == expected


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    assert value is not PydanticUndefined
    if value is None:
        return "none"
    if any(isinstance(one, BaseModel) for one in (value if isinstance(value, tuple) else (value,))):
        return "built in"
    return _shown(value)


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, str):
        return f'"{value.value if isinstance(value, enum.Enum) else value}"'
    return str(value)


def test_the_example_configuration_has_no_other_keys() -> None:
    """Every key of the file that ``init`` writes is in the documentation."""
    text = (ROOT / "desk" / "pivotwatch.toml").read_text(encoding="utf-8")
    keys, section = documented_keys(), ""
    for line in text.splitlines():
        if heading := re.match(r"#? ?(\[\[?[a-z.]+\]\]?)", line):
            section = heading[1]
        elif key := re.match(r"# ([a-z_]+) = ", line):
            assert key[1] in keys[section], line


@pytest.mark.parametrize("path", LINKING, ids=name_of)
def test_relative_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = [t.partition("#")[0] for t in re.findall(r"\]\(([^)\s]+)\)", text)]
    missing = [t for t in targets if t and "://" not in t and not (path.parent / t).exists()]
    assert not missing, f"{path} links to {missing}"


def test_every_page_is_listed() -> None:
    index = read("README.md")
    assert all(f"({path.name})" in index for path in PAGES if path.name != "README.md")


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_a_page_is_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


def test_every_signal_is_documented() -> None:
    signals = tomllib.loads((ROOT / "seeds" / "signals.toml").read_text(encoding="utf-8"))
    text = read("classifier.md") + read("corpus.md")
    missing = [one["code"] for one in signals["signal"] if f"`{one['code']}`" not in text]
    assert not missing
