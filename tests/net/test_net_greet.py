"""A greeting asks a host for its front page's headers, and never for the path, which is secret."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from net import Door, NetError, NetSettings, Refused, TimedOut, Unreachable

pytestmark = pytest.mark.anyio
SECRET = "T0PS3CRET"


async def test_only_the_front_page_is_asked_for(server: Any, settings: NetSettings) -> None:
    server.put("/", status="405 No", content_length="99", date="Wed, 04 Mar 2026 12:00:00 GMT")
    async with Door(settings) as door:
        url = f"http://127.0.0.2:{server.port}/{SECRET}?key={SECRET}#{SECRET}"
        for _ in range(2):  # the second on the kept connection: nothing was left to be read
            answer = await door.greet(url)
        assert answer.status == 405
        assert answer.headers["date"] == "Wed, 04 Mar 2026 12:00:00 GMT"
        assert answer.certificate is None
    assert [(one.method, one.path) for one in server.requests] == [("HEAD", "/")] * 2
    assert SECRET not in str(server.requests)


async def test_a_redirect_is_an_answer(server: Any, settings: NetSettings) -> None:
    server.put("/", status="302 Found", location="http://127.0.0.2:1/elsewhere")
    async with Door(settings) as door:
        assert (await door.greet(server.url(f"/{SECRET}"))).status == 302
    assert len(server.requests) == 1


async def _silent(_writer: asyncio.StreamWriter, _request: object) -> None:
    await asyncio.sleep(5)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        (f"http://10.0.0.1/{SECRET}", Refused),
        (f"http://user:{SECRET}@127.0.0.2/", Refused),
        (f"ftp://127.0.0.2/{SECRET}", Refused),
        (f"http://127.0.0.2:1/{SECRET}", Unreachable),
        (f"http://{SECRET}.invalid/", Unreachable),
        (f"http://127.0.0.2:PORT/{SECRET}", TimedOut),
    ],
)
async def test_a_failure_names_no_url(
    server: Any, settings: NetSettings, names: Any, url: str, kind: type[NetError]
) -> None:
    server.answers["/"] = _silent
    brief = settings.model_copy(update={"deadline": 0.3})
    async with Door(brief, resolver=names) as door:
        with pytest.raises(kind) as caught:
            await door.greet(url.replace("PORT", str(server.port)))
    shown = repr(caught.value) + repr(caught.value.__cause__) + repr(caught.value.__context__)
    assert SECRET not in shown
    assert "127.0.0.2" not in str(caught.value)
