"""Reading what a page or a mail provider has sent: short, in time, and in one of two forms."""

from __future__ import annotations

import asyncio
from email import message_from_bytes
from email.policy import HTTP
from urllib.parse import parse_qsl

from fastapi import Request

LARGEST = 4_096
"""Bytes of a body; ours have a few hundred."""
SECONDS = 10.0
_FIELDS = 20


class FormError(Exception):
    """What was sent cannot be read; ``status`` is the answer's."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a posted form, the last of each name.

    RFC 8058 lets a provider post as ``multipart/form-data`` too.

    Raises:
        FormError: it is too large, too slow, or no form.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(SECONDS):
            async for piece in request.stream():
                body += piece
                if len(body) > LARGEST:
                    raise FormError(413, "This is more than the page takes.")
    except TimeoutError:
        raise FormError(408, "It took too long; try again.") from None
    kind = request.headers.get("content-type", "")
    try:
        if kind.lower().startswith("multipart/form-data"):
            return _multipart(kind, bytes(body))
        if kind.lower().startswith("application/x-www-form-urlencoded"):
            return dict(parse_qsl(body.decode("ascii"), max_num_fields=_FIELDS))
    except ValueError:
        pass
    raise FormError(400, "This is no form of this page.")


def _multipart(kind: str, body: bytes) -> dict[str, str]:
    head = f"Content-Type: {kind}\r\n\r\n".encode("latin-1", "replace")
    found = {}
    for part in message_from_bytes(head + body, policy=HTTP).iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            found[name] = content.decode("utf-8", "replace").strip()
    return found
