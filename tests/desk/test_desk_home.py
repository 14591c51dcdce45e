"""``init``, ``status``, ``feeds`` and ``labels``: what is kept, and how mistakes end."""

from __future__ import annotations

import json
import stat
import tomllib
from pathlib import Path

import pytest
from cli_kit import Terminal

CATALOGUE = """\
[[feed]]
url = "https://ararat.example/rss"
outlet = "Ararat “Wire” & Sons"
lang = "en"
kind = "wire"
family = "ararat"
country = "AM"
reliability = "B"

[[feed]]
url = "https://masis.example/feed.json"
outlet = "Մասիսի տարեգիր"
lang = "hy"
kind = "independent"
family = "masis"
country = "AM"
reliability = "C"
"""


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    path = tmp_path / "feeds.toml"
    path.write_text(CATALOGUE, encoding="utf-8")
    return path


def test_init_writes_a_commented_file_and_a_database_and_can_be_repeated(bare: Terminal) -> None:
    first = bare("init")
    config = bare.root / "pivotwatch.toml"
    assert first.code == 0
    assert str(config) in first.err
    text = config.read_text(encoding="utf-8")
    assert text.startswith("# pivotwatch's configuration")
    assert set(tomllib.loads(text)) >= {"alerts", "net", "feeds"}
    assert stat.S_IMODE(config.stat().st_mode) == 0o600, "it may hold secrets"
    assert (bare.root / "pivotwatch.db").is_file()

    config.write_text("[feeds]\ninterval = 7\n", encoding="utf-8")
    again = bare("init")
    assert again.code == 0
    assert "stays as it is" in again.err
    assert config.read_text(encoding="utf-8") == "[feeds]\ninterval = 7\n"


def test_status_says_what_there_is(terminal: Terminal, catalogue: Path) -> None:
    terminal("feeds", "import", catalogue)
    state = terminal("status", "--json").json
    assert (state["up"], state["ui"], state["model"]) == (False, None, None)
    assert (state["feeds"], state["feeds_failing"], state["articles"]) == (2, 0, 0)
    assert state["outbox"] == {"due": 0, "sent": 0, "dead": 0}
    assert "outbox" in terminal("status").out


@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("run", "--once"),
        ("up",),
        ("feeds", "list"),
        ("labels", "list"),
        ("alerts", "list"),
        ("digest",),
        ("train",),
        ("init",),
    ],
)
def test_a_wrong_configuration_ends_every_command_in_one_line(
    terminal: Terminal, words: tuple[str, ...]
) -> None:
    (terminal.root / "pivotwatch.toml").write_text("[feeds]\nparalel = 4\n", encoding="utf-8")
    answer = terminal(*words)
    assert answer.code == 2
    (line,) = answer.problems
    assert line.startswith(f"{terminal.root}/pivotwatch.toml: [feeds] paralel: unknown key; ")
    assert "did you mean parallel?" in line
    assert answer.out == ""


def test_before_init_a_command_says_what_to_run(bare: Terminal) -> None:
    answer = bare("status")
    assert answer.code == 2
    (line,) = answer.problems
    assert "pivotwatch init" in line
    assert not bare.root.exists()


def test_a_database_that_does_not_answer_is_one_line_without_its_password(
    terminal: Terminal,
) -> None:
    (terminal.root / "pivotwatch.toml").write_text(
        '[database]\nurl = "postgresql://watch:sesame-canary@127.0.0.1:1/x"\n', encoding="utf-8"
    )
    answer = terminal("status")
    assert answer.code == 1
    assert len(answer.problems) == 1
    assert "sesame-canary" not in answer.err


def test_a_command_that_is_not_complete_is_a_usage_error(terminal: Terminal) -> None:
    for words in (("run",), ("run", "--never"), ("fly",), ("feeds", "add"), ("score",)):
        answer = terminal(*words)
        assert answer.code == 2, words
        assert answer.err


@pytest.mark.parametrize("option", [(), ("--opml",)])
def test_feeds_survive_export_and_import(
    terminal: Terminal, catalogue: Path, tmp_path: Path, option: tuple[str, ...]
) -> None:
    first = terminal("feeds", "import", catalogue)
    assert (first.code, first.err.strip()) == (0, f"{catalogue}: 2 feeds, 2 of them new")
    assert terminal("feeds", "import", catalogue).err.strip().endswith("2 feeds, 0 of them new")
    before = terminal("feeds", "list", "--json").json
    assert [(f["outlet"], f["lang"], f["reliability"]) for f in before] == [
        ("Ararat “Wire” & Sons", "en", "B"),
        ("Մասիսի տարեգիր", "hy", "C"),
    ]

    exported = tmp_path / "exported"
    exported.write_text(terminal("feeds", "export", *option).out, encoding="utf-8")
    for feed in before:
        assert terminal("feeds", "remove", feed["url"]).code == 0
    assert terminal("feeds", "list", "--json").json == []
    assert terminal("feeds", "import", exported).code == 0
    assert [without_times(f) for f in terminal("feeds", "list", "--json").json] == [
        without_times(f) for f in before
    ]


def without_times(feed: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in feed.items() if key not in {"next_poll", "last_polled"}}


def test_one_feed_is_added_updated_and_removed(terminal: Terminal) -> None:
    url = "https://new.example/rss"
    words = ("feeds", "add", url, "--lang", "ru", "--outlet")
    assert "added" in terminal(*words, "Новая [bold]газета").err
    assert "updated" in terminal(*words, "Новейшая газета").err
    (feed,) = terminal("feeds", "list", "--json").json
    assert (feed["outlet"], feed["lang"], feed["last_polled"]) == ("Новейшая газета", "ru", None)
    table = terminal("feeds", "list").out
    assert url in table
    assert "never" in table
    assert terminal("feeds", "remove", url).code == 0
    again = terminal("feeds", "remove", url)
    assert again.code == 1
    assert again.problems == [f"{url}: no such feed; `pivotwatch feeds list` shows them"]
    bad = terminal("feeds", "add", "ftp://x.example/", "--outlet", "x", "--lang", "en")
    assert bad.code == 1
    assert bad.problems == [
        "ftp://x.example/: url = 'ftp://x.example/': is not an http or https address; "
        "write it in full"
    ]
    wrong = terminal(*words, "x", "--reliability", "Z", "--kind", "odd", "--lang", "russian")
    assert wrong.code == 1
    assert [line.split(" = ")[0] for line in wrong.problems] == [
        f"{url}: lang",
        f"{url}: kind",
        f"{url}: reliability",
    ]


def test_an_opml_without_languages_leaves_known_ones(terminal: Terminal, tmp_path: Path) -> None:
    url = "https://known.example/rss"
    terminal("feeds", "add", url, "--outlet", "Known", "--lang", "hy")
    path = tmp_path / "reader.opml"
    path.write_text(
        f'<opml version="2.0"><body><outline text="Known" xmlUrl="{url}"/>'
        '<outline text="New" xmlUrl="https://new.example/rss"/></body></opml>',
        encoding="utf-8",
    )
    assert terminal("feeds", "import", path).code == 0
    known, new = terminal("feeds", "list", "--json").json
    assert (known["lang"], new["lang"]) == ("hy", "und")


def test_a_bad_catalogue_has_a_line_for_each_mistake_and_adds_nothing(
    terminal: Terminal, tmp_path: Path
) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(
        '[[feed]]\nurl = "https://fine.example/rss"\noutlet = "Fine"\nlang = "en"\n'
        '[[feed]]\nurl = "gopher://x.example"\noutlet = "X"\nlang = "en"\n'
        '[[feed]]\nurl = "https://y.example/rss"\nlang = "en"\n',
        encoding="utf-8",
    )
    answer = terminal("feeds", "import", path)
    assert answer.code == 1
    assert len(answer.problems) == 2
    assert all(line.startswith(f"{path}: ") for line in answer.problems)
    assert "line 5" in answer.problems[0]
    assert "line 9" in answer.problems[1]
    assert terminal("feeds", "list", "--json").json == []
    gone = terminal("feeds", "import", tmp_path / "gone.toml")
    assert gone.code == 1
    assert len(gone.problems) == 1


def test_labels_are_added_listed_exported_and_imported(terminal: Terminal, tmp_path: Path) -> None:
    passage = "Armenia will not take part in the exercise, the ministry said."
    words = ("labels", "add", passage, "--signal", "csto_snub", "--direction", "away", "--by", "an")
    assert terminal(*words).code == 0
    quiet = terminal("labels", "add", "Снег закрыл дорогу на перевале.", "--by", "an")
    assert quiet.code == 0
    found = terminal("labels", "list", "--json").json
    assert [(x["text"], x["lang"], x["labels"], x["direction"], x["annotator"]) for x in found] == [
        (passage, "en", ["csto_snub"], "away", "an"),
        ("Снег закрыл дорогу на перевале.", "ru", [], "none", "an"),
    ]
    assert passage in terminal("labels", "list").out

    exported = terminal("labels", "export")
    assert exported.rows == found
    file = tmp_path / "labels.jsonl"
    file.write_text(exported.out, encoding="utf-8")
    other = Terminal(tmp_path / "other", terminal.patch, terminal.capture)
    other("init")
    assert other("labels", "import", file, "--by", "an").code == 0
    taken = other("labels", "list", "--json").json
    assert [(x["text"], x["labels"], x["direction"]) for x in taken] == [
        (x["text"], x["labels"], x["direction"]) for x in found
    ]


def test_a_bad_label_is_one_line_and_nothing_is_stored(terminal: Terminal, tmp_path: Path) -> None:
    unknown = terminal("labels", "add", "A passage of some words.", "--signal", "csto")
    assert unknown.code == 1
    (line,) = unknown.problems
    assert line.startswith("--signal csto: no such signal; the signals are arms_diversification, ")
    short = terminal("labels", "add", "a_nothing")
    assert short.code == 1
    assert len(short.problems) == 1

    good = {
        "id": "x-1",
        "text": "Armenia will stay away from the summit.",
        "lang": "en",
        "labels": ["csto_snub"],
        "direction": "away",
        "role": "news",
        "event": "x",
        "source": {"document": "x"},
        "split": "train",
    }
    file = tmp_path / "labels.jsonl"
    bad = [good, good | {"id": "x-2", "labels": ["snub"]}, good | {"id": "x-3", "lang": "ru"}]
    file.write_text("".join(json.dumps(row) + "\n" for row in bad), encoding="utf-8")
    answer = terminal("labels", "import", file)
    assert answer.code == 1
    assert [line.partition(": ")[0] for line in answer.problems] == [f"{file}:2", f"{file}:3"]
    assert terminal("labels", "list", "--json").json == []
