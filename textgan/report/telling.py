"""The words and tables of the page, out of what was gathered."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from textgan.report.gather import Run
from textgan.report.visible import decimals, duration, number, share, visible
from textgan.text.summary import told_labels

STAGES = 4
LONG = 24

ScoreRow = tuple[str, float, float, float | None]


@dataclass(frozen=True)
class Evaluation:
    """What `evaluate` last appended to the run's scores.

    Attributes:
        step: that the run stood at, None where it was not known.
        n: samples scored.
        reference: lines that they were scored against.
        best_of: of how many each sample is the critic's choice.
        cut: symbols kept of each line, None for all.
        level: that the scores are of, ``"char"`` or ``"word"``, None where it was not known.
        label: that the samples and the real lines have, None where they are of all.
        rows: name, value, lower and upper end of the error bar, real text's value.
    """

    step: int | None
    n: int | None
    reference: int | None
    best_of: int | None
    cut: int | None
    level: str | None
    label: str | None
    rows: list[tuple[str, float | None, float | None, float | None, float | None]]


def lead(run: Run) -> str:
    """What this is, in two sentences."""
    first = f"A generator that writes whole lines at once, trained on {visible(run.name)}"
    if not run.step:
        return first + "; it has not made a step yet."
    first += f" for {run.step:,} steps."
    values, real = run.score("js4"), run.score("js4_real")
    if not len(values) or not len(real):
        return first
    last = int(values.steps[-1])
    second = (
        (f" At step {last:,} its " if last < run.step else " Its ")
        + f"{'runs of four words' if run.level == 'word' else 'four-character runs'} differ "
        f"from real text's by {decimals(values.values[-1])} on a scale from 0 to 1, where "
        f"other real text differs by {decimals(real.values[-1])}"
    )
    if values.steps[0] == 0 and len(values) > 1:
        second += f"; before training it was {decimals(values.values[0])}"
    return first + second + "."


def tiles(run: Run) -> list[tuple[str, str, str]]:
    """The few figures at the top: name, figure, remark."""
    summary, found = run.summary, [("Steps", f"{run.step:,}", "generator updates")]
    seconds = run.figure("seconds")
    if len(seconds):
        rate = run.figure("steps_per_second").values
        remark = f"{number(sum(rate) / len(rate))} steps a second" if rate else ""
        found.append(("Training time", duration(seconds.values[-1]), remark))
    if summary is not None:
        lines = summary.splits.get("train", 0)
        found.append(("Training lines", f"{lines:,}", f"{summary.symbols:,} different symbols"))
    for name, title in (("js4", "JS-4"), ("unique", "Different lines")):
        values, real = run.score(name), run.score(name + "_real")
        if len(values):
            shown = share(values.values[-1]) if name == "unique" else decimals(values.values[-1])
            remark = (
                f"real text {decimals(real.values[-1])}" if len(real) else "of the last samples"
            )
            if (last := int(values.steps[-1])) < run.step:
                remark += f", at step {last:,}"
            found.append((title, shown, remark))
    return found


def score_rows(run: Run) -> list[ScoreRow]:
    """Each score: name, at the first step, at the last, of real text."""
    rows: list[ScoreRow] = []
    for name in run.score_names():
        series, real = run.score(name), run.score(name + "_real")
        if len(series):
            at_real = real.values[-1] if len(real) else None
            rows.append((name, series.values[0], series.values[-1], at_real))
    return rows


def stages(samples: Sequence[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """The first samples, the last, and some between."""
    if len(samples) <= STAGES:
        return list(samples)
    last = len(samples) - 1
    # The early steps are where most happens.
    chosen = sorted({0, *(round(last * (i / (STAGES - 1)) ** 1.5) for i in range(STAGES)), last})
    return [samples[i] for i in chosen]


def settings_tables(run: Run) -> dict[str, dict[str, str]]:
    """Each section of the settings, with what is set in it, and the versions."""
    tables = {
        section: {
            key.replace("_", " "): f"{value:g}" if isinstance(value, float) else str(value)
            for key, value in values.items()
            if value is not None
        }
        for section, values in asdict(run.settings).items()
    }
    return {name: rows for name, rows in {**tables, "versions": run.versions}.items() if rows}


def long_lines(run: Run) -> bool:
    """Whether lines need a wide column."""
    length = run.summary.length if run.summary else run.settings.corpus.length or 0
    return run.level == "word" or length > LONG


def evaluation(run: Run) -> Evaluation | None:
    """The last evaluation; None without one."""
    found = run.evaluation
    if found is None:
        return None
    rows = []
    for name, score in found["scores"].items():
        if isinstance(score, dict):
            value, low, high, real = (
                _figure(score.get(k)) for k in ("value", "low", "high", "real")
            )
            rows.append((str(name), value, low, high, real))
    step, n, reference, best_of, cut = (
        value if isinstance(value := found.get(key), int) else None
        for key in ("step", "n", "reference", "best_of", "cut")
    )
    level = found["level"] if found.get("level") in ("char", "word") else None
    label = found["label"] if isinstance(found.get("label"), str) else None
    return Evaluation(step, n, reference, best_of, cut, level, label, rows) if rows else None


def corpus_rows(run: Run) -> list[tuple[str, str]]:
    """What is known of the corpus: name of the fact, and the fact."""
    rows = []
    licence = run.corpus.card.licence if run.corpus else run.facts.get("licence")
    if licence:
        rows.append(("licence", str(licence)))
    summary = run.summary
    if summary is None:
        return rows
    rows.append(("lines", f"{summary.read:,} read, {summary.kept:,} kept"))
    left = [f"{count:,} {reason}" for reason, count in summary.dropped.items() if count]
    rows.append(("left out", ", ".join(left) or "none"))
    rows.append(("split", ", ".join(f"{name} {n:,}" for name, n in summary.splits.items())))
    symbols = f"{summary.symbols:,} ({summary.tokenizer})"
    if summary.unknown:
        symbols += f"; {summary.unknown:,} lines hold unknown ones"
    rows.append(("symbols", symbols))
    if summary.labels:
        rows.append(("labels", told_labels(summary.labels)))
    rows.append(("lengths", _lengths(summary.lengths)))
    cut = f"; {summary.cut:,} longer lines cut" if summary.cut else ""
    rows.append(("sequences", f"{summary.length:,} symbols{cut}"))
    return rows


def _lengths(found: dict[str, int]) -> str:
    within = [f"{n[:-1]}\u00a0% at most {v:,}" for n, v in found.items() if n.endswith("%")]
    longest = [f"the longest {found['longest']:,}"] if "longest" in found else []
    return "; ".join([", ".join(within), *longest])


def _figure(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
