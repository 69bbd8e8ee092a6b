"""Figures of the record."""

import json
import math

import pytest
import torch
from safetensors.torch import load_file

from textgan.training.record import summarise


def test_a_terms_mean_and_spread_are_of_its_samples():
    assert summarise({"a": torch.tensor([1.0, 3.0])}) == {"a": [2.0, 1.0]}
    assert summarise({"b": torch.tensor(5.0), "c": torch.tensor([[0.0], [4.0]])}) == {
        "b": [5.0, 0.0],
        "c": [2.0, 2.0],
    }


def test_the_norms_of_gradients_are_what_the_optimisers_saw(run_here, tmp_path):
    settings = {"training.steps": 1, "record.every": 1, "training.dtype": "float64"}
    run_here(tmp_path, settings)
    lines = map(json.loads, (tmp_path / "record.jsonl").read_text().splitlines())
    logged = next(line for line in lines if "terms" in line)
    for network in ("generator", "critic"):
        seen = load_file(tmp_path / f"checkpoints/00000001/{network}_optimiser.safetensors")
        # Of a first step Adam keeps a tenth of each gradient's square.
        squares = [value.sum().item() for name, value in seen.items() if "exp_avg_sq" in name]
        norm = math.sqrt(sum(squares) / (1 - 0.9))
        assert logged[f"{network}_gradient"] == pytest.approx(norm)
        assert not norm == pytest.approx(1)
