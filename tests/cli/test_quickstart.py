import shlex
from types import SimpleNamespace

import pytest

from textgan.cli.quickstart import _show_samples


def test_quickstart_in_a_few_steps(textgan, tmp_path):
    folder = tmp_path / "a run"
    options = ("--steps", 60, "--threads", 1, "--out", folder)
    done = textgan("quickstart", *options, check=0, timeout=240)
    assert "real" in done.stdout and "js4" in done.stdout
    assert "wasserstein" in done.stderr
    typed = [shlex.split(line) for line in done.stdout.splitlines() if line.startswith("  textgan")]
    assert [words[1] for words in typed] == [
        "sample", "sample", "evaluate", "report", "train", "corpora",
    ]  # fmt: skip
    assert {words[2] for words in typed[:4]} == {str(folder)}
    again = textgan("quickstart", *options, check=0)
    assert "js4" in again.stdout


@pytest.mark.parametrize(("kept", "middle"), [(3, 1), (4, 1), (12, 3)])
def test_samples_are_from_before_during_and_after(capsys, kept, middle):
    plan = SimpleNamespace(
        state=SimpleNamespace(step=1_000),
        corpus=SimpleNamespace(length=8, lines=lambda split: ["real"]),
    )
    model = SimpleNamespace(sample=lambda n, best_of=1: ["line"] * n)
    _show_samples(
        plan, model, SimpleNamespace(samples=[(50 * i, [f"at {i}"], {}) for i in range(kept)])
    )
    head, first, *_ = capsys.readouterr().out.strip().splitlines()
    assert head.split("  ")[0] == "step 0" and f"step {50 * middle} " in head
    assert head.count("step") == 3 and f"at {middle} " in first
