"""Many values as one bound value: lists that a statement can be asked for, built only once.

An IN list of bound values is another statement for each length, and a VALUES clause of 60 takes
SQLAlchemy 5 ms to compile; both cost more than the database's own work.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

import sqlalchemy as sa


def listed(dialect: str, name: str) -> sa.TableValuedAlias:
    """Return the values bound as ``name`` (see ``bound``) as rows of one column, ``value``, which
    holds text or, of numbers on SQLite, numbers: cast it to compare it with numbers."""
    text = sa.bindparam(name, type_=sa.Text)
    if dialect == "sqlite":
        return sa.func.json_each(text).table_valued("value", name=name)
    rows = sa.func.json_array_elements_text(sa.cast(text, sa.JSON))
    return rows.table_valued("value", name=name)


def bound(values: Iterable[str] | Iterable[int]) -> str:
    """Return ``values`` as they are bound for ``listed``."""
    return json.dumps(list(values))
