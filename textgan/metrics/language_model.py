"""Scores by an n-gram model: how likely the lines are, and how much they teach."""

import numpy as np

from textgan.metrics.intervals import GROUPS, bootstrap, jackknife
from textgan.metrics.kneser_ney import NgramModel
from textgan.metrics.material import MODEL_LINES, MODEL_ORDERS, Side
from textgan.metrics.score import Estimate
from textgan.metrics.symbols import Alphabet

HELD_OUT_LINES = 2_000


def lm_scores(side: Side) -> dict[str, Estimate]:
    """``lm``: bits a symbol of the lines, under an n-gram model trained on the reference.

    Lower is likelier; far below the real lines' own figure is a sign of collapse onto few safe
    lines. The model learns from at most 100,000 lines, at random.
    """
    material = side.material
    model = material.language_model
    sums, numbers = model.log2(side.texts)
    lines = np.stack((-sums, numbers), axis=1)
    bars = bootstrap(lines, lambda s: s[:, :1] / s[:, 1:], material.seed)
    low, high = (float(bars[0][0]), float(bars[1][0])) if bars else (None, None)
    protocol = (
        f"ref:{min(len(material.reference), MODEL_LINES)}|order:{len(model.orders)}|bits-a-symbol"
    )
    return {"lm": Estimate(float(-sums.sum() / numbers.sum()), low, high, protocol)}


def reverse_lm_scores(side: Side) -> dict[str, Estimate]:
    """``reverse_lm``: bits a symbol of held-out text, under a model trained on the lines.

    It is high where the lines miss what real text has: quality and diversity in one. At most 2,000
    reference lines are scored, at random with the evaluation's seed; the signature says so. The
    model shares the probability of what it has not seen among all symbols that both sides hold: a
    symbol for all of them would make the lines likeliest that teach the fewest.
    """
    material = side.material
    held = material.some(material.reference, HELD_OUT_LINES, salt=7)
    level, order, ids = material.level, MODEL_ORDERS[material.level], material.token_ids
    known = Alphabet.of([*side.texts, *held], level, ids).size

    def bits(texts: list[str]) -> float | None:
        if not any(texts):
            return None
        model = NgramModel.train(texts, level, order, ids, known)
        sums, numbers = model.log2(held)
        return float(-sums.sum() / numbers.sum())

    value = bits(list(side.texts))
    protocol = f"ref:{len(held)}|order:{order}|vocab:both|bits-a-symbol"
    if value is None:
        return {"reverse_lm": Estimate(None, protocol=protocol, why="no line has a symbol")}
    left_out = [
        bits([t for t, group in zip(side.texts, side.groups, strict=True) if group != g])
        for g in range(GROUPS)
    ]
    bars = jackknife(value, left_out, (0.0, float("inf")))
    return {"reverse_lm": Estimate(value, *bars, protocol)}
