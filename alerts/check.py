"""What looking something over has found: how it stands, in words, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CheckState(StrEnum):
    """How something stands.

    ``ok``; ``problem``: it does not work, or will not for long; ``note``: worth a look;
    ``skipped``: it was not looked at.
    """

    OK = "ok"
    PROBLEM = "problem"
    NOTE = "note"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. ``detail`` says what was found and ``remedy`` what to do about
    it; neither ever holds a secret."""

    name: str
    state: CheckState
    detail: str
    remedy: str = ""


def ok(name: str, detail: str) -> Check:
    """Return that something is as it should be."""
    return Check(name, CheckState.OK, detail)


def problem(name: str, detail: str, remedy: str) -> Check:
    """Return that something does not work."""
    return Check(name, CheckState.PROBLEM, detail, remedy)


def note(name: str, detail: str, remedy: str = "") -> Check:
    """Return that something is worth a look."""
    return Check(name, CheckState.NOTE, detail, remedy)


def skipped(name: str, why: str) -> Check:
    """Return that something was not looked at."""
    return Check(name, CheckState.SKIPPED, why)
