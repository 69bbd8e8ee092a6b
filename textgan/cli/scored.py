"""What `evaluate` and `compare` read: samples of a run or a text, a reference and real lines."""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textgan.cli.reading import add_file_arguments, card_options
from textgan.errors import InputError

if TYPE_CHECKING:
    from textgan.model import TextGAN
    from textgan.text.corpus import Corpus

SPLITS = ("train", "validation", "test")
RUN_SAMPLES = 2_000
BEST_OF_HELP = "write K lines for each and keep the one that the critic takes most for real"


def add_scoring_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that `evaluate` and `compare` share."""
    add = parser.add_argument
    add("--reference", metavar="CORPUS", help="real text; a run's split: train, validation, test")
    add(
        "--real", metavar="CORPUS", help="real lines beside (default: held out; a run's validation)"
    )
    add("--no-real", action="store_true", help="no real row; the whole reference serves")
    add("--train", metavar="CORPUS", help="what the model was trained on (default: the run's)")
    add("-n", type=int, metavar="N", help="the first N lines of a text, N samples of a run (2000)")
    add("--best-of", type=int, default=1, metavar="K", help=f"of a run: {BEST_OF_HELP}")
    add("--level", choices=("char", "word"), help="what a symbol is (default: as the tokenizer)")
    add("--cut", type=int, metavar="N", help="keep the first N symbols of every line")
    add("--scores", metavar="NAMES", help="groups or scores, with commas between: js,bleu4 or all")
    add("--seed", type=int, default=0, metavar="S", help="of samples, held-out lines, error bars")
    add_file_arguments(parser)


def check_arguments(arguments: argparse.Namespace) -> None:
    """Refuse numbers that mean nothing and options that exclude each other.

    Raises:
        InputError: names the option, the value and the remedy.
    """
    if arguments.n is not None and arguments.n < 1:
        raise InputError(f"-n {arguments.n}: must be at least 1")
    if arguments.best_of < 1:
        raise InputError(f"--best-of {arguments.best_of}: must be at least 1")
    if arguments.cut is not None and arguments.cut < 1:
        raise InputError(f"--cut {arguments.cut}: must be at least 1")
    if arguments.seed < 0:
        raise InputError(f"--seed {arguments.seed}: must not be negative")
    if arguments.real is not None and arguments.no_real:
        raise InputError("--real and --no-real exclude each other; leave one out")


def names_of(arguments: argparse.Namespace) -> list[str] | None:
    """The names that ``--scores`` lists, or None for the default ones."""
    if arguments.scores is None:
        return None
    names = [name.strip() for name in arguments.scores.split(",") if name.strip()]
    if not names:
        raise InputError("--scores: no name in it; give for example --scores js,bleu or all")
    return names


def is_run(path: str) -> bool:
    """Whether `path` is a run folder, a model folder or a model on the hub."""
    folder = Path(path)
    inside = ("settings.toml", "model", "config.json")
    return path.startswith("hf:") or any((folder / name).exists() for name in inside)


@dataclass(frozen=True)
class Samples:
    """The lines to be scored and where they are from.

    Attributes:
        name: as the user gave it.
        lines: blank lines dropped.
        said: how many of how many, for the table.
        corpus: the corpus of a run, None for a text or a bare model folder.
        level: the tokenizer's level of a run, None for a text.
        blank: samples of a run that were blank and left out.
        label: that they all have, where one was asked for.
        model: that wrote them, None for a text.
    """

    name: str
    lines: list[str]
    said: str
    corpus: "Corpus | None" = None
    level: str | None = None
    blank: int = 0
    label: str | None = None
    model: "TextGAN | None" = None


def read_lines(corpus: str, arguments: argparse.Namespace) -> list[str]:
    """The lines of a text file or another corpus: ends stripped, blank ones dropped."""
    from textgan.text.corpus import plain_lines

    return plain_lines(corpus, **card_options(arguments))


def read_samples(path: str, arguments: argparse.Namespace) -> Samples:
    """The samples of a run, drawn now, or the lines of a text.

    Raises:
        InputError: no such text or run, or no line in it.
    """
    label = getattr(arguments, "label", None)
    if not is_run(path):
        if arguments.best_of > 1:
            raise InputError(f"--best-of {arguments.best_of}: {path} is no run; leave it out")
        if label is not None:
            raise InputError(f"--label {label}: {path} is no run; leave it out")
        lines = read_lines(path, arguments)
        if not lines:
            raise InputError(f"{path}: no line with text in it; there is nothing to score")
        used = lines[: arguments.n]
        first = "all" if len(used) == len(lines) else f"the first {len(used):,} of"
        said = f"{first} {len(lines):,} lines"
        if arguments.n is not None and arguments.n > len(lines):
            said += f", fewer than -n {arguments.n:,}"
        return Samples(path, used, said)

    from textgan.model import TextGAN
    from textgan.sampling.noise import named_label
    from textgan.training.runs import run_corpus

    count = arguments.n or RUN_SAMPLES
    print(f"drawing {count:,} samples from {path}", file=sys.stderr)
    model = TextGAN.from_pretrained(path)
    label = None if label is None else named_label(model.labels, label)
    drawn = model.sample(count, seed=arguments.seed, best_of=arguments.best_of, label=label)
    lines = [line for line in (text.strip() for text in drawn) if line]
    if not lines:
        raise InputError(f"{path}: all {count:,} samples are blank; train longer before scoring")
    blank = len(drawn) - len(lines)
    said = f"{count:,} samples, seed {arguments.seed}"
    said += f", each the best of {arguments.best_of}" * (arguments.best_of > 1)
    said += f", label {label}" * (label is not None)
    said += f", {blank:,} blank left out" * bool(blank)
    corpus = run_corpus(path) if (Path(path) / "settings.toml").exists() else None
    if corpus is not None and list(corpus.summary.labels) != list(model.labels):
        raise InputError(
            f"{path}: its model knows other labels than its text has; evaluate {path}/model, with "
            "--reference"
        )
    return Samples(path, lines, said, corpus, model.tokenizer.level, blank, label, model)


def read_reference(
    name: str,
    corpus: "Corpus | None",
    arguments: argparse.Namespace,
    label: str | None = None,
    option: str = "--reference",
) -> list[str]:
    """The lines of a split of the run, of one `label` where it is named, or of any corpus.

    Raises:
        InputError: a split is named where there is no run, or there is no line.
    """
    if corpus is not None and name in SPLITS and not Path(name).exists():
        lines = corpus.lines(name, label)
        if not lines:
            of = f" of the label {label}" * (label is not None)
            raise held_out(name, f"no {name} lines{of}", option)
    else:
        try:
            lines = read_lines(name, arguments)
        except InputError as error:
            if corpus is None or Path(name).exists():
                raise
            raise InputError(f"{error}; of a run's splits there are {', '.join(SPLITS)}") from None
    if not lines:
        raise InputError(f"{option} {name}: no line with text in it; name another")
    return lines


def held_out(split: str, what: str, option: str = "--reference") -> InputError:
    """That a run held too little out in a split to be scored against or beside, and what serves."""
    remedy = "--no-real" if option == "--real" else "--reference train --no-real"
    return InputError(f"{option} {split}: the run held {what} out; give {remedy}, or a file")


@dataclass(frozen=True)
class Ground:
    """What samples are scored against.

    Attributes:
        reference: real lines.
        real: other real lines, or None.
        train: training lines, or None.
        count: of each set of samples, the lines to score: as many as there are real ones.
        said: lines for the head of the table.
    """

    reference: list[str]
    real: list[str] | None
    train: list[str] | None
    count: int
    said: list[str]


def read_ground(
    samples: int,
    corpus: "Corpus | None",
    arguments: argparse.Namespace,
    label: str | None = None,
) -> Ground:
    """Read the reference, the real lines and the training lines that `arguments` name.

    Args:
        samples: how many lines there are to score; as many real ones are wanted.
        corpus: of the run that is scored, whose splits serve where nothing is named.
        arguments: the command's.
        label: of the samples, and so of the split's lines that they are scored against and beside;
            a model has learned from the lines of all labels.

    Raises:
        InputError: no reference, or one that cannot be read or split.
    """
    from textgan.metrics.evaluate import hold_out
    from textgan.metrics.material import pick

    if arguments.reference is None and corpus is None:
        raise InputError(
            "--reference: a text needs one; give a text file, a corpus or a card's name"
        )
    name = arguments.reference or "test"
    reference = read_reference(name, corpus, arguments, label)
    total = len(reference)
    beside, real = arguments.real, None
    if beside is None and arguments.reference is None and corpus is not None:
        # Nor was a run trained on these, and its test split stays whole.
        held = corpus.lines("validation", label) if label else corpus.summary.splits["validation"]
        beside = "validation" if held else None
    if beside is not None and not arguments.no_real:
        lines = read_reference(beside, corpus, arguments, label, "--real")
        real = pick(lines, samples, arguments.seed)
        said_real = f"{beside}: {len(real):,} of {len(lines):,} lines"
        said_real += ", drawn at random" * (len(real) < len(lines))
    elif not arguments.no_real:
        if corpus is not None and arguments.reference is None and total == 1:
            raise held_out(name, "a single line")
        reference, real = hold_out(reference, samples, arguments.seed)
        said_real = f"{len(real):,} lines drawn at random out of the reference"
    count = samples if real is None else len(real)
    said = [f"reference  {name}: {len(reference):,} of {total:,} lines"]
    if real is not None:
        said.append(f"real       {said_real}")
    if count < samples:
        said.append(f"scored     {count:,} samples, as many as real lines (all with --no-real)")
    train = None
    if arguments.train is not None or corpus is not None:
        train = read_reference(arguments.train or "train", corpus, arguments)
        said.append(f"train      {arguments.train or 'train'}: {len(train):,} lines")
        known = set(train)
        if real is not None and sum(line in known for line in real) > len(real) / 2:
            hint = "most real lines stand in the training text: their novel, copies and nearest say"
            print(
                f"hint: {hint} nothing; give lines that were not trained on with --real",
                file=sys.stderr,
            )
    return Ground(reference, real, train, count, said)


def write_json(target: str, result: dict[str, Any]) -> None:
    """Write `result` to standard output (``-``) or, whole or not at all, to a file."""
    text = json.dumps(result, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if target == "-":
        sys.stdout.write(text)
        return
    from textgan.files import write_text

    write_text(Path(target), text)
