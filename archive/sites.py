"""Sites: what each origin wishes of robots, as it was when last asked."""

from __future__ import annotations

from dataclasses import asdict, fields

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.tables import site
from archive.types import Site
from archive.upsert import upsert

_COLUMNS = tuple(f.name for f in fields(Site))


def get(connection: Connection, origin: str) -> Site | None:
    """Return what is known of ``origin``, None before it was asked."""
    row = connection.execute(sa.select(site).where(site.c.origin == origin)).mappings().first()
    return None if row is None else Site(**{name: row[name] for name in _COLUMNS})


def put(connection: Connection, one: Site) -> None:
    """Store what an origin has answered, in place of what it answered before."""
    upsert(connection, site, [asdict(one)], update=[name for name in _COLUMNS if name != "origin"])
