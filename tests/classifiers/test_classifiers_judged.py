"""What an evaluation counts, and corpus lines of the wrong shape."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from classifiers import CorpusError, Model, evaluate, load_signals, read_articles, read_passages

SEEDS = Path(__file__).parents[2] / "seeds"
TEXTS = {
    "yes": "Armenia will not take part in the CSTO exercise, the defence ministry in Yerevan said.",
    "no": "The chess school in Vanadzor has opened a second hall for its pupils.",
}


def lines(*records: dict[str, object]) -> io.StringIO:
    return io.StringIO("\n".join(json.dumps({"text": TEXTS["yes"]} | r) for r in records))


def test_lines_that_say_nothing_are_left_out(model: Model) -> None:
    judged = (
        {"id": "1", "labels": ["csto_snub"]},
        {"id": "2", "text": TEXTS["no"], "labels": []},
    )
    alone = evaluate(model, list(read_articles(lines(*judged), "f")))
    mixed = evaluate(model, list(read_articles(lines(*judged, {"id": "3"}), "f")))
    assert mixed == alone
    with pytest.raises(CorpusError, match="no judged articles"):
        evaluate(model, list(read_articles(lines({"id": "3"}), "f")))


def test_a_relevant_line_without_labels_is_no_negative_of_any_signal(model: Model) -> None:
    given = lines(
        {"id": "1", "labels": ["csto_snub"]},
        {"id": "2", "relevant": True},
        {"id": "3", "text": TEXTS["no"], "relevant": False},
    )
    report = evaluate(model, list(read_articles(given, "f")))
    (figure,) = (s for s in report.signals if s.code == "csto_snub")
    assert (report.n, figure.n, figure.ap) == (3, 1, 1.0)


@pytest.mark.parametrize(
    "changes",
    [
        {"labels": [["csto_snub"]]},
        {"labels": [{}]},
        {"event": "\ud800"},
    ],
)
def test_a_passage_of_the_wrong_shape_is_one_line(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    first = (SEEDS / "passages" / "en.csto_snub.jsonl").read_text(encoding="utf-8").split("\n")[0]
    path = tmp_path / "p.jsonl"
    path.write_text(json.dumps(json.loads(first) | changes) + "\n", encoding="utf-8")
    with pytest.raises(CorpusError) as caught:
        read_passages(path, load_signals(SEEDS / "signals.toml"))
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith(f"{path}:1: ")


def test_faults_name_their_own_line(tmp_path: Path) -> None:
    path = tmp_path / "signals.toml"
    text = (SEEDS / "signals.toml").read_text(encoding="utf-8")
    again = text[text.index("[[signal]]") :].split("[[signal]]")[1]
    path.write_text(f"{text}\n[[signal]]{again}", encoding="utf-8")
    with pytest.raises(CorpusError, match="twice") as caught:
        load_signals(path)
    assert int(caught.value.problems[0].split(":")[1]) > text.count("\n")
    path.write_text('[[signal]]\ncode = "a"\nname = \n', encoding="utf-8")
    with pytest.raises(CorpusError, match=r":3: not TOML"):
        load_signals(path)
