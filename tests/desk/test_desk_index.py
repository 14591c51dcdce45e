"""``index``: the realignment index on the terminal, as a picture, and for a program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cli_kit import Terminal

from archive import Archive, articles, scores, stories
from archive.types import Article, Direction, Evidence, Passage, Score

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
LAST = ("--until", "2026-03-04")


@pytest.fixture
def desk(terminal: Terminal) -> Iterator[Terminal]:
    """A terminal on a home with twelve stories that point away and three that do not."""
    with closing(Archive(f"sqlite:///{terminal.root / 'pivotwatch.db'}")) as archive:
        for number in range(15):
            _tell(archive, number, Direction.TOWARD if number % 5 == 4 else Direction.AWAY)
    return terminal


def _tell(archive: Archive, number: int, side: Direction) -> None:
    at, key = NOW - timedelta(days=number), f"a_{number}"
    article = Article(
        id=key, url=f"https://outlet.example/{number}", title=f"Event {number}",
        text="It was settled in Gavar.", lang="en", outlet=f"Outlet {number % 6}", published=at,
        first_seen=at, content_hash=key, origin=key,
    )  # fmt: skip
    passage = Passage("It was settled in Gavar.", 0, 24)
    evidence = Evidence(key, 1, "csto_snub", "m_test", 0.9, side, (passage,))
    score = Score(key, 1, "m_test", "en", 0.9, side, {"csto_snub": 0.9}, (evidence,))
    with archive.write() as connection:
        articles.put(connection, article)
        scores.save(connection, [score], at)
        stories.open_story(connection, f"s_{number}", article, at)


def test_every_day_is_a_row_with_a_bar_and_its_interval(desk: Terminal) -> None:
    answer = desk("index", "--days", "7", *LAST)
    assert answer.code == 0
    rows = [line for line in answer.out.splitlines() if line.startswith("│ 2026-")]
    assert len(rows) == 7
    assert rows[-1].startswith("│ 2026-03-04")
    assert "█" in rows[-1]
    assert " to +0." in rows[-1]
    assert "│ 15 " in rows[-1]
    assert "Realignment index +0." in answer.out
    assert "15 stories of 6 independent origins in 56 days" in answer.out


def test_many_days_are_shown_by_week_and_those_without_evidence_say_so(desk: Terminal) -> None:
    answer = desk("index", *LAST)
    rows = [line for line in answer.out.splitlines() if line.startswith("│ 20")]
    assert "to 2026-02-18: not enough evidence" in rows[0]
    assert "│ 0–1 " in rows[0], "the stories of all these weeks"
    assert [row[2:12] for row in rows] == ["2025-12-10", "2026-02-25", "2026-03-04"]
    assert "not enough evidence: fewer than 8 stories or 4 independent origins" in answer.out


def test_it_is_readable_on_eighty_columns(desk: Terminal) -> None:
    answer = desk("index", "--days", "20", *LAST, width=80)
    lines = answer.out.splitlines()
    rows = [line for line in lines if line.startswith("│")]
    assert all(row.startswith("│ 2026-") for row in rows), "no cell is folded"
    assert "█" in rows[-1]
    assert max(map(len, rows)) <= 80


def test_an_archive_with_nothing_in_it_says_so(terminal: Terminal) -> None:
    answer = terminal("index", "--days", "3")
    assert answer.code == 0
    said = "Realignment index: not enough evidence: 0 stories in the window, 8 needed."
    assert said in answer.out
    assert "Rule realignment-index" not in answer.out
    latest = terminal("index", "--days", "1", "--json").json["days"][0]
    assert latest["value"] is latest["low"] is None
    assert latest["stories"] == 0


def test_a_program_gets_every_day_and_a_picture_is_drawn(desk: Terminal, tmp_path: Path) -> None:
    answer = desk("index", *LAST, "--json", "--plot", tmp_path / "index.png")
    assert answer.code == 0
    assert len(answer.json["days"]) == 90
    assert answer.json["days"][-1]["day"] == "2026-03-04"
    assert 0 < answer.json["days"][-1]["low"] < answer.json["days"][-1]["value"]
    assert answer.json["shifts"] == []
    assert (tmp_path / "index.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(one.name for one in tmp_path.glob("*.png")) == ["index.png"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--until", "soon"], 1, "--until soon: not a time; write 2026-03-04"),
        (["--until", "2999-01-01"], 1, "has not come yet; name today or an earlier day"),
        (["--plot", "/no/such/folder/a.png"], 1, "cannot be written"),
        (["--plot", "/etc/passwd/a.png"], 1, "cannot be written (Not a directory)"),
        (["--plot", "x" * 252 + ".png"], 1, "cannot be written (File name too long)"),
        (["--until", "0001-02-01"], 1, "too long ago; name a day after the year 1900"),
        (["--plot", "a.svg"], 2, "write a name that ends with .png"),
        (["--days", "0"], 2, "greater than or equal to 1"),
    ],
)
def test_mistakes_are_one_line_and_an_exit_code(
    desk: Terminal, words: list[str], code: int, said: str
) -> None:
    answer = desk("index", *words)
    assert answer.code == code
    assert said in " ".join(answer.err.replace("│", " ").split())


def test_a_configuration_with_a_mistake_ends_with_two(desk: Terminal) -> None:
    config = desk.root / "pivotwatch.toml"
    config.write_text("[alerts.index]\nthreshold = 2\n", encoding="utf-8")
    answer = desk("index")
    assert answer.code == 2
    assert len(answer.problems) == 1
    config.write_text(
        '[[alerts.rules]]\nname = "realignment-index"\nsignals = ["csto_snub"]\n', encoding="utf-8"
    )
    (problem,) = desk("index").problems
    assert "realignment-index" in problem
    assert "rename yours" in problem
