"""The figures of a model as a table on the terminal."""

from __future__ import annotations

from collections.abc import Mapping

from desk.console import out, table


def show_figures(title: str, figures: Mapping[str, object]) -> None:
    """Print ``figures`` (a report's exchange form), a row for each."""
    out.print(table(title, ["figure", "value"], rows_of(figures)))


def rows_of(figures: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return the name and the value of each figure, as they are shown."""
    rows: list[tuple[str, str]] = []
    for name, value in figures.items():
        if isinstance(value, dict):
            rows += [(f"{name} {printable(key)}", cell(inner)) for key, inner in value.items()]
        else:
            rows.append((name, cell(value)))
    return rows


def cell(value: object) -> str:
    """Return a figure as it is shown: three digits, a dash where there is none."""
    if isinstance(value, dict):
        return "  ".join(f"{key} {cell(inner)}" for key, inner in value.items())
    return f"{value:.3f}" if isinstance(value, float) else str(value if value is not None else "–")


def printable(name: str, longest: int = 40) -> str:
    """Return a name from a file so that it can be shown: no control characters, not too long."""
    return "".join(char if char.isprintable() else "?" for char in name[:longest])
