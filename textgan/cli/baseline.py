"""Train the baseline that every other model should beat, and write lines with it.

`ngram` is an interpolated modified Kneser-Ney n-gram model: it learns from the training split of a
corpus in seconds, tells its perplexity on the validation split, and writes lines.

  textgan baseline ngram corpus.txt -n 10000 --out ngram.txt
  textgan compare ngram.txt RUN --reference corpus.txt
"""

import argparse
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from textgan.cli.reading import (
    add_reading_arguments,
    card_options,
    prepare_options,
    progress_line,
)
from textgan.errors import InputError, choose

MODELS = ("ngram",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `textgan baseline`."""
    add = parser.add_argument
    add("model", metavar="ngram", help="the model; there is one")
    add("corpus", metavar="CORPUS", help="a card's name, a path, hf:owner/name, or -")
    add("-n", type=int, default=20, metavar="N", help="lines to write (20)")
    add("--order", type=int, metavar="K", help="longest n-grams (6 for characters, 3 for words)")
    add("--level", choices=("char", "word"), help="what a symbol is (as the corpus's tokenizer)")
    add("--seed", type=int, default=0, metavar="S", help="the same seed, the same lines")
    add("--out", metavar="FILE", help="write the lines to a file (default: stdout)")
    add_reading_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run `textgan baseline`."""
    choose("baseline", arguments.model, MODELS)
    if arguments.n < 1:
        raise InputError(f"-n {arguments.n}: must be at least 1")
    if arguments.seed < 0:
        raise InputError(f"--seed {arguments.seed}: must not be negative")
    if arguments.order is not None and not 1 <= arguments.order <= 32:
        raise InputError(f"--order {arguments.order}: must be from 1 to 32")

    from textgan.metrics.kneser_ney import NgramModel
    from textgan.metrics.material import MODEL_ORDERS
    from textgan.text.corpus import find_card, prepare

    card = find_card(arguments.corpus, **card_options(arguments))
    corpus = prepare(card, **prepare_options(arguments), progress=progress_line())
    level = arguments.level or corpus.tokenizer.level
    order = arguments.order or MODEL_ORDERS[level]
    train = corpus.lines("train")
    print(f"training a {level} {order}-gram model on {len(train):,} lines", file=sys.stderr)
    model = NgramModel.train(train, level, order)
    held = corpus.lines("validation")
    if held:
        told = f"perplexity {model.perplexity(held):.3f} a {level} on {len(held):,} held-out lines"
        print(told, file=sys.stderr)
    lines = islice(model.stream(arguments.seed), arguments.n)
    if arguments.out is None:
        write(lines)
        return 0
    from textgan.files import new_file

    with new_file(Path(arguments.out)) as file:
        file.writelines(line + "\n" for line in lines)
    print(f"wrote {arguments.n:,} lines to {arguments.out}", file=sys.stderr)
    return 0


def write(lines: Iterator[str]) -> None:
    """Write lines to standard output as they come."""
    for line in lines:
        sys.stdout.write(line + "\n")
