"""What the page shows, and how it becomes HTML: no scripts, one style, everything escaped."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from alerts.clean import clean
from alerts.payload import AlertPayload
from alerts.rendering import link, stamp
from archive.types import Alert, Article

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the answers of a list."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """Something to fill in: a list of ``choices``, or a line of text without them."""

    name: str
    label: str
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """A button, what to fill in before it, and what goes along unseen."""

    button: str
    do: str
    fields: tuple[Field, ...] = ()
    hidden: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """One page: a heading, sentences, the alert or the article that it is about, and what can be
    pressed."""

    heading: str
    said: tuple[str, ...] = ()
    payload: AlertPayload | None = None
    forms: tuple[Form, ...] = ()
    status: int = 200
    article: Article | None = None


@dataclass(frozen=True, slots=True)
class Front:
    """The page's front: how everything is, in sentences, and the alerts that changed last."""

    health: tuple[str, ...]
    alerts: tuple[Alert, ...]


def page(view: View) -> str:
    """Return a view as HTML."""
    return _environment().get_template("page.html.jinja").render(view=view)


def front(content: Front) -> str:
    """Return the front as HTML."""
    return _environment().get_template("front.html.jinja").render(front=content)


def style_hash() -> str:
    """Return the hash of the style sheet in every page, as a content security policy names it."""
    style = _environment().get_template("style.css.jinja").render()
    digest = hashlib.sha256(style.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"line": clean, "stamp": stamp, "link": link}
    return made
