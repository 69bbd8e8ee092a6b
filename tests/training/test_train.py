"""What a run is planned to be, from its settings and its text."""

import pytest
import torch

from textgan.training.runs import run_settings
from textgan.training.settings import read_preset, resolve
from textgan.training.train import plan_run


@pytest.mark.usefixtures("threads")
def test_counted_symbol_vectors_are_of_the_runs_seed(names, tmp_path):
    def vectors(seed):
        asked = {"corpus.name": str(names), "corpus.length": 8, "training.threads": 1}
        asked |= {"network.symbol_vectors": "cooccurrence", "training.seed": seed}
        plan = plan_run(resolve(read_preset("tiny"), asked), tmp_path / "run")
        return plan.state.generator.output.weight

    first = vectors(0)
    assert torch.equal(vectors(0), first)
    assert (vectors(1) - first).norm(dim=1).min() > 0.01


def test_what_the_settings_leave_open_stands_in_the_runs_own(run_here, tmp_path):
    for objective, weight in (("wgan-gp", 10.0), ("hinge", None)):
        run_here(tmp_path / objective, {"training.steps": 1, "objective.name": objective})
        kept = run_settings(tmp_path / objective)
        assert kept.objective.penalty_weight == weight
        assert kept.training.dtype in ("float32", "bfloat16")
    assert "penalty_weight = 10.0" in (tmp_path / "wgan-gp/settings.toml").read_text()
