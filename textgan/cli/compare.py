"""Score several runs or text files against one reference, in one table, real text first.

Every text is scored on equally many lines, since n-gram and diversity scores depend on the number.
A * marks a value that differs from the real lines' by more than the error bars.

  textgan compare mle.txt seqgan.txt --reference corpus.txt --level word
"""

import argparse
import filecmp
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from textgan.cli.scored import (
    SPLITS,
    Samples,
    add_scoring_arguments,
    check_arguments,
    names_of,
    read_ground,
    read_samples,
    write_json,
)
from textgan.cli.streams import harmless
from textgan.errors import InputError
from textgan.metrics.table import aligned, figure

if TYPE_CHECKING:
    from textgan.metrics.evaluate import Evaluation
    from textgan.metrics.score import Score
    from textgan.text.corpus import Corpus

NAMES = ("js4", "precision4", "recall4", "bleu4", "self_bleu4", "distinct2", "unique", "novel")
REAL = "real"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `textgan compare`."""
    parser.add_argument("samples", metavar="RUN_OR_TEXT", nargs="+", help="runs or sample files")
    add_scoring_arguments(parser)
    parser.add_argument(
        "--json", metavar="FILE", nargs="?", const="-", help="the scores to a file or to stdout"
    )


def run(arguments: argparse.Namespace) -> int:
    """Run `textgan compare`."""
    check_arguments(arguments)
    names = names_of(arguments)

    from textgan.metrics.compare import pairs, ranking
    from textgan.metrics.evaluate import evaluate, groups_of
    from textgan.metrics.material import pick

    groups_of(names)
    texts = [read_samples(path, arguments) for path in arguments.samples]
    labels = label(arguments.samples)
    level = arguments.level or one_level(texts)
    corpus = one_corpus(texts, arguments)
    ground = read_ground(min(len(text.lines) for text in texts), corpus, arguments)
    lines = {
        name: pick(text.lines, ground.count, arguments.seed)
        for name, text in zip(labels, texts, strict=True)
    }
    if ground.real is not None:
        lines = {REAL: ground.real, **lines}

    evaluations: dict[str, Evaluation] = {}
    for name, sample in lines.items():
        print(f"scoring {name}", file=sys.stderr)
        evaluations[name] = evaluate(
            sample,
            ground.reference,
            train=ground.train,
            level=level,
            cut=arguments.cut,
            names=names or NAMES,
            seed=arguments.seed,
        )
    scores = {
        s.name: {t: e[s.name] for t, e in evaluations.items()} for s in first_scores(evaluations)
    }
    if arguments.json:
        result = {
            "n": ground.count,
            "level": level,
            "texts": {name: evaluation.as_json() for name, evaluation in evaluations.items()},
            "differences": {name: pairs(beside) for name, beside in scores.items()},
        }
        write_json(arguments.json, result)
    if arguments.json != "-":
        head = [
            f"{name}: {text.said}" + f", {ground.count:,} scored" * (len(text.lines) > ground.count)
            for name, text in zip(labels, texts, strict=True)
        ]
        ranks = [(name, ranking(beside)) for name, beside in scores.items()]
        tail = aligned_left([row for row in ranks if row[1]])
        print(harmless("\n".join([*head, *ground.said, f"level      {level}", ""])))
        print(harmless("\n".join(table(evaluations))))
        print("\n".join(["", "lowest to highest; < exceeds the error bars, ≈ does not", *tail]))
    return 0


def label(paths: list[str]) -> list[str]:
    """A short name for each text: the file's or folder's, the whole path where two are alike."""
    short = [Path(path).stem or path for path in paths]
    if len(set(short)) == len(short) and REAL not in short:
        return short
    if len(set(paths)) < len(paths):
        raise InputError(f"{next(p for p in paths if paths.count(p) > 1)}: named twice; leave one")
    return paths


def one_level(texts: list[Samples]) -> str:
    """The level of the runs, or characters for texts alone.

    Raises:
        InputError: the runs' levels differ.
    """
    levels = sorted({text.level for text in texts if text.level is not None})
    if len(levels) > 1:
        raise InputError("--level: the runs' tokenizers differ; name char or word")
    return levels[0] if levels else "char"


def one_corpus(texts: list[Samples], arguments: argparse.Namespace) -> "Corpus | None":
    """The corpus of the runs, which serves where no reference or training text is named.

    Raises:
        InputError: the runs were trained on several, and one would have to serve for all.
    """
    found = [(text.name, text.corpus) for text in texts if text.corpus is not None]
    if not found:
        return None
    (name, corpus), *others = found
    other = next(((n, c) for n, c in others if not same_lines(c, corpus)), None)
    if other is None:
        return corpus
    if arguments.reference is None:
        alike = other[1].card.source == corpus.card.source
        kind = "text that was cleaned, cut or divided differently" if alike else "different text"
        raise InputError(
            f"{name} and {other[0]} were trained on {kind}; name what both are compared with by "
            "--reference FILE"
        )
    return None


def same_lines(one: "Corpus", other: "Corpus") -> bool:
    """Whether two corpora hold the same lines in each split, whatever their symbols are."""
    files = [f"{split}.txt" for split in SPLITS]
    return one.folder == other.folder or all(
        filecmp.cmp(one.folder / name, other.folder / name, shallow=False) for name in files
    )


def first_scores(evaluations: "dict[str, Evaluation]") -> list["Score"]:
    """The scores of the first text that have a value for any text, in order."""
    shown = {
        score.name
        for evaluation in evaluations.values()
        for score in evaluation.scores
        if score.value is not None
    }
    return [s for s in next(iter(evaluations.values())).scores if s.name in shown]


def table(evaluations: "dict[str, Evaluation]") -> list[str]:
    """A row a text and a column a score, in blocks as wide as the terminal."""
    from textgan.metrics.compare import differ

    names = [score.name for score in first_scores(evaluations)]
    real = evaluations.get(REAL)
    width = shutil.get_terminal_size((100, 24)).columns
    longest = max(map(len, evaluations))
    per_block = max(1, (width - longest) // (2 + max([9, *map(len, names)])))
    lines: list[str] = []
    for start in range(0, len(names), per_block):
        block = names[start : start + per_block]
        rows = [["", *(f"{name} " for name in block)]]
        for text, evaluation in evaluations.items():
            cells = []
            for name in block:
                apart = real is not None and differ(evaluation[name], real[name])
                cells.append(figure(evaluation[name].value) + (" *"[apart]))
            rows.append([text, *cells])
        lines += [*([""] if lines else []), *aligned(rows)]
    return lines


def aligned_left(rows: list[tuple[str, str]]) -> list[str]:
    """Names and what is said of them, in two columns."""
    width = max((len(name) for name, _ in rows), default=0)
    return [f"{name.ljust(width)}  {said}" for name, said in rows]
