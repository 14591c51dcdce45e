"""skops containers with two more promises: equal objects give equal bytes; few types may load.

skops writes memory addresses and the time of day into its files; here they are replaced by
running numbers and a fixed date. Loading refuses, before skops sees the file, every type outside
a frozen list.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import skops.io

_OWN_TYPES = ("classifiers.vectors.BagCounter", "classifiers.vectors.BlockTfidf")
ALLOWED_TYPES = frozenset(
    {
        *_OWN_TYPES,
        "builtins.dict",
        "builtins.list",
        "builtins.tuple",
        "builtins.str",
        "builtins.int",
        "builtins.float",
        "builtins.bool",
        "builtins.NoneType",
        "numpy.ndarray",
        "numpy.dtype",
        "numpy.int32",
        "numpy.int64",
        "numpy.float64",
        "sklearn.linear_model._logistic.LogisticRegression",
    }
)
_ALLOWED_LOADERS = frozenset(
    {"DictNode", "ListNode", "TupleNode", "ObjectNode", "JsonNode", "NdArrayNode", "TypeNode"}
)
_DATE = (1980, 1, 1, 0, 0, 0)
_LARGEST = 64 * 2**20
"""Bytes that a container may unpack to; a model needs about three million."""


def pack(state: object) -> bytes:
    """Return ``state`` as a skops container; equal states give equal bytes."""
    source = zipfile.ZipFile(io.BytesIO(skops.io.dumps(state)))
    schema = json.loads(source.read("schema.json"))
    renamed: dict[str, str] = {}
    ids: dict[int, int] = {}
    for node in _nodes(schema):
        if "__id__" in node:
            node["__id__"] = ids.setdefault(node["__id__"], len(ids) + 1)
        if "file" in node:
            node["file"] = renamed.setdefault(node["file"], f"{len(renamed) + 1}.npy")
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for old, new in renamed.items():
            _write(archive, new, source.read(old))
        _write(archive, "schema.json", json.dumps(schema, separators=(",", ":")).encode())
    return target.getvalue()


def unpack(data: bytes) -> Any:
    """Return the state in ``data``; raise ``ValueError`` for anything but a container of ours."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(member.file_size for member in archive.infolist()) > _LARGEST:
            raise ValueError("unpacks to more than a model can need")
        schema = json.loads(archive.read("schema.json"))
    for node in _nodes(schema):
        _check(node)
    return skops.io.loads(data, trusted=list(_OWN_TYPES))


def _check(node: dict[str, Any]) -> None:
    if "__class__" in node:
        name = f"{node.get('__module__')}.{node['__class__']}"
        if name not in ALLOWED_TYPES:
            raise ValueError(f"holds the type {name}, which no model of ours does")
    if "__loader__" in node and node["__loader__"] not in _ALLOWED_LOADERS:
        raise ValueError(f"wants the loader {node['__loader__']}, which no model of ours does")


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of a JSON document, outer ones first."""
    stack = [value]
    while stack:
        top = stack.pop()
        if isinstance(top, dict):
            yield top
            stack.extend(reversed(list(top.values())))
        elif isinstance(top, list):
            stack.extend(reversed(top))


def _write(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    info = zipfile.ZipInfo(name, _DATE)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 3
    archive.writestr(info, data, compresslevel=9)
