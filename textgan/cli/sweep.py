"""`textgan evaluate RUN --sweep`: quality against diversity, beside the n-gram model."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textgan.cli.scored import RUN_SAMPLES, aligned, figure, read_ground, write_json
from textgan.errors import InputError

if TYPE_CHECKING:
    from textgan.metrics.evaluate import Evaluation
    from textgan.model import TextGAN

TEMPERATURES = (0.0, 0.25, 0.5, 0.75, 1.0)
TRUNCATIONS = (2.0, 1.5, 1.0, 0.7, 0.4)
ORDERS = {"char": (2, 3, 4, 5, 6, 8), "word": (1, 2, 3, 4)}
NAMES = ("lm", "precision4", "recall4", "self_bleu4", "js4", "unique")

Setting = dict[str, Any]


def run_sweep(arguments: argparse.Namespace, names: list[str] | None) -> int:
    """Draw the samples of every setting, score them, and show one table.

    Raises:
        InputError: the samples are not those of a run.
    """
    path = arguments.samples
    if not (Path(path) / "settings.toml").exists():
        raise InputError(f"--sweep: {path} is no run folder; a sweep draws its samples from a run")

    from textgan.metrics.evaluate import evaluate
    from textgan.model import TextGAN
    from textgan.training.runs import run_corpus

    model, corpus = TextGAN.from_pretrained(path), run_corpus(path)
    count = arguments.n or RUN_SAMPLES
    ground = read_ground(count, corpus, arguments)
    level = arguments.level or ("char" if model.tokenizer.name in ("char", "byte") else "word")

    def score(lines: list[str]) -> "Evaluation":
        return evaluate(
            lines,
            ground.reference,
            train=ground.train,
            level=level,
            cut=arguments.cut,
            names=names or NAMES,
            seed=arguments.seed,
        )

    found: list[tuple[Setting, Evaluation]] = []
    if ground.real is not None:
        found.append(({"model": "real"}, score(ground.real)))
    train = ground.train or corpus.lines("train")
    for setting, lines in [
        *draw_model(model, count, arguments.seed),
        *draw_ngram(train, level, count, arguments.seed),
    ]:
        print(f"scoring {tell(setting)}", file=sys.stderr)
        if any(line.strip() for line in lines):
            found.append((setting, score(lines)))
        else:
            print(f"{tell(setting)}: every sample is blank; left out", file=sys.stderr)
    if arguments.json:
        curve = [{**s, "n": e.n, "scores": e.as_json()["scores"]} for s, e in found]
        write_json(arguments.json, {"n": count, "level": level, "sweep": curve})
    if arguments.json != "-":
        head = [f"samples    {path}: {count:,} at every setting, seed {arguments.seed}"]
        columns = [score.name for score in found[0][1].scores]
        rows = [["", *columns]]
        rows += [[tell(s), *(figure(e[name].value) for name in columns)] for s, e in found]
        print("\n".join([*head, *ground.said, f"level      {level}", "", *aligned(rows)]))
    return 0


def draw_model(model: "TextGAN", count: int, seed: int) -> Iterator[tuple[Setting, list[str]]]:
    """Samples at every temperature, and of ever more truncated latents."""
    for temperature in TEMPERATURES:
        setting = {"model": "run", "temperature": temperature, "truncation": None}
        yield setting, model.sample(count, seed=seed, temperature=temperature)
    for truncation in TRUNCATIONS:
        setting = {"model": "run", "temperature": 0.0, "truncation": truncation}
        yield setting, model.sample(count, seed=seed, truncation=truncation)


def draw_ngram(
    train: list[str], level: str, count: int, seed: int
) -> Iterator[tuple[Setting, list[str]]]:
    """Samples of the baseline, from the shortest n-grams to the longest."""
    from textgan.metrics.kneser_ney import NgramModel

    for order in ORDERS[level]:
        model = NgramModel.train(train, level, order)
        yield {"model": "ngram", "order": order}, model.sample(count, seed=seed)


def tell(setting: Setting) -> str:
    """A setting in a few words."""
    if setting["model"] == "ngram":
        return f"{setting['order']}-grams"
    if setting["model"] == "real":
        return "real"
    if setting["truncation"] is not None:
        return f"truncation {setting['truncation']:g}"
    return f"temperature {setting['temperature']:g}"
