"""BLEU of the samples against the reference, among themselves, and of the whole corpus."""

import numpy as np

from textgan.metrics.intervals import GROUPS, bootstrap, jackknife
from textgan.metrics.material import Side
from textgan.metrics.score import Estimate
from textgan.metrics.self_bleu import self_bleu_means
from textgan.metrics.sentence_bleu import ORDERS, SentenceStatistics
from textgan.metrics.symbols import Ints

CORPUS_ORDERS = 4


def bleu_scores(side: Side) -> dict[str, Estimate]:
    """``bleu2`` … ``bleu5``: mean sentence BLEU against every reference."""
    protocol = f"ref:{len(side.material.reference)}|refs:all|smooth:1"
    scores = side.bleu.sentence_bleu()
    lines = scores.shape[1]
    bars = bootstrap(scores.T, lambda sums: sums / lines, side.material.seed)
    estimates = {}
    for n in range(2, ORDERS + 1):
        low, high = (float(bars[0][n - 1]), float(bars[1][n - 1])) if bars else (None, None)
        estimates[f"bleu{n}"] = Estimate(float(scores[n - 1].mean()), low, high, protocol)
    return estimates


def self_bleu_scores(side: Side) -> dict[str, Estimate]:
    """``self_bleu2`` … ``self_bleu5``: mean sentence BLEU against all the other lines."""
    protocol = "refs:others|smooth:1"
    if len(side.texts) < 2:
        why = "a single line has no others to be compared with"
        names = [f"self_bleu{n}" for n in range(2, ORDERS + 1)]
        return {name: Estimate(None, protocol=protocol, why=why) for name in names}
    # Another set of lines brings other references too, which drawing sentences again would not.
    means, without = self_bleu_means(side.material.index, side.texts, side.groups, GROUPS)
    estimates = {}
    for n in range(2, ORDERS + 1):
        value = float(means[n - 1])
        parts = [None if part is None else float(part[n - 1]) for part in without]
        estimates[f"self_bleu{n}"] = Estimate(value, *jackknife(value, parts, (0, 1)), protocol)
    return estimates


def corpus_bleu_scores(side: Side) -> dict[str, Estimate]:
    """``corpus_bleu``: sacrebleu's BLEU of all lines together, from 0 to 100.

    Every line has every reference line as a reference. sacrebleu would extract the n-grams of each
    pair; here the matches come from the statistics of sentence BLEU and the formula from sacrebleu.
    """
    import sacrebleu
    from sacrebleu.metrics.bleu import BLEU

    references = len(side.material.reference)
    # sacrebleu's "none" splits at white space; none of its own takes white space for a token too.
    tokens = "none" if side.material.level == "word" else side.material.level + "s"
    protocol = (
        f"ref:{references}|nrefs:{references}|case:mixed|eff:no|tok:{tokens}|smooth:exp"
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
