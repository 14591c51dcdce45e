"""``labels import|export`` in four dialects, ``seeds check|import``, ``lexicon gaps``."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from cli_kit import Terminal
from newsroom_kit import REPOSITORY

from archive import Archive, articles, scores
from archive.types import Article, Direction, Score
from desk import documents
from desk.console import bars

SEEDS = REPOSITORY / "seeds"
PASSAGE = "Armenia will not take part in the exercise, the ministry said."
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def judged(terminal: Terminal) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = terminal("labels", "list", "--json").json
    return found


def other_home(terminal: Terminal, folder: Path) -> Terminal:
    other = Terminal(folder, terminal.patch, terminal.capture)
    assert other("init").code == 0
    return other


@pytest.fixture
def labelled(terminal: Terminal) -> Terminal:
    words = ("--signal", "csto_snub", "--signal", "public_rift", "--direction", "away")
    terminal("labels", "add", PASSAGE, *words, "--by", "Անի")
    terminal("labels", "add", PASSAGE, "--by", "bab")
    terminal("labels", "add", "Снег закрыл дорогу на перевале.", "--by", "bab")
    return terminal


@pytest.mark.parametrize("dialect", ["pivotwatch", "prodigy", "doccano", "label-studio"])
def test_labels_travel_in_every_dialect(labelled: Terminal, tmp_path: Path, dialect: str) -> None:
    exported = labelled("labels", "export", "--format", dialect)
    assert exported.code == 0
    file = tmp_path / "labels.out"
    file.write_text(exported.out, encoding="utf-8")
    other = other_home(labelled, tmp_path / "other")
    first = other("labels", "import", file)
    assert f"{file} ({dialect}): 3 labels, 3 of them new\n" in first.err
    assert judged(other) == judged(labelled)
    again = other("labels", "import", file, "--format", dialect)
    assert f"{file} ({dialect}): 3 labels, 0 of them new, 3 known\n" in again.err
    assert judged(other) == judged(labelled)


def test_label_studio_gets_one_list_and_the_others_lines(labelled: Terminal) -> None:
    assert len(labelled("labels", "export", "--format", "label-studio").json) == 3
    assert len(labelled("labels", "export", "--format", "doccano").rows) == 3
    assert labelled("labels", "export", "--format", "csv").code == 2


def test_a_later_judgement_replaces_and_an_earlier_does_not(
    terminal: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "labels.jsonl"

    def imported(at: str, *codes: str) -> str:
        row = {"text": PASSAGE, "annotator": "ani", "labels": codes, "at": at, "role": "news"}
        file.write_text(json.dumps(row), encoding="utf-8")
        return terminal("labels", "import", file).err

    assert "1 labels, 1 of them new" in imported("2024-02-02T00:00:00Z", "csto_snub")
    assert "0 of them new, 1 older" in imported("2024-01-01T00:00:00Z", "public_rift")
    assert judged(terminal)[0]["labels"] == ["csto_snub"]
    assert "0 of them new, 1 changed" in imported("2024-03-03T00:00:00Z", "public_rift")
    assert judged(terminal)[0]["labels"] == ["public_rift"]
    assert judged(terminal)[0]["at"] == "2024-03-03T00:00:00+00:00"
    assert "note: 1 with a signal say no direction" in imported("2024-04-04T00:00:00Z", "csto_snub")


def test_an_undated_judgement_does_not_replace_and_articles_are_kept(
    terminal: Terminal, tmp_path: Path
) -> None:
    with closing(Archive(f"sqlite:///{terminal.root}/pivotwatch.db")) as archive:
        store_articles(archive)
    terminal("labels", "add", "a_0", "--signal", "csto_snub", "--by", "ani")
    (before,) = judged(terminal)
    assert before["article"] == "a_0"
    file = tmp_path / "labels.jsonl"
    row = {key: before[key] for key in ("text", "annotator", "role", "direction")}
    row |= {"labels": ["public_rift"]}
    file.write_text(json.dumps(row), encoding="utf-8")
    assert "1 labels, 0 of them new, 1 older" in terminal("labels", "import", file).err
    assert judged(terminal) == [before]
    file.write_text(json.dumps(row | {"at": "2100-01-01T00:00:00Z"}), encoding="utf-8")
    assert "1 changed" in terminal("labels", "import", file).err
    (after,) = judged(terminal)
    assert (after["labels"], after["article"]) == (["public_rift"], "a_0")


def test_passages_that_a_label_cannot_hold_are_said(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "passages.jsonl"
    row = {"text": PASSAGE, "labels": [], "role": "news", "split": "train", "event": "a-document"}
    rows = [row, row | {"split": "test"}, row | {"role": "hard_negative"}]
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    answer = terminal("labels", "import", file)
    assert "1 labels, 1 of them new; skipped 2 meant for a corpus\n" in answer.err
    assert "note: 2 have a role other than news or a split other than train" in answer.err
    assert "put them into passages/ of your corpus\n" in answer.err
    assert "note: 1 name an event" in answer.err
    assert "their events are not kept; put files with events into passages/" in answer.err
    assert len(judged(terminal)) == 1


def test_a_known_id_on_another_text_changes_nothing(labelled: Terminal, tmp_path: Path) -> None:
    before = judged(labelled)
    file = tmp_path / "labels.jsonl"
    row = before[0] | {"text": "Something else altogether was said.", "annotator": "eve"}
    file.write_text(json.dumps(row), encoding="utf-8")
    assert "1 of them new" in labelled("labels", "import", file).err
    after = judged(labelled)
    assert [one for one in after if one["annotator"] != "eve"] == before
    assert len({one["id"] for one in after}) == 4


def test_by_and_what_is_skipped_is_said(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "news.jsonl"
    tasks = [
        {"text": PASSAGE, "accept": ["csto_snub"], "answer": "accept", "_annotator_id": "x"},
        {"text": "Snow fell.", "accept": [], "answer": "ignore"},
    ]
    file.write_text("\n".join(map(json.dumps, tasks)), encoding="utf-8")
    answer = terminal("labels", "import", file, "--by", "ani")
    assert "(prodigy): 1 labels, 1 of them new; skipped 1 ignored" in answer.err
    assert judged(terminal)[0]["annotator"] == "ani"


def test_a_faulty_file_imports_nothing(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "tasks.json"
    task = {"data": {"text": PASSAGE}, "annotations": [{"result": []}]}
    file.write_text(json.dumps([task, {"id": 2}, {"id": 3}]), encoding="utf-8")
    answer = terminal("labels", "import", file)
    assert answer.code == 1
    assert [line[: len(f"{file}: task 2: ")] for line in answer.problems] == [
        f"{file}: task 2: ",
        f"{file}: task 3: ",
    ]
    assert judged(terminal) == []


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A corpus of the first English passages."""
    folder = tmp_path / "seeds"
    shutil.copytree(SEEDS, folder, ignore=shutil.ignore_patterns("ru.*", "hy.*"))
    for path in folder.glob("passages/*.jsonl"):
        kept = path.read_text(encoding="utf-8").splitlines(keepends=True)[:3]
        path.write_text("".join(kept), encoding="utf-8")
    return folder


def add_passage(folder: Path, **changes: object) -> None:
    file = folder / "passages" / "en.csto_snub.jsonl"
    first = json.loads(file.read_text(encoding="utf-8").partition("\n")[0])
    with file.open("a", encoding="utf-8") as end:
        end.write(json.dumps(first | changes) + "\n")


def test_seeds_check_shows_the_balance_and_notes(bare: Terminal, small: Path) -> None:
    answer = bare("seeds", "check", "--seeds", small)
    assert answer.code == 0
    assert "hard_negative" in answer.out
    assert "note: ru: 0 background passages; write 60 more\n" in answer.out
    assert "0 faults" in answer.err
    assert not bare.root.exists()


def test_seeds_check_names_faults_and_fails(bare: Terminal, small: Path) -> None:
    add_passage(small, id="copy", event="copy")
    answer = bare("seeds", "check", "--seeds", small)
    assert answer.code == 1
    (line,) = answer.problems
    assert "copy say the same on two events" in line
    report = bare("seeds", "check", "--seeds", small, "--json")
    assert report.code == 1
    assert set(report.json) == {"passages", "balance", "faults", "notes"}
    assert report.json["faults"] == [
        {"kind": "copy", "passages": [line.split()[0], "copy"], "message": line}
    ]
    assert report.json["balance"][0].keys() == {"signal", "role", "en", "ru", "hy"}


def test_seeds_check_of_a_corpus_that_does_not_load(bare: Terminal, small: Path) -> None:
    add_passage(small, labels=["nato"])
    answer = bare("seeds", "check", "--seeds", small)
    assert answer.code == 1
    assert len(answer.problems) == 1 + 1  # the id is there already, too
    report = bare("seeds", "check", "--seeds", small, "--json")
    assert report.code == 1
    assert [one["message"] for one in report.json["faults"]] == answer.problems
    assert {one["kind"] for one in report.json["faults"]} == {"form"}


def test_seeds_check_compares_with_the_originals(
    bare: Terminal, small: Path, tmp_path: Path
) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "paper.md").write_text(
        "# A paper\n\nThe *bloc* has failed its [smallest member](http://e.org) at every\n"
        "turn since the war began.\n",
        encoding="utf-8",
    )
    text = "Critics say the bloc has failed its smallest member at every turn since the war."
    assert bare("seeds", "check", "--seeds", small, "--originals", papers).code == 0
    add_passage(small, id="borrowed", event="borrowed", text=text)
    answer = bare("seeds", "check", "--seeds", small, "--originals", papers)
    assert answer.code == 1
    assert answer.problems[0].startswith("borrowed: as in paper.md: “the bloc has failed its")
    gone = bare("seeds", "check", "--seeds", small, "--originals", tmp_path / "gone")
    assert gone.code == 1
    assert "no such folder" in gone.problems[0]


ARTICLE = (
    "Armenia will not take part in the CSTO exercise in Kyrgyzstan this autumn, the defence "
    "ministry in Yerevan said on Monday, and gave no reason for it."
)
PAGE = (
    "<html><head><title>Fruit</title></head><body><article><p>Russia's food safety agency banned "
    "apricots and tomatoes from Armenia after the prime minister's trip to Brussels.</p><p>The "
    "agency gave no date on which the ban on Armenian fruit would end, and the ministry in Yerevan "
    "called it political pressure by Moscow.</p></article></body></html>"
)


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    (folder / "more").mkdir(parents=True)
    (folder / "wrapped.txt").write_text(ARTICLE.replace("defence ", "defence\n"), encoding="utf-8")
    (folder / "page.html").write_text(PAGE, encoding="utf-8")
    russian = "Армения отказалась подписать декларацию саммита ОДКБ, заявил премьер Никол Пашинян."
    (folder / "old.txt").write_bytes(f"{russian}\n".encode("cp1251"))
    line = {
        "id": "7",
        "text": "Armenia froze its participation in the CSTO, Pashinyan told France.",
    }
    (folder / "more" / "articles.jsonl").write_text(json.dumps(line), encoding="utf-8")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    return folder


def test_seeds_import_proposes_passages_of_all_kinds_of_files(
    clever: Terminal, papers: Path
) -> None:
    answer = clever("seeds", "import", papers)
    assert answer.code == 0
    by_source = {row["proposed"]["from"]: row for row in answer.rows}
    assert set(by_source) == {"wrapped.txt", "page.html", "old.txt", "more/articles.jsonl:7"}
    assert by_source["wrapped.txt"]["text"] == ARTICLE
    assert by_source["old.txt"]["lang"] == "ru"
    row = by_source["wrapped.txt"]
    assert (row["labels"], row["direction"], row["split"]) == (None, None, "train")
    assert "csto_snub" in row["proposed"]["labels"]
    assert "4 documents: " in answer.err
    assert len(answer.err.splitlines()) == 1


def test_seeds_import_goes_on_after_a_bad_file_and_writes_a_new_file(
    clever: Terminal, papers: Path, tmp_path: Path
) -> None:
    (papers / "page.html").unlink()
    (papers / "binary.txt").write_bytes(b"\x00\x01\x02")
    (papers / "broken.jsonl").write_text("{nothing", encoding="utf-8")
    (papers / "empty.md").write_text("", encoding="utf-8")
    file = tmp_path / "mine.jsonl"
    answer = clever("seeds", "import", papers, "--out", file, "--limit", "1")
    assert answer.code == 1
    assert answer.out == ""
    assert [line.partition(": ")[0] for line in answer.problems] == [
        f"{papers}/binary.txt",
        f"{papers}/broken.jsonl:1",
        f"{papers}/empty.md",
    ]
    assert len(file.read_text(encoding="utf-8").splitlines()) == 1
    assert f"1 passages proposed in {file}" in answer.err
    again = clever("seeds", "import", papers, "--out", file)
    assert again.problems == [f"{file}: exists, and may hold your labels; name a new file"]
    assert clever("labels", "import", file).err.endswith("0 of them new; skipped 1 unanswered\n")


def test_a_document_of_many_wrapped_lines_is_joined_fast(tmp_path: Path) -> None:
    line = "x" * 49 + "y"
    (tmp_path / "long.txt").write_text(f"{line}\n" * 98_000, encoding="utf-8")
    start = process_time()
    with bars() as shown:
        read = documents.read_documents(tmp_path, shown)
    assert process_time() - start < 3
    assert read.found[0].text.startswith(f"{line} {line} {line}")


def test_documents_are_bounded_in_all_and_markdown_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "MOST_IN_ALL", 2_000_000)
    (tmp_path / "a.md").write_text("x" * 1_000_001, encoding="utf-8")
    for name in "bcde":
        (tmp_path / f"{name}.txt").write_text("x" * 900_000, encoding="utf-8")
    with bars() as shown:
        read = documents.read_documents(tmp_path, shown)
    assert [one.name for one in read.found] == ["b.txt", "c.txt"]
    large, reached = read.faults
    assert large == f"{tmp_path}/a.md: larger than 1 MB; split it"
    assert reached.startswith(f"{tmp_path}/d.txt: over 2 MB in all")


@pytest.mark.parametrize(("name", "words"), [("gone", "no such folder"), ("", "no .txt")])
def test_seeds_import_of_nothing_is_one_line(
    bare: Terminal, tmp_path: Path, name: str, words: str
) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    answer = bare("seeds", "import", folder / name)
    assert answer.code == 1
    assert len(answer.problems) == 1
    assert words in answer.problems[0]


def test_lexicon_gaps_of_a_labelled_file(bare: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "articles.jsonl"
    rows = [
        {"id": str(at), "text": f"The visit of Zorro Quux to Yerevan ended on day {at}.", **more}
        for at, more in enumerate([{"relevant": True}] * 3 + [{"relevant": False}] * 2)
    ]
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (gap,) = bare("lexicon", "gaps", file, "--json").json
    assert (gap["name"], gap["lang"], gap["articles"]) == ("Zorro Quux", "en", 3)
    assert [set(one) for one in gap["examples"]] == [{"surface", "quote", "article", "outlet"}] * 3
    assert "Zorro Quux" in bare("lexicon", "gaps", file).out
    assert bare("lexicon", "gaps", file, "--min", "4", "--json").json == []
    gone = bare("lexicon", "gaps", tmp_path / "gone")
    assert gone.code == 1
    assert len(gone.problems) == 1


def test_lexicon_gaps_scores_what_nobody_has_judged(clever: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "articles.jsonl"
    rows = [
        {"id": "1", "text": f"{ARTICLE} Its envoy Zorro Quux stayed away."},
        {"id": "2", "text": "The bakery of Foo Barbaz sells eleven kinds of bread and of cake."},
    ]
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    names = [gap["name"] for gap in clever("lexicon", "gaps", file, "--min", "1", "--json").json]
    assert names == ["Zorro Quux"]


def store_articles(archive: Archive) -> None:
    """Store three articles, each scored by two models one after the other."""
    for number, (before, now) in enumerate([(0.1, 0.9), (0.9, 0.2), (0.6, 0.6)]):
        when = NOON + timedelta(days=number)
        one = Article(
            id=f"a_{number}",
            url=f"https://example.org/{number}",
            title="",
            text="The visit of Zorro Quux to Yerevan is over.",
            lang="en",
            outlet="Ararat",
            published=when,
            first_seen=when,
        )
        with archive.write() as connection:
            articles.put(connection, one)
            for hour, relevance in enumerate((before, now)):
                score = Score(one.id, 1, f"m_{hour}", "en", relevance, Direction.AWAY, {})
                scores.save(connection, [score], NOON + timedelta(hours=hour))


def test_the_last_score_decides_what_is_relevant(any_archive: Archive) -> None:
    store_articles(any_archive)
    with any_archive.read() as connection:
        assert [a.id for a in articles.relevant(connection, 0.5, 9)] == ["a_0", "a_2"]
        assert [a.id for a in articles.relevant(connection, 0.5, 1)] == ["a_2"]
        assert articles.relevant(connection, 0.95, 9) == []


def test_lexicon_gaps_of_the_archive(terminal: Terminal) -> None:
    nothing = terminal("lexicon", "gaps")
    assert nothing.code == 0
    assert "no relevant article is stored yet" in nothing.err
    with closing(Archive(f"sqlite:///{terminal.root}/pivotwatch.db")) as archive:
        store_articles(archive)
    (gap,) = terminal("lexicon", "gaps", "--min", "2", "--json").json
    assert gap["articles"] == 2
    assert gap["examples"][0]["outlet"] == "Ararat"


def test_lexicon_gaps_without_a_home_says_what_to_do(bare: Terminal) -> None:
    answer = bare("lexicon", "gaps")
    assert answer.code == 1
    assert "name a FILE" in answer.problems[0]
