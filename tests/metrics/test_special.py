"""Checks that fit some corpora only: molecules, DNA, coverage by guesses."""

import subprocess
import sys
from itertools import count

import numpy as np
import pytest

from tests.metrics.sides import side
from textgan.metrics.coverage import coverage, coverage_scores
from textgan.metrics.dna import dna_scores, gc_content, wasserstein
from textgan.metrics.molecules import molecule_scores
from textgan.metrics.smiles import canonical


def test_molecules():
    pytest.importorskip("rdkit", reason="RDKit is an extra")
    # OCC is CCO; C( and Xy are no molecules.
    lines = ["CCO", "OCC", "c1ccccc1", "C(", "Xy"]
    scores = molecule_scores(side(lines, ["C"], train=["C1=CC=CC=C1", "N"]))
    assert scores["smiles_valid"].value == pytest.approx(3 / 5)
    assert scores["smiles_unique"].value == pytest.approx(2 / 3)
    assert scores["smiles_novel"].value == pytest.approx(1 / 2)
    assert scores["smiles_valid"].low < 0.6 < scores["smiles_valid"].high
    none = molecule_scores(side(["C("], ["C"]))
    assert none["smiles_valid"].value == 0.0
    assert none["smiles_unique"].value is None
    assert "--train" in none["smiles_novel"].why


def test_an_empty_molecule_is_none():
    pytest.importorskip("rdkit", reason="RDKit is an extra")
    assert canonical(["", "C", " "]) == [None, "C", None]


def test_without_rdkit_the_extra_is_named():
    code = (
        "import sys; sys.modules['rdkit'] = None\n"
        "from textgan.errors import InputError\n"
        "from textgan.metrics.smiles import canonical\n"
        "try:\n    canonical(['C'])\n"
        "except InputError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'textgan[molecules]'" in done.stdout


def test_gc_content_and_its_distance():
    assert gc_content(["GGCC", "acgt", "AUUA"]).tolist() == [1.0, 0.5, 0.0]
    assert np.isnan(gc_content(["nnn"])).all()
    scores = dna_scores(side(["GC", "AT"] * 20, ["GA", "CT"]))
    assert scores["gc"].value == 0.5
    assert scores["gc_distance"].value == pytest.approx(0.5)
    assert dna_scores(side(["xyz"], ["GA"]))["gc"].why
    assert wasserstein(np.array([0.0, 1.0]), np.array([0.5, 1.5, 1.0, 0.0])) == pytest.approx(0.25)


def test_coverage_counts_unique_guesses_only():
    guesses = ["a", "a", "b", "x", "x", "c", "y"]
    assert coverage(guesses, ["a", "b", "c", "d", "d"], at=(1, 2, 4, 5, 9)) == {
        1: 0.25,
        2: 0.5,
        4: 0.75,
        5: 0.75,
    }
    # A stream without end is read no further than needed.
    assert coverage(map(str, count()), ["7", "99", "100"], at=(10, 100)) == {10: 1 / 3, 100: 2 / 3}


def test_coverage_scores():
    lines = [f"name{i % 150}" for i in range(400)]
    scores = coverage_scores(side(lines, ["name5", "name120", "name999", "name5"]))
    assert scores["coverage100"].value == pytest.approx(1 / 3)
    # Wilson's interval of 1 of 3 by hand.
    bar = scores["coverage100"].low, scores["coverage100"].high
    assert bar == pytest.approx((0.0615, 0.7923), abs=1e-4)
    assert scores["coverage1000"].value is None
    assert "-n" in scores["coverage1000"].why
