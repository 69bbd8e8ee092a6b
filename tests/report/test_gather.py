"""What a run has written is read as it stands, and in order."""

import json
import shutil

import pytest

from tests.report import known
from textgan.report.gather import gather


def test_terms_figures_and_scores_stand_at_their_steps():
    run = known.run()
    slope, seconds, js4 = run.term("slope"), run.figure("seconds"), run.score("js4")
    assert (slope.steps, slope.values, slope.spread) == (known.STEPS, known.SLOPE, known.SPREAD)
    assert (seconds.steps, seconds.values) == (known.STEPS, known.SECONDS)
    assert (js4.steps, js4.values) == ([0, 40], [0.9, 0.4])
    assert run.score_names() == ["js4", "unique"]


def test_samples_come_in_the_order_of_training(finished):
    kept = sorted((finished / "samples").glob("*.txt"))
    found = gather(finished).samples
    assert len(kept) > 1 and [step for step, _ in found] == [int(path.stem) for path in kept]
    assert ["\n".join(lines) + "\n" for _, lines in found] == [
        path.read_bytes().decode() for path in kept
    ]


FIRST, SECOND = ({"step": step, "scores": {"js2": {"value": 0.5}}} for step in (1, 2))


@pytest.mark.parametrize(
    ("end", "step"),
    [("", 2), ('{"step": 3, "scores": {"js2', 2), ('{"step": 3, "sc\udce5', 2), ("5\n\n", 2)],
)
def test_what_a_crash_cut_short_hides_no_evaluation(finished, tmp_path, end, step):
    run = tmp_path / "run"
    shutil.copytree(finished, run)
    text = "".join(json.dumps(line) + "\n" for line in (FIRST, SECOND)) + end
    (run / "scores.jsonl").write_text(text, encoding="utf-8", errors="surrogateescape")
    found = gather(run)
    assert found.evaluation["step"] == step and found.missing == []
    (run / "scores.jsonl").write_text(end, encoding="utf-8", errors="surrogateescape")
    found = gather(run)
    assert found.evaluation is None
    assert any("scores.jsonl" in line for line in found.missing) == bool(end)
