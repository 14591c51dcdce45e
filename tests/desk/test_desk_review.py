"""``review``: what is offered, what keys do, what is kept; in a real terminal and without one."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cli_kit import Terminal
from newsroom_kit import new_home

from archive import Archive, articles, ids, labels, reviews, scores, upgrade
from archive.types import Article, Direction, Label
from classifiers import Choice, Model, current_model
from classifiers.selection import Why
from desk.review_card import listing, one_line, reason
from desk.review_command import prospect
from desk.review_offer import Offer, Wanted, offers
from desk.review_session import Session
from flows.cycle import clock
from flows.home import Home

SNUB = "Armenia will not take part in the CSTO summit in Minsk, the foreign ministry said."
STORIES = [
    ("en", "Yerevan skips the CSTO summit", SNUB + "\nThe chair was declined, too."),
    ("ru", "Россия запретила ввоз молока", "Россия запретила ввоз молочной продукции из Армении."),
    ("hy", "Վարչապետը մեկնեց Մոսկվա", "Վարչապետը Մոսկվայում կքննարկի առևտուրը Ռուսաստանի հետ։"),
    ("en", "US troops drill in Armenia", "Armenian and US soldiers began a joint drill in Zar."),
    ("en", "Theatre opens in Gyumri", "A new theatre opened in Gyumri on Sunday with a comedy."),
    ("ru", "Снег на перевале", "Снег закрыл дорогу на перевале, грузовики ждут."),
    ("en", "Chess club wins", "The chess club of Vanadzor won the league for the third time."),
    ("hy", "Խաղողի բերքը", "Այս տարի խաղողի բերքն ավելի լավն է, ասում են գյուղացիները։"),
]


def make_article(at: int, lang: str, title: str, text: str) -> Article:
    url = f"https://outlet.example/{at}"
    now = clock()
    return Article(
        id=ids.article_id(url),
        url=url,
        title=title,
        text=text,
        lang=lang,
        outlet="Outlet",
        published=now - timedelta(hours=at),
        first_seen=now,
        content_hash=ids.content_hash(title, text),
    )


ARTICLES = [make_article(at, *story) for at, story in enumerate(STORIES)]


@pytest.fixture(scope="module")
def model(trained: Path) -> Model:
    found = current_model(trained)
    assert found is not None
    return found


def fill(archive: Archive, model: Model, found: list[Article]) -> None:
    upgrade(archive)
    with archive.write() as connection:
        for one in found:
            articles.put(connection, one)
        scores.save(connection, model.score(found), clock())


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, trained: Path, model: Model) -> Home:
    """A home with a model and scored articles that nobody has judged; read it only."""
    home = new_home(tmp_path_factory.mktemp("review") / "home", trained)
    fill(Archive(f"sqlite:///{home.database}"), model, ARTICLES)
    return home


@pytest.fixture
def desk(bare: Terminal, filled: Home) -> Terminal:
    return Terminal(filled.root, bare.patch, bare.capture)


def stored(archive: Archive) -> list[Label]:
    with archive.read() as connection:
        return labels.every(connection)


Review = Callable[..., Session]


@pytest.fixture
def review(
    archive: Archive, model: Model, capsys: pytest.CaptureFixture[str], request: object
) -> Review:
    """Run a session on the first articles, in their order, with the keys that are named."""
    fill(archive, model, ARTICLES)
    found = [
        Offer(one, score, Choice(one.id, Why.NEAR, "csto_snub", 1.0), one.id)
        for one, score in zip(ARTICLES[:3], model.score(ARTICLES[:3]), strict=True)
    ]

    def run(*sent: str | type[BaseException], by: str = "ann", chosen: object = None) -> Session:
        keys = iter(sent)

        def read_key() -> str:
            key = next(keys, "q")
            if isinstance(key, str):
                return key
            raise key

        session = Session(
            archive,
            chosen or found,  # type: ignore[arg-type]
            model.signals,
            dict(model.thresholds),
            by,
            read_key,
        )
        session.run()
        return session

    return run


def test_the_choice_can_be_listed_without_a_terminal(desk: Terminal, model: Model) -> None:
    rows = desk("review", "--n", "5", "--json").json
    assert len(rows) == 5
    assert {row["why"] for row in rows} <= {"near", "above", "below"}
    assert all(0 < row["chance"] <= 1 and row["model"] == model.id for row in rows)
    assert set(rows[0]) >= {"url", "title", "lang", "date", "story", "signals", "evidence"}
    assert desk("review", "--n", "5", "--json").json == rows, "the same day, the same choice"
    shown = desk("review", "--n", "5", "--list")
    assert shown.code == 0
    assert all(row["id"] in shown.out for row in rows)
    assert {row["lang"] for row in desk("review", "--lang", "hy", "--json").json} == {"hy"}
    only = desk("review", "--signal", "csto_snub", "--json").json
    assert {row["signal"] for row in only} == {"csto_snub"}
    assert len(desk("review", "--json").json) == len(ARTICLES)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ((), "review asks by key press and needs a terminal; --list shows the choice"),
        (("--list", "--signal", "csto"), "--signal csto: no such signal; the signals are arms_"),
        (("--list", "--lang", "\udcff"), "--lang '\\udcff': not a language code; write"),
        (("--list", "--by", "a\nb"), "--by: say who judges, in 1 to 100 letters"),
        (("--list", "--by", "\udcff"), "--by: say who judges, in 1 to 100 letters"),
    ],
)
def test_a_wrong_command_line_is_one_line(
    desk: Terminal, words: tuple[str, ...], line: str
) -> None:
    answer = desk("review", *words)
    assert answer.code == 2
    assert len(answer.problems) == 1
    assert answer.problems[0].startswith(line)
    assert desk("review", "--list", "--n", "0").code == 2


def test_y_and_n_become_labels_with_who_and_when(review: Review, archive: Archive) -> None:
    before = clock()
    session = review("y", "n", "s")
    yes, no = stored(archive)
    assert (yes.article_id, yes.annotator, yes.source) == (ARTICLES[0].id, "ann", "review")
    assert yes.text == f"Yerevan skips the CSTO summit. {SNUB}"
    assert "csto_snub" in yes.labels
    assert yes.direction is Direction.AWAY
    assert before <= yes.at <= clock()
    assert (no.article_id, no.labels, no.direction, no.lang) == (
        *(ARTICLES[1].id, ()),
        *(Direction.NONE, "ru"),
    )
    assert session.outcomes() == {
        ("near", "relevant"): 1,
        ("near", "not relevant"): 1,
        ("near", "skipped"): 1,
    }


def test_keys_mark_signals_and_turn_the_direction(
    review: Review, archive: Archive, model: Model, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = model.codes
    proposed = {c for c, p in model.score(ARTICLES[:1])[0].signals.items()
                if p >= model.thresholds[c]}  # fmt: skip
    review("0", "-", "yyy", "m", "\x1b[A", "é", "?", "y", "q")
    (label,) = stored(archive)
    assert set(label.labels) == proposed ^ {codes[9], codes[10]}
    assert list(label.labels) == [c for c in codes if c in label.labels]
    assert label.direction is Direction.MIXED
    said = capsys.readouterr().out
    assert said.count("no such key; ? shows them") == 3
    assert "back to the last one" in said


def test_relevant_needs_a_signal_and_a_direction(
    review: Review, archive: Archive, model: Model, capsys: pytest.CaptureFixture[str]
) -> None:
    dull = ARTICLES[4]
    offer = Offer(dull, model.score([dull])[0], Choice(dull.id, Why.BELOW, "icc", 0.04), dull.id)
    review("y", "1", "y", "a", "y", chosen=[offer])
    review("1", "t", "t", "y", by="bob", chosen=[offer])
    said = capsys.readouterr().out
    assert "no signal is marked; mark one with its key, or press n" in said
    assert "no direction is set; press a, t or m, or one of them twice for none" in said
    assert "drawn with chance 0.04" in said
    assert {(one.annotator, *one.labels, one.direction) for one in stored(archive)} == {
        ("ann", model.codes[0], Direction.AWAY),
        ("bob", model.codes[0], Direction.NONE),
    }


def test_undo_takes_the_last_step_back(
    review: Review, archive: Archive, capsys: pytest.CaptureFixture[str]
) -> None:
    session = review("u", "n", "s", "u", "u", "q")
    assert "nothing to undo" in capsys.readouterr().out
    assert stored(archive) == []
    assert not session.outcomes()
    review("n", "n", "n", "u", "q")
    assert len(stored(archive)) == 2, "the very last one, too"


def test_judging_again_replaces_and_undo_restores_what_was_there(
    review: Review, archive: Archive
) -> None:
    review("y", "q")
    (first,) = stored(archive)
    review("n", "q", by="bob")
    review("n", "u", "q")
    assert first in stored(archive)
    review("n", "q")
    found = stored(archive)
    assert len(found) == 2
    assert all(one.labels == () for one in found)


@pytest.mark.parametrize("leave", [KeyboardInterrupt, EOFError, OSError, "", "q"])
def test_leaving_in_any_way_keeps_what_was_judged(
    review: Review, archive: Archive, leave: str | type[BaseException]
) -> None:
    session = review("n", leave)
    assert len(stored(archive)) == 1
    assert sum(session.outcomes().values()) == 1


def test_the_full_text_is_paged(
    review: Review,
    archive: Archive,
    model: Model,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from desk import console

    monkeypatch.setattr(console.out, "width", 80)
    monkeypatch.setattr(console.out, "height", 12)
    text = SNUB + "\n" + "\n".join(f"Line {at} of the report." for at in range(3000))
    long = replace(ARTICLES[0], text=text)
    offer = Offer(long, model.score([long])[0], Choice(long.id, Why.NEAR, "x", 1.0), long.id)
    review("f", " ", "q", "f", "q", "q", chosen=[offer])
    said = capsys.readouterr().out
    assert said.count("— any key: more; q: back —") == 3
    assert "Line 15 " in said
    assert "Line 40 " not in said[said.index("Line 15 ") :]
    assert len(said) < 12_000


def test_text_from_outside_cannot_act_on_the_terminal(
    review: Review, archive: Archive, model: Model, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e[bold red]\ud800"
    text = evil + SNUB + evil + "\n" + evil
    bad = replace(
        ARTICLES[0], title=evil + "Title", text=text, outlet=evil, url="https://x/" + evil
    )
    offer = Offer(bad, model.score([bad])[0], Choice(bad.id, Why.NEAR, "x", 1.0), bad.id)
    review("f", "s", chosen=[offer])
    from desk.console import out

    out.print(listing([offer]))
    said = capsys.readouterr().out
    assert not set(said) & set("\x1b\x07\x9b\u202e\ud800")
    assert "[bold red]" in said, "shown as it is, not as markup"
    assert one_line(evil * 1000, 50) == one_line(evil * 1000)[:50].rstrip()


def test_nobody_is_asked_twice_and_a_story_is_offered_once(archive: Archive, model: Model) -> None:
    copy = replace(ARTICLES[0], id="a_copy", url="https://x.example/", origin=ARTICLES[0].id)
    fill(archive, model, [*ARTICLES, copy])
    today = clock().date()

    def ids_of(by: str | None = None, **wish: object) -> set[str]:
        wanted = Wanted(50, 30, judged_by_others=by, **wish)  # type: ignore[arg-type]
        return {one.article.id for one in offers(archive, model, wanted, today)}

    assert len(ids_of()) == len(ARTICLES)
    with archive.write() as connection:
        for one in (copy, ARTICLES[5]):
            reviews.judge(connection, Label(
                one.id, one.id, one.title, "en", (), Direction.NONE, "bob", "review", clock()
            ))  # fmt: skip
    assert ids_of() == {one.id for one in ARTICLES} - {ARTICLES[0].id, ARTICLES[5].id}
    assert ids_of("bob") == ids_of()
    assert len(ids_of("ann")) == len(ARTICLES)
    assert ids_of(lang="hy") == {ARTICLES[2].id, ARTICLES[7].id}


def test_what_another_model_scored_is_scored_anew_and_not_stored(
    archive: Archive, model: Model
) -> None:
    fill(archive, model, ARTICLES)
    wanted, today = Wanted(6, 30), clock().date()
    expected = offers(archive, model, wanted, today)
    with archive.write() as connection:
        wrong = [
            replace(s, model_id="m_old", relevance=0.5, evidence=()) for s in model.score(ARTICLES)
        ]
        scores.save(connection, wrong, clock() + timedelta(minutes=1))
    assert offers(archive, model, wanted, today) == expected
    with archive.read() as connection:
        kept = scores.latest(connection, [one.id for one in ARTICLES])
    assert {one.model_id for one in kept.values()} == {"m_old"}


def test_an_empty_archive_has_nothing_to_review(archive: Archive, model: Model) -> None:
    assert offers(archive, model, Wanted(20, 30), clock().date()) == []


@pytest.mark.parametrize(
    ("done", "said"),
    [
        (29, "from 30 on they calibrate the probabilities (1 to go)"),
        (30, "they calibrate the probabilities, well from 120 on (90 to go)"),
        (120, "they calibrate the probabilities well; all is learnt"),
    ],
)
def test_the_prospect_says_what_reviews_are_good_for(done: int, said: str) -> None:
    assert said in prospect(done)


def test_a_reason_names_share_signal_and_chance() -> None:
    assert reason(Choice("a", Why.NEAR, "relevance", 1.0)) == "near the threshold (relevance)"
    drawn = Choice("a", Why.BELOW, "public_rift", 0.0312)
    assert reason(drawn) == "below the thresholds (public_rift), drawn with chance 0.031"


class Screen:
    """``pivotwatch`` in a pseudo-terminal: what it shows, and keys for it."""

    def __init__(self, home: Path, *words: str) -> None:
        self.master, slave = os.openpty()
        termios.tcsetwinsize(slave, (40, 120))
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PIVOTWATCH_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "desk.main", *words],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment | {"PIVOTWATCH_HOME": str(home), "TERM": "xterm"},
            cwd=Path(__file__).parents[2],
            start_new_session=True,
        )
        self.slave = slave
        self.seen = ""

    def until(self, wanted: str, seconds: float = 60) -> str:
        """Return what is shown up to and with ``wanted``, and forget it."""
        end = time.monotonic() + seconds
        while not (match := re.search(wanted, self.seen)):
            assert time.monotonic() < end, self.seen
            if select.select([self.master], [], [], 0.1)[0]:
                self.seen += os.read(self.master, 65536).decode("utf-8", "replace")
        shown, self.seen = self.seen[: match.end()], self.seen[match.end() :]
        return shown

    def press(self, key: str) -> None:
        """Press a key once one is awaited; what is typed before is dropped."""
        end = time.monotonic() + 10
        while termios.tcgetattr(self.slave)[3] & termios.ICANON:
            assert time.monotonic() < end
            time.sleep(0.01)
        os.write(self.master, key.encode())

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def screen(trained: Path, tmp_path: Path, model: Model) -> Iterator[tuple[Screen, Archive]]:
    home = new_home(tmp_path / "home", trained)
    archive = Archive(f"sqlite:///{home.database}")
    fill(archive, model, ARTICLES)
    opened = Screen(home.root, "review", "--n", "4", "--by", "ann")
    yield opened, archive
    opened.close()
    archive.close()


PROMPT = "q quit · \\? "


def test_a_session_in_a_real_terminal(screen: tuple[Screen, Archive]) -> None:
    shown, archive = screen
    first = shown.until(PROMPT)
    assert "1 of 4" in first
    assert "csto_snub" in first
    shown.press("n")
    assert "2 of 4" in shown.until(PROMPT)
    assert len(stored(archive)) == 1, "stored before the next key"
    shown.press("\x1b[B")
    assert "no such key" in shown.until(PROMPT)
    shown.press("u")
    assert "1 of 4" in shown.until(PROMPT)
    assert stored(archive) == []
    shown.press("s")
    assert "2 of 4" in shown.until(PROMPT)
    shown.press("n")
    assert "3 of 4" in shown.until(PROMPT)
    shown.press("\x03")
    end = shown.until("retraining")
    assert "1 judged: 0 relevant, 1 not; 1 skipped" in end
    assert "reviewed articles: 1 in all" in end
    assert "29 to go" in " ".join(end.split())
    assert shown.process.wait(30) == 0
    assert len(stored(archive)) == 1
    assert termios.tcgetattr(shown.slave)[3] & termios.ECHO, "the terminal is as it was"
