"""Captures: WARC files of what article versions were read from."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from archive.types import Article, Capture
from feeds import warc
from feeds.captures import CaptureError, CaptureLostError, Captures
from net import PAGE_LIMITS, Response

NOW = datetime(2025, 9, 1, 12, 0, 0, 250_000, tzinfo=UTC)
URL = "https://outlet.example/story/1"
PAGE = "<html><body><p>Երևան — «согласие» \x00 & more</p></body></html>".encode()
HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "content-encoding": "gzip",
    "content-length": "99",
    "set-cookie": "session=secret-canary",
    "authorization": "Bearer secret-canary",
    "x-title": "\xe9\xe8; name=\xe9",
    "last-modified": "Mon, 01 Sep 2025 11:59:00 GMT",
}


@pytest.fixture
def captures(tmp_path: Path) -> Captures:
    return Captures(tmp_path / "captures", 50_000_000)


def article(article_id: str = "a_one") -> Article:
    return Article(article_id, URL, "Title", "Text.", "hy", "Outlet", NOW, NOW)


def response(body: bytes = PAGE, more: Mapping[str, str] = HEADERS) -> Response:
    return Response(URL + "?final=1", 200, {**HEADERS, **more}, body)


def spool(captures: Captures, body: bytes = PAGE, version: int = 1) -> Capture:
    return captures.spool(article(), version, NOW, response(body), None)


def files(captures: Captures) -> list[str]:
    found = (file for file in captures.folder.rglob("*") if file.is_file())
    return sorted(str(file.relative_to(captures.folder)) for file in found)


def records(document: bytes) -> list[tuple[str, dict[str, str], bytes, list[tuple[str, str]]]]:
    """Type, WARC headers, body and HTTP headers of each record, digests checked."""
    found = []
    for one in ArchiveIterator(BytesIO(document), check_digests="raise"):
        body = one.content_stream().read()
        http = (
            [(one.http_headers.protocol, one.http_headers.statusline)] if one.http_headers else []
        )
        http += one.http_headers.headers if one.http_headers else []
        assert one.rec_headers.protocol == "WARC/1.1"
        found.append((one.rec_type, dict(one.rec_headers.headers), body, http))
    return found


def test_a_response_is_kept_as_it_was_received_and_decompressed(captures: Captures) -> None:
    waiting = spool(captures)
    assert (waiting.article_id, waiting.version, waiting.state) == ("a_one", 1, "waiting")
    assert files(captures) == [waiting.path] == ["waiting/a_one-1.warc"]
    kept = captures.keep(waiting)
    assert (kept.path, kept.state) == ("kept/2025-09/a_one-1.warc.gz", "kept")
    for one in (waiting, kept):
        document = captures.read(one)
        assert one.size == len(document)
        info, page = records(document)
        assert (info[0], page[0]) == ("warcinfo", "response")
        assert b"format: WARC File Format 1.1\r\n" in info[2]
        assert page[1]["WARC-Target-URI"] == URL + "?final=1"
        assert page[1]["WARC-Date"] == "2025-09-01T12:00:00.250000Z"
        assert page[1]["WARC-Payload-Digest"].startswith("sha256:")
        assert page[1]["WARC-Warcinfo-ID"] == info[1]["WARC-Record-ID"]
        assert page[2] == PAGE
        status, *headers = page[3]
        assert status == ("HTTP/1.1", "200 OK")
        assert dict(headers) == {
            "content-type": "text/html; charset=utf-8",
            "last-modified": "Mon, 01 Sep 2025 11:59:00 GMT",
            "x-title": "\xe9\xe8; name=\xe9",
            "X-Crawler-Content-Encoding": "gzip",
            "Content-Length": str(len(PAGE)),
        }
        assert b"secret-canary" not in document
        assert "é".encode("latin-1") in page_block(document), "a header keeps its bytes"


def page_block(document: bytes) -> bytes:
    raws = ArchiveIterator(BytesIO(document), no_record_parse=True)
    return [bytes(one.raw_stream.read()) for one in raws][1]


def test_the_tool_of_others_reads_and_checks_it(captures: Captures) -> None:
    kept = captures.keep(spool(captures))
    tool = Path(sys.executable).with_name("warcio")
    done = subprocess.run(
        [tool, "check", "-v", captures.place(kept)], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout.count("digest pass")) == (0, 2), done.stdout


def test_the_html_that_a_feed_carried_is_a_resource(captures: Captures) -> None:
    html = "<p>Ամբողջ տեքստը՝ լրահոսում \ud800</p>"
    kept = captures.keep(captures.spool(article(), 3, NOW, None, html))
    _, (kind, headers, body, http) = records(captures.read(kept))
    assert (kind, http, body) == ("resource", [], html.encode("utf-8", "replace"))
    assert headers["WARC-Target-URI"] == URL
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert warc.described(captures.read(kept)) == warc.Description(
        URL, "", "text/html; charset=utf-8", len(body)
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\r\n\r\nWARC/1.1\r\nWARC-Type: response\r\nContent-Length: 999999999\r\n\r\n",
        b"\x1f\x8b\x08" + bytes(100),
        b"x" * PAGE_LIMITS.decoded,
    ],
    ids=["empty", "a record within", "gzip magic", "as large as pages get"],
)
def test_a_hostile_body_comes_back_as_it_was(captures: Captures, body: bytes) -> None:
    waiting = spool(captures, body)
    for one in (waiting, captures.keep(waiting)):
        assert [kind for kind, *_ in records(captures.read(one))] == ["warcinfo", "response"]
        assert records(captures.read(one))[1][2] == body


def test_hostile_headers_and_names_add_no_record_and_leave_no_folder(captures: Captures) -> None:
    hostile = response(
        more={"x-evil": "a\r\n\r\nWARC/1.1\r\nx\x00", "transfer-encoding": "a\r\nb: c"}
    )
    odd = replace(hostile, url="https://outlet.example/\r\nWARC-Type: revisit\r\n")
    for name in ("../../etc/a", "a/b", "", "a" * 300, "ա", "."):
        one = captures.keep(captures.spool(article(name), 1, NOW, odd, None))
        assert captures.place(one).parent == captures.folder / "kept" / "2025-09"
        _, (kind, headers, body, http) = records(captures.read(one))
        assert (kind, body) == ("response", PAGE)
        assert headers["WARC-Target-URI"] == "https://outlet.example/WARC-Type:%20revisit"
        assert ("b", "c") not in http
    assert not (captures.folder.parent / "etc").exists()


def test_other_bytes_than_were_written_are_noticed(captures: Captures) -> None:
    kept = captures.keep(spool(captures))
    place = captures.place(kept)
    whole = place.read_bytes()
    for damaged in (whole[:-1], whole + b"\n", whole[:200] + b"?" + whole[201:], b""):
        place.write_bytes(damaged)
        with pytest.raises(CaptureLostError, match=f"{place}: damaged: its SHA-256 is not"):
            captures.read(kept)
    place.unlink()
    with pytest.raises(CaptureLostError, match=f"{place}: missing"):
        captures.read(kept)
    with pytest.raises(CaptureLostError, match="not inside"):
        captures.read(replace(kept, path="../pivotwatch.toml"))


def test_a_damaged_waiting_file_is_not_kept(captures: Captures) -> None:
    waiting = spool(captures)
    captures.place(waiting).write_bytes(b"")
    with pytest.raises(CaptureLostError, match="damaged"):
        captures.keep(waiting)
    assert files(captures) == [waiting.path]


def test_repeating_a_step_leaves_one_file(captures: Captures) -> None:
    spool(captures)
    waiting = spool(captures, b"read again after a crash")
    first, second = captures.keep(waiting), captures.keep(waiting)
    assert first.path == second.path
    assert captures.keep(second) == second
    captures.remove(waiting)
    captures.remove(waiting)
    assert files(captures) == [second.path]
    assert records(captures.read(second))[1][2] == b"read again after a crash"


def test_what_waits_has_a_limit_that_is_counted_anew_by_each_process(tmp_path: Path) -> None:
    folder = tmp_path / "captures"
    first = Captures(folder, 5_000)
    waiting = spool(first, b"x" * 2_000)
    again = Captures(folder, 5_000)
    with pytest.raises(CaptureError) as caught:
        spool(again, b"x" * 2_000, version=2)
    assert str(caught.value) == (
        f"{folder / 'waiting'}: [captures] most_megabytes is reached; the pages of further "
        "articles are not kept until those that wait are scored"
    )
    again.remove(waiting)
    spool(again, b"x" * 2_000, version=2)
    assert files(again) == ["waiting/a_one-2.warc"]


def test_threads_that_spool_at_once_share_the_limit(tmp_path: Path) -> None:
    captures = Captures(tmp_path / "captures", 50_000)

    def one(version: int) -> bool:
        try:
            spool(captures, b"x" * 4_000, version)
        except CaptureError:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        done = list(pool.map(one, range(40)))
    taken = sum((captures.folder / name).stat().st_size for name in files(captures))
    assert done.count(True) == len(files(captures)) == 50_000 // (taken // done.count(True))
    assert taken <= 50_000


def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    """The limit on a file's size stands for the disk's end: writing stops in the middle."""
    script = (
        "import resource, signal, sys\n"
        "from test_feeds_captures import *\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "captures = Captures(Path(sys.argv[1]), 50_000_000)\n"
        "for version in (1, 2):\n"
        "    try:\n"
        "        spool(captures, b'x' * 100_000, version)\n"
        "    except CaptureError as error:\n"
        "        print(error)\n"
    )
    here = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "captures"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": f"{here}:{here.parents[1]}"},
    )
    lines = done.stdout.splitlines()
    assert (
        lines
        == [
            f"{tmp_path / 'captures'}: pages of articles cannot be kept there: File too large; "
            "make room or mend its permissions"
        ]
        * 2
    ), done.stderr
    assert files(Captures(tmp_path / "captures", 1)) == []


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "captures").write_text("a file stands in the way")
    with pytest.raises(CaptureError, match="Not a directory; make room or mend its permissions"):
        spool(Captures(tmp_path / "captures", 50_000_000))


def test_a_sweep_takes_only_old_files_that_nobody_knows(captures: Captures) -> None:
    known, unknown, young = (spool(captures, version=number) for number in (1, 2, 3))
    (captures.folder / "waiting" / "a_one-9.warc.tmp").write_bytes(b"cut off")
    kept = captures.keep(known)
    long_ago = (NOW - timedelta(days=1)).timestamp()
    for name in (known.path, unknown.path, "waiting/a_one-9.warc.tmp", kept.path):
        os.utime(captures.folder / name, (long_ago, long_ago))
    assert captures.sweep({known.path}, NOW - timedelta(hours=1)) == 2
    assert files(captures) == [kept.path, known.path, young.path]
    assert Captures(captures.folder / "none", 1).sweep(set(), NOW) == 0
