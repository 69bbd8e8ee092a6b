"""BLEU of the samples against the reference, among themselves, and of the whole corpus."""

import numpy as np

from textgan.metrics.intervals import bootstrap
from textgan.metrics.material import Side
from textgan.metrics.score import Estimate
from textgan.metrics.sentence_bleu import ORDERS, SentenceStatistics, self_bleu_statistics
from textgan.metrics.symbols import Ints

CORPUS_ORDERS = 4


def _means(name: str, scores: Ints, seed: int, protocol: str) -> dict[str, Estimate]:
    """The mean over sentences of BLEU-2 …, with the bootstrap's error bar."""
    lines = scores.shape[1]
    bars = bootstrap(scores.T, lambda sums: sums / lines, seed)
    estimates = {}
    for n in range(2, len(scores) + 1):
        low, high = (float(bars[0][n - 1]), float(bars[1][n - 1])) if bars else (None, None)
        value = float(scores[n - 1].mean())
        estimates[f"{name}{n}"] = Estimate(value, low, high, protocol)
    return estimates


def bleu_scores(side: Side) -> dict[str, Estimate]:
    """``bleu2`` … ``bleu5``: mean sentence BLEU against every reference."""
    protocol = f"ref:{len(side.material.reference)}|refs:all|smooth:1"
    return _means("bleu", side.bleu.sentence_bleu(), side.material.seed, protocol)


def self_bleu_scores(side: Side) -> dict[str, Estimate]:
    """``self_bleu2`` … ``self_bleu5``: mean sentence BLEU against all the other lines."""
    protocol = "refs:others|smooth:1"
    if len(side.texts) < 2:
        why = "a single line has no others to be compared with"
        names = [f"self_bleu{n}" for n in range(2, ORDERS + 1)]
        return {name: Estimate(None, protocol=protocol, why=why) for name in names}
    scores = self_bleu_statistics(side.material.index, side.texts).sentence_bleu()
    return _means("self_bleu", scores, side.material.seed, protocol)


def corpus_bleu_scores(side: Side) -> dict[str, Estimate]:
    """``corpus_bleu``: sacrebleu's BLEU of all lines together, from 0 to 100.

    Every line has every reference line as a reference. sacrebleu would extract the n-grams of each
    pair; here the matches come from the statistics of sentence BLEU and the formula from sacrebleu.
    """
    import sacrebleu
    from sacrebleu.metrics.bleu import BLEU

    references = len(side.material.reference)
    protocol = (
        f"ref:{references}|nrefs:{references}|case:mixed|eff:no|tok:none|smooth:exp"
        f"|sacrebleu:{sacrebleu.__version__}"
    )

    def scores(sums: Ints) -> Ints:
        rows = sums.round().astype(int).tolist()
        values = []
        for row in rows:
            correct, total = row[:CORPUS_ORDERS], row[CORPUS_ORDERS : 2 * CORPUS_ORDERS]
            score = BLEU.compute_bleu(correct, total, row[-2], row[-1], smooth_method="exp")
            values.append(score.score)
        return np.array(values)[:, None]

    sums = corpus_sums(side.bleu)
    value = float(scores(sums.sum(axis=0, keepdims=True))[0, 0])
    bars = bootstrap(sums, scores, side.material.seed)
    low, high = (float(bars[0][0]), float(bars[1][0])) if bars else (None, None)
    return {"corpus_bleu": Estimate(value, low, high, protocol)}


def corpus_sums(statistics: SentenceStatistics) -> Ints:
    """What each sentence adds to matches, n-grams, length and reference length, (lines, 10)."""
    rows = [
        *statistics.matches[:CORPUS_ORDERS],
        *statistics.windows[:CORPUS_ORDERS],
        statistics.lengths,
        statistics.closest,
    ]
    sums: Ints = np.stack(rows, axis=1)
    return sums
