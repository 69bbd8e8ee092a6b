"""A run that is made by hand, of figures that no two of are the same."""

from dataclasses import replace
from pathlib import Path

from textgan.report.gather import Run
from textgan.text.summary import Summary
from textgan.training.settings import resolve

STEPS = [10, 20, 40]
SECONDS = [70.0, 140.0, 280.0]
GENERATOR, CRITIC = [0.5, 0.25, 0.75], [4.0, 16.0, 8.0]
SLOPE, SPREAD = [0.75, 1.5, 1.25], [0.25, 0.5, 0.125]
CURVE, PENALTY = [3.0, -0.5, 1.0], [0.3, 0.03, 0.003]
SCORED = {0: (0.9, 0.1), 40: (0.4, 0.2)}
"""JS-4 of samples and of real text, by step."""

EVALUATION = {
    "step": 40, "n": 300, "reference": 821, "level": "char", "best_of": 4, "cut": None,
    "scores": {
        "js2": {"value": 0.25, "low": 0.125, "high": 0.375, "real": 0.0625},
        "unique": {"value": 0.5, "low": None, "high": None, "real": None},
    },
}  # fmt: skip
SUMMARY = Summary(
    read=90, kept=80, dropped={"blank": 10}, cut=0, unknown=0, symbols=26, length=8,
    tokenizer="char", lengths={"50%": 6, "longest": 8},
    splits={"train": 60, "validation": 9, "test": 11}, samples=["anna"],
)  # fmt: skip


def scored(step):
    js4, real = SCORED[step]
    return {"step": step, "scores": {"js4": js4, "js4_real": real, "unique": 1 - js4}}


def record():
    lines = [
        {
            "step": STEPS[i],
            "seconds": SECONDS[i],
            "steps_per_second": [1.0, 2.0, 6.0][i],
            "generator_gradient": GENERATOR[i],
            "critic_gradient": CRITIC[i],
            "terms": {
                "wasserstein": [CURVE[i], 0.5],
                "slope": [SLOPE[i], SPREAD[i]],
                "penalty": [PENALTY[i], 0.25],
            },
        }
        for i in range(len(STEPS))
    ]
    return [scored(0), *lines, scored(40)]


def labelled(labels):
    """The summary of a corpus whose lines have labels."""
    return replace(SUMMARY, labels=labels)


def run(**changes):
    """The run, with other things in it where they are given."""
    known = Run(
        folder=Path("known"), settings=resolve({"corpus.name": "known"}), versions={},
        record=record(), samples=[], evaluation=EVALUATION, summary=SUMMARY, corpus=None,
        model=None, missing=[],
    )  # fmt: skip
    return replace(known, **changes)
