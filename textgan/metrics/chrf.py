"""chrF through sacrebleu."""

import numpy as np

from textgan.metrics.intervals import bootstrap_mean
from textgan.metrics.material import Side
from textgan.metrics.score import Estimate

LINES = 100


def chrf_scores(side: Side) -> dict[str, Estimate]:
    """``chrf``: mean of sacrebleu's sentence chrF, each line beside the best of its references.

    sacrebleu compares every pair of line and reference, so that at most 100 lines against 100
    references are taken, at random with the evaluation's seed; the signature says so.
    """
    import sacrebleu
    from sacrebleu.metrics.chrf import CHRF

    references = side.material.some(side.material.reference, LINES, salt=4)
    lines = side.material.some(side.texts, LINES, salt=4)
    # The references are those of a one-line corpus, so that their n-grams are taken apart once.
    metric = CHRF(references=[[reference] for reference in references])
    scores = np.array([metric.corpus_score([line], None).score for line in lines])
    low, high = bootstrap_mean(scores, side.material.seed)
    protocol = (
        f"lines:{len(lines)}|nrefs:{len(references)}|case:mixed|eff:yes|nc:6|nw:0|space:no"
        f"|sacrebleu:{sacrebleu.__version__}"
    )
    return {"chrf": Estimate(float(scores.mean()), low, high, protocol)}
