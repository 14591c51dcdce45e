"""What the door lets in: statuses, headers and bodies, within limits, whatever the server does."""

from __future__ import annotations

import asyncio
import gzip
import logging
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import net.body
from net import (
    BadRedirect,
    Door,
    Limits,
    NetError,
    NetSettings,
    Refused,
    TimedOut,
    TooLarge,
    Unreachable,
)

pytestmark = pytest.mark.anyio

SMALL = Limits(wire=10_000, decoded=50_000)


def bomb() -> bytes:
    """About 100 kB of gzip that decompress to 100 MB, made without holding these."""
    packer = zlib.compressobj(wbits=31)
    parts = [packer.compress(bytes(1_000_000)) for _ in range(100)]
    return b"".join(parts) + packer.flush()


BOMB = bomb()


def hasty(settings: NetSettings, **changes: float) -> NetSettings:
    return settings.model_copy(update=changes)


async def test_get_gives_status_headers_and_body(server: Any, settings: NetSettings) -> None:
    server.put("/f", b"feed", etag='W/"x"', X_Thing="1", set_cookie="a=b")
    async with Door(settings) as door:
        answer = await door.get(server.url("/f"))
        again = await door.get(server.url("/f"))
    assert (answer.status, answer.body, answer.url) == (200, b"feed", server.url("/f"))
    assert answer.headers["etag"] == 'W/"x"'
    assert answer.headers["x-thing"] == "1"
    assert answer.hops == ()
    assert again.body == b"feed"
    assert server.connections == 1  # kept alive
    assert all("cookie" not in request.headers for request in server.requests)


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone", "429 Slow", "500 Oh", "204 No"])
async def test_every_status_is_an_answer(status: str, server: Any, settings: NetSettings) -> None:
    server.put("/", status=status, retry_after="7")
    async with Door(settings) as door:
        answer = await door.get(server.url())
    assert answer.status == int(status[:3])
    assert answer.headers["retry-after"] == "7"


async def test_validators_go_back_byte_for_byte_and_304_is_an_answer(
    server: Any, settings: NetSettings
) -> None:
    odd = 'W/"ñ-\xe9"'.encode("latin-1")
    server.put("/", b"x", etag=odd, last_modified="Tue, 24 Nov 2026 1:00:00 +0300")
    async with Door(settings) as door:
        first = await door.get(server.url())
        server.put("/", status="304 Not Modified", etag=odd)
        validators = {
            "If-None-Match": first.headers["etag"],
            "If-Modified-Since": first.headers["last-modified"],
        }
        second = await door.get(server.url(), headers=validators)
    assert second.status == 304
    assert second.body == b""
    sent = server.requests[1].headers
    assert sent["if-none-match"].encode("latin-1") == odd
    assert sent["if-modified-since"] == "Tue, 24 Nov 2026 1:00:00 +0300"


async def test_the_door_says_who_asks_and_wants_nothing_but_gzip(
    server: Any, settings: NetSettings
) -> None:
    named = settings.model_copy(update={"contact": "https://watch.example/bot"})
    async with Door(named) as door:
        await door.get(server.url(), headers={"Accept-Encoding": "br", "User-Agent": "other"})
    assert server.requests[0].headers["user-agent"] == "pivotwatch/0.1 (+https://watch.example/bot)"
    assert server.requests[0].headers["accept-encoding"] == "gzip"
    assert "referer" not in server.requests[0].headers


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP"])
async def test_gzip_is_decoded(coding: str, server: Any, settings: NetSettings) -> None:
    text = "Հայաստան · Россия".encode() * 1000
    server.put("/", gzip.compress(text, mtime=0), content_encoding=coding)
    async with Door(settings) as door:
        assert (await door.get(server.url())).body == text


async def test_empty_body_labelled_gzip_is_empty(server: Any, settings: NetSettings) -> None:
    server.put("/", b"", content_encoding="gzip")
    async with Door(settings) as door:
        assert (await door.get(server.url())).body == b""


@pytest.mark.parametrize("coding", ["br", "zstd", "deflate", "compress", "gzip, gzip", "gzip, br"])
async def test_other_codings_are_not_decoded(
    coding: str, server: Any, settings: NetSettings
) -> None:
    server.put("/", b"\x00" * 228, content_encoding=coding)
    async with Door(settings) as door:
        with pytest.raises(Unreachable, match="only gzip was asked for"):
            await door.get(server.url())


@pytest.mark.parametrize("body", [b"plain text", gzip.compress(b"a" * 90_000, mtime=0)[:-30]])
async def test_broken_gzip_is_an_error_not_half_a_feed(
    body: bytes, server: Any, settings: NetSettings
) -> None:
    server.put("/", body, content_encoding="gzip")
    async with Door(settings) as door:
        with pytest.raises(Unreachable, match="gzip"):
            await door.get(server.url())


async def test_gzip_bomb_stops_at_the_limit_and_the_next_answer_is_fine(
    server: Any, settings: NetSettings
) -> None:
    server.put("/bomb", BOMB, content_encoding="gzip")
    server.put("/good", b"good")
    async with Door(settings) as door:
        with pytest.raises(TooLarge, match=r"decompresses to more than 10,000,000 bytes"):
            await door.get(server.url("/bomb"))
        assert (await door.get(server.url("/good"))).body == b"good"


@given(
    st.binary(max_size=300) | st.integers(0, 300_000).map(bytes),
    st.integers(1, 70_000),
    st.integers(1, 400_000),
)
def test_the_decoder_gives_all_that_fits_and_never_more(data: bytes, cut: int, room: int) -> None:
    packed = gzip.compress(data, mtime=0)
    decoder, body = net.body._Gzip(), bytearray()
    for start in range(0, len(packed), cut):
        if len(body) < room:
            net.body._decode(body, decoder, packed[start : start + cut], room - len(body))
    assert body == data[:room]
    assert decoder.is_complete() or len(data) >= room


async def test_limits_are_the_callers(server: Any, settings: NetSettings) -> None:
    server.put("/bomb", BOMB, content_encoding="gzip")
    server.put("/fits", gzip.compress(bytes(50_000), mtime=0), content_encoding="gzip")
    server.put("/over", gzip.compress(bytes(50_001), mtime=0), content_encoding="gzip")
    async with Door(settings) as door:
        assert len((await door.get(server.url("/fits"), limits=SMALL)).body) == 50_000
        with pytest.raises(TooLarge, match="decompresses to more than 50,000"):
            await door.get(server.url("/over"), limits=SMALL)
        with pytest.raises(TooLarge, match="more than 10,000"):
            await door.get(server.url("/bomb"), limits=SMALL)


async def test_body_of_a_redirect_is_not_read(server: Any, settings: NetSettings) -> None:
    server.put("/", BOMB, status="302 Found", location="/end", content_encoding="gzip")
    server.put("/br", b"?", status="301 Moved", location="/end", content_encoding="br")
    server.put("/end", b"end")
    async with Door(settings) as door:
        first = await door.get(server.url(), limits=SMALL)
        second = await door.get(server.url("/br"))
    assert first.body == second.body == b"end"


async def test_redirects_are_followed_and_told(server: Any, settings: NetSettings) -> None:
    server.put("/a", status="301 Moved", location="b?x=1#part")
    server.put("/b?x=1", status="308 Moved", location=server.url("/c"))
    server.put("/c", status="307 Moved", location="/д/é".encode())
    server.put("/%D0%B4/%C3%A9", b"end")
    async with Door(settings) as door:
        answer = await door.get(server.url("/a"))
    assert answer.body == b"end"
    assert answer.url == server.url("/%D0%B4/%C3%A9")
    assert [hop.status for hop in answer.hops] == [301, 308, 307]
    assert answer.hops[0].from_url == server.url("/a")
    assert answer.hops[0].to_url == server.url("/b?x=1")


async def test_five_redirects_are_followed_and_six_are_not(
    server: Any, settings: NetSettings
) -> None:
    for step in range(7):
        server.put(f"/{step}", status="302 Found", location=f"/{step + 1}")
    server.put("/7", b"end")
    async with Door(settings) as door:
        assert len((await door.get(server.url("/2"))).hops) == 5
        with pytest.raises(BadRedirect, match="more than 5 redirects"):
            await door.get(server.url("/1"))


async def test_redirect_loop_is_noticed(server: Any, settings: NetSettings) -> None:
    server.put("/a", status="302 Found", location="/b")
    server.put("/b", status="302 Found", location="/a#again")
    async with Door(settings) as door:
        with pytest.raises(BadRedirect, match="circle"):
            await door.get(server.url("/a"))
    assert len(server.requests) == 2


async def test_redirect_without_a_target_is_the_answer(server: Any, settings: NetSettings) -> None:
    server.put("/", b"choose", status="302 Found")
    async with Door(settings) as door:
        answer = await door.get(server.url())
    assert (answer.status, answer.body) == (302, b"choose")


@pytest.mark.parametrize(
    "location", [b"http://[", b"http://x:y/", b"http://x:99999/", b"mailto:a@b.example"]
)
async def test_redirect_to_nonsense_is_one_error(
    location: bytes, server: Any, settings: NetSettings
) -> None:
    server.put("/", status="302 Found", location=location)
    async with Door(settings) as door:
        with pytest.raises(NetError) as caught:
            await door.get(server.url())
    assert str(caught.value).startswith(f"{server.url()}: ")


async def test_too_large_by_content_length_is_not_read(server: Any, settings: NetSettings) -> None:
    server.answers["/"] = b"HTTP/1.1 200 OK\r\ncontent-length: 99000000000\r\n\r\nabc"
    async with Door(settings) as door:
        with pytest.raises(TooLarge, match=r"99,000,000,000 bytes"):
            await door.get(server.url())


async def test_endless_body_stops_at_the_limit(server: Any, settings: NetSettings) -> None:
    async def endless(writer: asyncio.StreamWriter, _: Any) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"fff\r\n" + bytes(0xFFF) + b"\r\n")
            await writer.drain()

    server.answers["/"] = endless
    async with Door(settings) as door:
        with pytest.raises(TooLarge, match="more than 4,000,000 bytes"):
            await door.get(server.url())


async def test_endless_headers_stop(server: Any, settings: NetSettings) -> None:
    async def endless(writer: asyncio.StreamWriter, _: Any) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"x-more: " + b"y" * 5000 + b"\r\n")
            await writer.drain()

    async def interim(writer: asyncio.StreamWriter, _: Any) -> None:
        while True:
            writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
            await writer.drain()

    server.answers["/"] = endless
    server.answers["/103"] = interim
    async with Door(settings) as door:
        with pytest.raises(Unreachable, match="endless headers"):
            await door.get(server.url())
        with pytest.raises(Unreachable, match="endless headers"):
            await door.get(server.url("/103"))


async def test_a_byte_at_a_time_ends_at_the_deadline(server: Any, settings: NetSettings) -> None:
    async def drip(writer: asyncio.StreamWriter, _: Any) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    server.answers["/"] = drip
    server.put("/good", b"good")
    async with Door(hasty(settings, deadline=0.5)) as door:
        with pytest.raises(TimedOut, match="no complete answer in time"):
            await door.get(server.url())
        with pytest.raises(TimedOut):
            await door.get(server.url(), limits=SMALL)
        assert (await door.get(server.url("/good"))).body == b"good"


async def test_silence_ends_at_the_read_timeout(server: Any, settings: NetSettings) -> None:
    async def silent(writer: asyncio.StreamWriter, _: Any) -> None:
        await asyncio.sleep(30)

    server.answers["/"] = silent
    async with Door(hasty(settings, read_timeout=0.3)) as door:
        with pytest.raises(TimedOut):
            await door.get(server.url())


async def test_slow_resolver_ends_with_the_deadline(settings: NetSettings) -> None:
    import threading

    release = threading.Event()

    def slow(host: str) -> list[str]:
        release.wait(10)
        return ["127.0.0.2"]

    async with Door(hasty(settings, deadline=0.3), resolver=slow) as door:
        with pytest.raises(TimedOut):
            await door.get("http://slow.example/")
    release.set()


@pytest.mark.parametrize(
    "answer",
    [
        b"220 smtp.example ESMTP\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"",
        b"\x16\x03\x01\x00\x00",
    ],
)
async def test_what_is_not_http_is_unreachable(
    answer: bytes, server: Any, settings: NetSettings
) -> None:
    async def once(writer: asyncio.StreamWriter, _: Any) -> None:
        writer.write(answer)

    server.answers["/"] = once
    async with Door(settings) as door:
        with pytest.raises(Unreachable):
            await door.get(server.url())


async def test_nothing_listens(settings: NetSettings) -> None:
    async with Door(settings) as door:
        with pytest.raises(Unreachable, match="is the host up and the port right"):
            await door.get("http://127.0.0.2:1/")


async def test_forbidden_header_is_an_error_of_one_line(server: Any, settings: NetSettings) -> None:
    async with Door(settings) as door:
        for value in ("a\r\nHost: other", "a\x00b", "Ереван"):
            with pytest.raises(NetError) as caught:
                await door.get(server.url(), headers={"If-None-Match": value})
            assert "a header holds a forbidden character" in str(caught.value)
    assert server.requests == []


async def test_post_sends_the_body_and_gives_the_answer(server: Any, settings: NetSettings) -> None:
    server.put("/hook", b'{"ok":true}', status="202 Accepted")
    async with Door(settings) as door:
        answer = await door.post(
            server.url("/hook"), b'{"a":1}', {"Content-Type": "application/json"}
        )
    assert (answer.status, answer.body) == (202, b'{"ok":true}')
    sent = server.requests[0]
    assert (sent.method, sent.body) == ("POST", b'{"a":1}')
    assert sent.headers["content-type"] == "application/json"


@pytest.mark.parametrize("location", ["/other", "http://127.0.0.1/", "http://["])
async def test_post_never_follows_a_redirect(
    location: str, server: Any, settings: NetSettings, dialled: list[tuple[str, int]]
) -> None:
    server.put("/hook", b"moved", status="307 Moved", location=location)
    async with Door(settings) as door:
        answer = await door.post(server.url("/hook"), b"{}", {})
    assert (answer.status, answer.body, answer.hops) == (307, b"moved", ())
    assert answer.headers["location"] == location
    assert len(server.requests) == 1
    assert dialled == []


@pytest.mark.parametrize(
    ("body", "coding", "kept"),
    [
        (b"x" * 200_000, "identity", 64_000),
        (gzip.compress(b"x" * 9_000_000, mtime=0), "gzip", 64_000),
        (BOMB, "gzip", 64_000),
        (b"\x0b\x02\x80", "br", 0),
        (b"not gzip", "gzip", 0),
    ],
)
async def test_post_cuts_what_it_does_not_need(
    body: bytes, coding: str, kept: int, server: Any, settings: NetSettings
) -> None:
    server.put("/", body, content_encoding=coding)
    async with Door(settings) as door:
        answer = await door.post(server.url(), b"{}", {})
    assert (answer.status, len(answer.body)) == (200, kept)


async def test_a_status_counts_although_the_answer_breaks_off(
    server: Any, settings: NetSettings
) -> None:
    async def cut(writer: asyncio.StreamWriter, _: Any) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok")

    server.answers["/"] = cut
    async with Door(settings) as door:
        answer = await door.post(server.url(), b"{}", {})
    assert (answer.status, answer.body) == (200, b"ok")


async def test_errors_of_a_post_hold_no_part_of_the_url(
    server: Any, settings: NetSettings, names: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def cut(writer: asyncio.StreamWriter, _: Any) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-le")

    caplog.set_level(logging.DEBUG)
    names.table = {"hooks.secret.example": [["10.0.0.1"]]}
    server.answers["/s3cret"] = cut
    urls = [
        server.url("/s3cret"),
        "https://hooks.secret.example/s3cret",
        "https://unknown.secret.example/s3cret",
        "ftp://hooks.secret.example/s3cret",
        "http://127.0.0.2:1/s3cret",
        "http://[::1/s3cret",
    ]
    async with Door(settings, resolver=names) as door:
        for url in urls:
            with pytest.raises(NetError) as caught:
                await door.post(url, b"{}", {})
            error = caught.value
            assert error.url == ""
            assert "secret" not in repr(error) + str(error)
            assert "s3cret" not in repr(error) + str(error)
            assert error.__cause__ is None
            assert error.__context__ is None
        server.put("/s3cret", b"ok")
        answer = await door.post(server.url("/s3cret"), b"{}", {})
    assert "s3cret" not in repr(answer)
    assert "s3cret" not in caplog.text


async def test_errors_of_a_get_begin_with_the_url_and_are_one_line(
    server: Any, settings: NetSettings
) -> None:
    async with Door(settings) as door:
        with pytest.raises(Refused) as caught:
            await door.get("http://127.0.0.1/feed")
    assert str(caught.value) == (
        "http://127.0.0.1/feed: 127.0.0.1 is not a public address; [net] allow can open its range"
    )


async def test_a_closed_door_says_so() -> None:
    with pytest.raises(RuntimeError, match="not open"):
        await Door().get("http://127.0.0.1/")


async def test_a_cancelled_get_leaves_the_door_usable(server: Any, settings: NetSettings) -> None:
    async def silent(writer: asyncio.StreamWriter, _: Any) -> None:
        await asyncio.sleep(30)

    server.answers["/wait"] = silent
    server.put("/", b"fine")
    async with Door(settings) as door:
        waiting = asyncio.create_task(door.get(server.url("/wait")))
        while not server.requests:
            await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        answers = await asyncio.gather(*(door.get(server.url()) for _ in range(100)))
    assert {answer.body for answer in answers} == {b"fine"}


def test_zlib_gives_no_more_than_max_length() -> None:
    # the property of the standard library that the bounded decoder rests on
    inner = zlib.decompressobj(31)
    assert len(inner.decompress(BOMB[:60_000], 1000)) == 1000
    assert inner.unconsumed_tail
