"""What Pydantic says of a wrong configuration, in one line a mistake that a person can act on."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from flows.home import VARIABLE

_SECRETS = frozenset(
    {"password", "secret", "old_secret", "url", "heartbeat_url", "link_keys", "username"}
)


def lines(path: Path, errors: list[ErrorDetails], model: type[BaseModel], prefix: str) -> list[str]:
    """Return one line for each mistake that Pydantic found in the configuration.

    Of a union's several complaints on one place the first is enough. ``model`` is the settings'
    class and ``prefix`` begins the names of their environment variables.
    """
    found: dict[str, str] = {}
    places = [error["loc"] for error in errors]
    for error in errors:
        here = error["loc"]
        if any(len(other) > len(here) and other[: len(here)] == here for other in places):
            continue  # the whole is wrong because a part is
        found.setdefault(_place(error["loc"]), _line(path, error, model, prefix))
    return list(found.values())


def _line(path: Path, error: ErrorDetails, model: type[BaseModel], prefix: str) -> str:
    place = _place(error["loc"])
    source = _variable(error["loc"], prefix) or str(path)
    kind = error["type"]
    if kind == "extra_forbidden":
        return f"{source}: {place}: unknown key; {_suggest(error['loc'], model)}"
    if kind == "missing":
        return f"{source}: {place}: missing; add it"
    value = _shown(error)
    message = error["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:]
    remedy = "" if ";" in message else "; correct it or remove the line to use the default"
    return f"{source}: {place}{value}: {message}{remedy}"


def _place(location: tuple[int | str, ...]) -> str:
    section, *rest = location
    numbers = "".join(f" #{part + 1}" for part in rest if isinstance(part, int))
    names = [part for part in rest if isinstance(part, str) and part.isidentifier()]
    return f"[{section}]{numbers} {'.'.join(names)}".rstrip()


def _shown(error: ErrorDetails) -> str:
    """Show a wrong value, unless it might be a secret or is a whole section."""
    value = error.get("input")
    names = {str(part) for part in error["loc"]}
    secret = names & _SECRETS
    whole = not any(isinstance(part, str) for part in error["loc"][1:])  # a section, a secret in it
    if secret or whole or not isinstance(value, str | int | float | bool):
        return ""
    return f" = {value!r}"


def _variable(location: tuple[int | str, ...], prefix: str) -> str | None:
    """Name the environment variable that a value came from, if any."""
    parts = [str(part).upper() for part in location]
    for length in range(len(parts), 0, -1):
        name = prefix + "__".join(parts[:length])
        if name in os.environ and name != VARIABLE:
            return f"environment {name}"
    return None


def _suggest(location: tuple[int | str, ...], settings: type[BaseModel]) -> str:
    model: Any = settings
    for part in location[:-1]:
        if isinstance(part, str):
            model = _model_of(model.model_fields[part].annotation)
    known = [field.alias or name for name, field in model.model_fields.items()]
    close = get_close_matches(str(location[-1]), known, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"known keys are {', '.join(sorted(known))}"


def _model_of(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        if inner is not type(None) and inner is not Ellipsis:
            return _model_of(inner)
    return annotation
