"""``archive list|show|export|prune``: the raw pages behind the evidence."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

from cli_kit import Terminal
from warcio.archiveiterator import ArchiveIterator

from archive import Archive, aliases, articles, ids, scores, upgrade
from archive import captures as capture_store
from archive.types import Article, Capture, Direction, Evidence, Passage, Score
from flows import keeping
from flows.cycle import clock
from flows.home import Home
from flows.settings import load
from net import Response

URL = "https://outlet.example/2025/story?id=7"
EVIL = "Title \x1b[31m\u202egnp\x07"
PAGE = b"<html><body><p>The minister said what he said.</p></body></html>"


@contextmanager
def opened(terminal: Terminal) -> Iterator[Archive]:
    home = Home(terminal.root)
    with closing(Archive(load(home).database_url(home))) as archive:
        upgrade(archive)
        yield archive


def collect(terminal: Terminal, text: str, *, url: str = URL, age_days: float = 0) -> Article:
    """Store a version of an article with its capture; each is evidence."""
    home, now = Home(terminal.root), clock()
    captures = keeping.captures_of(home, load(home))
    one = Article(
        *(ids.article_id(url), url, EVIL, text, "en", "Outlet\x1b[0m", now, now),
        content_hash=ids.content_hash("", text),
    )
    answer = Response(url, 200, {"content-type": "text/html\x1b"}, PAGE + text.encode())
    with opened(terminal) as archive:
        with archive.write() as connection:
            articles.put(connection, one)
            one = articles.current(connection, [one.id])[one.id]
            taken = now - timedelta(days=age_days)
            capture_store.add(connection, captures.spool(one, one.version, taken, answer, None))
            piece = Evidence(
                *(one.id, one.version, "csto_snub", "m_1", 0.9, Direction.AWAY),
                (Passage("x", 0, 1),),
            )
            score = Score(one.id, one.version, "m_1", "en", 0.9, Direction.AWAY, {}, (piece,))
            scores.save(connection, [score], now)
            articles.mark_scored(connection, one, "m_1")
        assert keeping.settle(archive, captures, load(home).captures, now) == ()
    return one


def capture_of(terminal: Terminal, one: Article) -> Capture:
    with opened(terminal) as archive, archive.read() as connection:
        found = capture_store.get(connection, one.id, one.version)
    assert found is not None
    return found


def file_of(terminal: Terminal, one: Article) -> Path:
    return Home(terminal.root).captures / capture_of(terminal, one).path


def test_show_says_what_is_kept_and_that_it_is_what_was_fetched(terminal: Terminal) -> None:
    first = collect(terminal, "First words. " * 300)
    second = collect(terminal, "Second words.")
    capture = capture_of(terminal, second)
    shown = terminal("archive", "show", URL + "&utm_source=x")
    assert shown.code == 0
    for words in (
        *(second.id, URL, "version: 2 of 2", f"{capture.sha256} (verified)"),
        *(capture.path, f"answered: {URL}: 200 OK", "text/html", f"{len(PAGE) + 13} bytes"),
        *("Second words.", f"{capture.taken:%Y-%m-%d %H:%M:%S} UTC"),
    ):
        assert " ".join(words.split()) in " ".join(shown.out.split()), words
    assert not {"\x1b", "\u202e", "\x07"} & set(shown.out)
    assert terminal("archive", "show", second.id).out == shown.out
    with opened(terminal) as archive, archive.write() as connection:
        aliases.add(connection, {"https://outlet.example/moved": second.id}, clock())
    assert terminal("archive", "show", "https://outlet.example/moved").out == shown.out
    older = terminal("archive", "show", second.id, "--version", "1").out
    assert "First words." in older
    assert older.count("First words.") < 200
    assert capture_of(terminal, first).sha256 in older


def test_show_for_a_program(terminal: Terminal) -> None:
    collect(terminal, "First words.")
    second = collect(terminal, "Second words.")
    capture = capture_of(terminal, second)
    shown = terminal("archive", "show", second.id, "--json").json
    assert (shown["state"], shown["status"], shown["answered"]) == ("verified", "200 OK", URL)
    assert (shown["title"], shown["text"]) == (EVIL, "Second words.")
    assert [(v["version"], v["evidence"]) for v in shown["versions"]] == [(2, 1), (1, 1)]
    assert shown["versions"][0]["capture"] == {
        "state": "kept",
        "fetched": capture.taken.isoformat(),
        "path": capture.path,
        "size": capture.size,
        "sha256": capture.sha256,
    }


def test_show_says_whose_text_it_is_and_what_is_reserved_of_it(terminal: Terminal) -> None:
    names = ("wire", "relay", "paper")
    wire, relay, paper = (f"https://{name}.example/1" for name in names)
    ids_ = {name: ids.article_id(f"https://{name}.example/1") for name in names}
    seen = datetime(2025, 9, 1, 12, tzinfo=UTC)
    one = Article(ids_["wire"], wire, "T", "Words.", "en", "Wire", seen - timedelta(hours=1), seen)
    two = replace(one, id=ids_["relay"], url=relay, outlet="Relay", copy_of=one.id, origin=one.id)
    three = replace(two, id=ids_["paper"], url=paper, outlet="Paper", copy_of=two.id)
    said = "tdm-reservation: 1 (header)"
    three = replace(three, published=None, date_flag="bad", reservation=said)
    with opened(terminal) as archive, archive.write() as connection:
        for article in (one, replace(two, date_flag="naive"), three):
            articles.put(connection, article)
        later = {"text": "Other words.", "content_hash": "h", "reservation": ""}
        articles.put(connection, replace(three, **later))  # type: ignore[arg-type]

    def facts(*words: str) -> dict[str, str]:
        lines = terminal("archive", "show", *words).out.splitlines()
        pairs = [line.strip("│ ").partition(":") for line in lines]
        return {name: value.strip() for name, _, value in pairs}

    found = facts(paper, "--version", "1")
    assert found["published"] == "unknown (date flag: bad)"
    assert found["first seen"] == "2025-09-01 12:00 UTC"
    assert found["copy of"] == f"Relay, {relay} ({two.id})"
    assert found["first from"] == f"Wire, {wire} ({one.id})"
    assert found["reserved"] == said
    assert facts(paper)["reserved"] == "nothing recorded"
    found = facts(relay)
    assert found["published"] == "2025-09-01 11:00 UTC (date flag: naive)"
    assert "first from" not in found
    assert "copy of" not in facts(wire)
    data = terminal("archive", "show", paper, "--version", "1", "--json").json
    assert (data["published"], data["date_flag"], data["reservation"]) == (None, "bad", said)
    assert (data["copy_of"], data["origin"]) == (two.id, one.id)
    data = terminal("archive", "show", wire, "--json").json
    assert data["published"] == "2025-09-01T11:00:00+00:00"
    assert (data["first_seen"], data["copy_of"]) == ("2025-09-01T12:00:00+00:00", None)


def test_a_narrow_terminal_has_room_for_titles(terminal: Terminal) -> None:
    one = collect(terminal, "Some words.")
    lines = terminal("archive", "list", width=50).out.splitlines()
    assert lines[1] == one.id
    assert lines[2].startswith("  version 1, ")
    assert lines[3].startswith("  Outlet [0m: Title")


def test_export_writes_the_checked_file(terminal: Terminal, tmp_path: Path) -> None:
    one = collect(terminal, "Some words.")
    file = tmp_path / "one.warc.gz"
    done = terminal("archive", "export", one.id, "--to", file)
    assert done.code == 0
    assert file.read_bytes() == file_of(terminal, one).read_bytes()
    assert hashlib.sha256(file.read_bytes()).hexdigest() in done.err
    again = terminal("archive", "export", one.id, "--to", file)
    assert (again.code, again.problems) == (1, [f"{file}: exists; name a new file"])
    nowhere = terminal("archive", "export", one.id, "--to", tmp_path / "no" / "x.gz")
    assert nowhere.problems == [
        f"{tmp_path / 'no' / 'x.gz'}: cannot be written: No such file or directory"
    ]


def test_export_into_a_pipe_is_a_warc_file_and_nothing_else(terminal: Terminal) -> None:
    one = collect(terminal, "Some words.")
    done = subprocess.run(
        [sys.executable, "-m", "desk.main", "archive", "export", URL],
        capture_output=True,
        env=os.environ | {"PIVOTWATCH_HOME": str(terminal.root)},
        cwd=Path(__file__).parents[2],
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == file_of(terminal, one).read_bytes()
    kinds = [r.rec_type for r in ArchiveIterator(BytesIO(done.stdout), check_digests="raise")]
    assert kinds == ["warcinfo", "response"]


def test_export_does_not_write_to_a_terminal(terminal: Terminal) -> None:
    one = collect(terminal, "Some words.")
    controller, screen = os.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "desk.main", "archive", "export", one.id],
        stdout=screen,
        stderr=subprocess.PIPE,
        env=os.environ | {"PIVOTWATCH_HOME": str(terminal.root)},
        cwd=Path(__file__).parents[2],
    )
    os.close(screen)
    os.close(controller)
    assert done.returncode == 1
    assert b"not for a terminal; name a file with --to, or pipe it" in done.stderr


def test_a_changed_file_is_shown_as_such_and_not_exported(
    terminal: Terminal, tmp_path: Path
) -> None:
    one = collect(terminal, "Some words.")
    place = file_of(terminal, one)
    place.write_bytes(place.read_bytes()[:-1] + b"x")
    shown = terminal("archive", "show", one.id)
    assert shown.code == 0
    assert "damaged" in terminal("archive", "show", one.id, "--json").json["state"]
    assert "(verified)" not in shown.out
    refused = terminal("archive", "export", one.id, "--to", tmp_path / "x.gz")
    assert refused.code == 1
    (line,) = refused.problems
    assert line.startswith(f"{place}: damaged: its SHA-256 is not ")
    assert line.endswith("; restore it from a backup")
    assert not (tmp_path / "x.gz").exists()
    place.unlink()
    (line,) = terminal("archive", "export", one.id).problems
    assert line == f"{place}: missing; restore it from a backup"


def test_what_is_not_there_is_one_line(terminal: Terminal) -> None:
    none = terminal("archive", "show", "https://outlet.example/none")
    assert none.code == 1
    assert none.problems == [
        "https://outlet.example/none: no such article; name its id or URL as an alert shows it"
    ]
    one = collect(terminal, "Some words.")
    (line,) = terminal("archive", "show", one.id, "--version", "7").problems
    assert line == "version 7: there is none; the newest is 1"
    capture = capture_of(terminal, one)
    with opened(terminal) as archive, archive.write() as connection:
        capture_store.drop(connection, [capture])
    assert terminal("archive", "show", one.id, "--json").json["state"] == "not kept"
    (line,) = terminal("archive", "export", one.id).problems
    assert line == (
        f"{URL}: no raw page of this article is kept; only those that became evidence are"
    )
    assert terminal("archive", "show", one.id, "--version", "0").code == 2


def test_list_and_prune(terminal: Terminal) -> None:
    young = collect(terminal, "Young words.")
    old = collect(terminal, "Old words.", url="https://outlet.example/old", age_days=20)
    rows = terminal("archive", "list", "--json").json
    assert [row["article"] for row in rows] == [young.id, old.id]
    assert rows[0]["sha256"] == capture_of(terminal, young).sha256
    listed = terminal("archive", "list").out
    assert young.id in listed
    assert not {"\x1b", "\u202e", "\x07"} & set(listed)
    assert len(terminal("archive", "list", "--limit", "1", "--json").json) == 1
    place = file_of(terminal, old)
    done = terminal("archive", "prune", "--days", "10")
    assert (done.code, done.err.strip()) == (0, "1 captures deleted")
    assert not place.exists()
    assert [row["article"] for row in terminal("archive", "list", "--json").json] == [young.id]
    assert terminal("archive", "prune").code == 2
