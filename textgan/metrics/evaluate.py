"""Scores of some lines against a reference, beside the same scores of as many real lines."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from textgan.errors import InputError, choose, listed, whole
from textgan.metrics.bleu import bleu_scores, corpus_bleu_scores, self_bleu_scores
from textgan.metrics.chrf import chrf_scores
from textgan.metrics.coverage import coverage_scores
from textgan.metrics.divergence import Overlap, divergence_scores
from textgan.metrics.diversity import distinct_scores, novel_scores, unique_scores
from textgan.metrics.dna import dna_scores
from textgan.metrics.frechet import frechet_lsa_scores
from textgan.metrics.frontier import frontier_lsa_scores
from textgan.metrics.language_model import lm_scores, reverse_lm_scores
from textgan.metrics.material import Material, Side, clean
from textgan.metrics.memorisation import copied_run_scores, copies_scores, nearest_scores
from textgan.metrics.molecules import molecule_scores
from textgan.metrics.score import Estimate, Score, signature
from textgan.metrics.shape import entropy_scores, length_scores, repetition_scores, zipf_scores
from textgan.metrics.symbols import TokenIds, cut_lines
from textgan.metrics.table import table
from textgan.metrics.types import ms_jaccard_scores, type_precision_scores, type_recall_scores

Group = Callable[[Side], dict[str, Estimate]]


def _overlap(name: str, statistic: Callable[[Overlap], float], extra: str = "") -> Group:
    return lambda side: divergence_scores(side, name, statistic, extra)


DEFAULT: Mapping[str, Group] = MappingProxyType(
    {
        "js": _overlap("js", Overlap.js, "|base:2"),
        "precision": _overlap("precision", Overlap.precision),
        "recall": _overlap("recall", Overlap.recall),
        "bleu": bleu_scores,
        "self_bleu": self_bleu_scores,
        "corpus_bleu": corpus_bleu_scores,
        "distinct": distinct_scores,
        "unique": unique_scores,
        "novel": novel_scores,
    }
)
"""What is scored where nothing is named: a second or so for 10,000 lines."""

MORE: Mapping[str, Group] = MappingProxyType(
    {
        "tv": _overlap("tv", Overlap.total_variation),
        "kl": _overlap("kl", Overlap.kl, "|base:2"),
        "reverse_kl": _overlap("reverse_kl", Overlap.reverse_kl, "|base:2"),
        "type_precision": type_precision_scores,
        "type_recall": type_recall_scores,
        "ms_jaccard": ms_jaccard_scores,
        "chrf": chrf_scores,
        "entropy": entropy_scores,
        "zipf": zipf_scores,
        "length_distance": length_scores,
        "repetition": repetition_scores,
        "copies": copies_scores,
        "nearest": nearest_scores,
        "copied_run": copied_run_scores,
        "lm": lm_scores,
        "reverse_lm": reverse_lm_scores,
        "frechet_lsa": frechet_lsa_scores,
        "frontier_lsa": frontier_lsa_scores,
    }
)
"""What ``all`` adds."""

SPECIAL: Mapping[str, Group] = MappingProxyType(
    {"smiles": molecule_scores, "gc": dna_scores, "coverage": coverage_scores}
)
"""What fits some corpora only, and is scored when it is named."""

GROUPS: Mapping[str, Group] = MappingProxyType({**DEFAULT, **MORE, **SPECIAL})


@dataclass(frozen=True)
class Evaluation:
    """The scores of one set of lines.

    Attributes:
        n: number of lines scored.
        level: ``"char"``, ``"word"`` or ``"token"``.
        cut: symbols kept of each line, None for all.
        reference: number of reference lines.
        real: number of real lines, None without them.
        train: number of training lines, None without them.
        scores: in the order of `GROUPS`.
    """

    n: int
    level: str
    cut: int | None
    reference: int
    real: int | None
    train: int | None
    scores: tuple[Score, ...]

    def __getitem__(self, name: str) -> Score:
        """The score called `name`.

        Raises:
            InputError: there is none.
        """
        scores = {score.name: score for score in self.scores}
        return scores[choose("score", name, scores)]

    def __iter__(self) -> Iterator[str]:
        """The scores' names, so that ``"js4" in`` an evaluation asks what it holds."""
        return (score.name for score in self.scores)

    def __str__(self) -> str:
        """The table that `textgan evaluate` prints."""
        sizes = {"lines": self.n, "reference": self.reference, "real": self.real}
        counted = [f"{size:,} {name}" for name, size in sizes.items() if size is not None]
        return "\n".join([f"scored     {', '.join(counted)}", *table(self)])

    def as_json(self) -> dict[str, Any]:
        """What ``--json`` writes: `n`, `level`, the sizes, the scores, and why some are null."""
        return {
            "n": self.n,
            "level": self.level,
            "cut": self.cut,
            "reference": self.reference,
            "real": self.real,
            "train": self.train,
            "scores": {
                score.name: {
                    "value": score.value,
                    "low": score.low,
                    "high": score.high,
                    "real": score.real,
                    "signature": score.signature,
                }
                for score in self.scores
            },
            "notes": {score.name: score.why for score in self.scores if score.why},
        }


def hold_out(reference: Sequence[str], n: int, seed: int = 0) -> tuple[list[str], list[str]]:
    """Split real lines into a reference and as many held-out lines as there are samples.

    Args:
        reference: real lines; doubles are kept, as they are part of how real text is.
        n: number of samples; at most half of `reference` is held out.
        seed: of the random choice.

    Returns:
        The rest and the held-out lines, each in the order of `reference`.

    Raises:
        InputError: a single line, which cannot be split.
    """
    if len(reference) < 2:
        raise InputError(
            "reference: a single line cannot be split into a reference and real lines; "
            "give more lines, or real lines of their own"
        )
    random = np.random.default_rng((seed, 0))
    held = np.zeros(len(reference), bool)
    held[random.permutation(len(reference))[: min(n, len(reference) // 2)]] = True
    rest = [line for line, out in zip(reference, held, strict=True) if not out]
    return rest, [line for line, out in zip(reference, held, strict=True) if out]


def groups_of(names: Iterable[str] | None) -> list[str]:
    """The groups that hold the scores `names`: a group, a score such as ``js4``, or ``all``.

    Raises:
        InputError: a name that is neither, or a single string.
    """
    if names is None:
        return list(DEFAULT)
    wanted = set()
    for name in listed(names, "names"):
        if name == "all":
            wanted |= {*DEFAULT, *MORE}
        else:
            wanted.add(name if name in GROUPS else _group_of(name))
    return [group for group in GROUPS if group in wanted]


def _group_of(score: str) -> str:
    """The group of a single score: ``js`` of ``js4``, ``smiles`` of ``smiles_valid``."""
    for group in sorted(GROUPS, key=len, reverse=True):
        rest = score.removeprefix(group)
        if rest != score and (rest.isdigit() or rest.startswith("_")):
            return group
    return choose("score", score, GROUPS)


def evaluate(
    texts: Iterable[str],
    reference: Iterable[str],
    *,
    real: Iterable[str] | None = None,
    train: Iterable[str] | None = None,
    level: str = "char",
    cut: int | None = None,
    names: Iterable[str] | None = None,
    seed: int = 0,
    token_ids: TokenIds | None = None,
    tell: Callable[[str], None] | None = None,
) -> Evaluation:
    """Score `texts` against `reference`.

    Args:
        texts: the lines to be scored; their ends are stripped, blank ones dropped, all others used.
        reference: real lines.
        real: other real lines, as many as `texts`: `hold_out` makes them from a reference, and
            `pick` leaves out what is too many of either.
        train: what the model was trained on, for `novel` and the like.
        level: what a symbol is: ``"char"``, ``"word"`` or ``"token"``.
        cut: symbols kept of every line (of the samples, reference, real and training lines).
        names: groups or single scores, as ``["js", "bleu4"]``; ``["all"]``: what fits any text.
        seed: of the error bars and of all other draws.
        token_ids: for the level ``"token"``: from lines to the ids of their tokens.
        tell: told the name of each group of scores before it is taken.

    Raises:
        InputError: a list without a line of text or with what is no string, an unknown level or
            score, a bad cut or seed.
    """
    cut, seed = None if cut is None else whole(cut, "cut", 1), whole(seed, "seed", 0)
    names = None if names is None else listed(names, "names")
    groups = groups_of(names)
    wanted = set(names or ())
    if "all" in wanted:
        wanted |= {*DEFAULT, *MORE}

    def ready(lines: Iterable[str], what: str) -> list[str]:
        return cut_lines(clean(lines, what), level, cut)

    material = Material(
        samples=ready(texts, "texts"),
        real=None if real is None else ready(real, "real"),
        reference=ready(reference, "reference"),
        train=None if train is None else ready(train, "train"),
        level=level,
        seed=seed,
        token_ids=token_ids,
    )
    side = Side(material.samples, material)
    other = None if material.real is None else Side(material.real, material)
    scores: list[Score] = []
    known = {"all", *GROUPS}
    for group in groups:
        if tell is not None:
            tell(group)
        found = GROUPS[group](side)
        known |= found.keys()
        beside = GROUPS[group](other) if other else {}
        for name, estimate in found.items():
            if not wanted or group in wanted or name in wanted:
                line = signature(name, level, cut, len(side.texts), estimate.protocol)
                scores.append(_score(name, estimate, beside.get(name), line))
    for name in sorted(wanted):
        choose("score", name, known)
    return Evaluation(
        n=len(material.samples),
        level=level,
        cut=cut,
        reference=len(material.reference),
        real=None if material.real is None else len(material.real),
        train=None if material.train is None else len(material.train),
        scores=tuple(scores),
    )


def _score(name: str, estimate: Estimate, real: Estimate | None, line: str) -> Score:
    score = Score(name, estimate.value, estimate.low, estimate.high, None, line, why=estimate.why)
    if real is None:
        return score
    return replace(score, real=real.value, real_low=real.low, real_high=real.high)
