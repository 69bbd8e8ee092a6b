"""How fast the scores are, beside nltk, sacrebleu and (where it is installed) fast-bleu.

One command, one core, fixed data and seeds:

    python benchmarks/metrics.py [--data ../shared/data] [--json FILE] [--quick]

The captions are image_coco.txt and coco60-train.txt where `--data` has them, else captions of a
small made-up grammar. Each job runs in a process of its own, so that its peak memory is its own.
The other programs are timed on fewer lines where the whole would take minutes or hours; their time
for the whole is then an estimate by their own law (pairs of lines), which the result says.
"""

import argparse
import json
import os
import platform
import random
import resource
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")  # before numpy is imported

REPEATS = 3


def captions(folder: Path, number: int, seed: int = 0) -> list[str]:
    """`number` captions; beyond what the files hold, halves of two captions joined at random."""
    lines: list[str] = []
    for name in ("image_coco.txt", "coco60-train.txt"):
        if (folder / name).is_file():
            text = (folder / name).read_text(encoding="utf-8")
            lines += [line.strip() for line in text.splitlines() if line.strip()]
    draw = random.Random(seed)
    if not lines:
        words = [f"{a}{b}" for a in "bdfgklmnprst" for b in ("a", "ilo", "en", "ort", "u", "es")]
        lines = [" ".join(draw.choices(words, k=draw.randrange(7, 15))) for _ in range(20_000)]
    while len(lines) < number:
        a, b = draw.choice(lines).split(), draw.choice(lines).split()
        lines.append(" ".join([*a[: len(a) // 2], *b[len(b) // 2 :]]))
    return lines[:number]


def timed(work) -> float:
    """Seconds of the fastest of a few repeats."""
    best = float("inf")
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
        if best > 20:
            break
    return best


def job_self_bleu(folder: Path, size: int) -> dict:
    from textgan.metrics.self_bleu import self_bleu

    lines = captions(folder, size)
    return {"seconds": timed(lambda: self_bleu(lines))}


def job_bleu(folder: Path, size: int) -> dict:
    from textgan.metrics.sentence_bleu import bleu

    lines = captions(folder, 2 * size)
    return {"seconds": timed(lambda: bleu(lines[:size], lines[size:]))}


def job_js(folder: Path, size: int) -> dict:
    from textgan.metrics.divergence import Reference

    lines = captions(folder, 10_000 + size)
    return {"seconds": timed(lambda: Reference.of(lines[:10_000]).js(lines[10_000:]))}


def job_evaluate(folder: Path, size: int) -> dict:
    """Every default score with error bars and the real row, both levels' worth of one: words."""
    from textgan.metrics.evaluate import evaluate, hold_out

    lines = captions(folder, 4 * size)
    rest, real = hold_out(lines[size:], size)
    return {"seconds": timed(lambda: evaluate(lines[:size], rest, real=real, level="word"))}


def job_quick_js(folder: Path, size: int) -> dict:
    from textgan.metrics.divergence import Reference

    lines = [line[:32] for line in captions(folder, 20_000 + size)]
    reference = Reference.of(lines[size:])
    return {"seconds": timed(lambda: reference.js(lines[:size]))}


def job_ngram(folder: Path, size: int) -> dict:
    from textgan.metrics.kneser_ney import NgramModel

    lines = captions(folder, size)
    train = timed(lambda: NgramModel.train(lines, "char", 6))
    model = NgramModel.train(lines, "char", 6)
    return {"seconds": train, "sample_10000_seconds": timed(lambda: model.sample(10_000))}


def job_nltk_self_bleu(folder: Path, size: int) -> dict:
    """Nltk's sentence_bleu, `size` lines against 10,000; it goes by hypothesis times references."""
    from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

    lines = [line.split() for line in captions(folder, 10_000)]
    smooth = SmoothingFunction().method1
    weights = (0.2,) * 5
    start = time.perf_counter()
    for i in range(size):
        sentence_bleu(lines[:i] + lines[i + 1 :], lines[i], weights, smooth)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "for_10000": seconds * 10_000 / size}


def job_sacrebleu_bleu(folder: Path, size: int) -> dict:
    """Sacrebleu's corpus_bleu of `size` lines against `size` shared references; by pairs."""
    from sacrebleu.metrics.bleu import BLEU

    lines = captions(folder, 2 * size)
    streams = [[reference] * size for reference in lines[size:]]
    metric = BLEU(tokenize="none")
    start = time.perf_counter()
    metric.corpus_score(lines[:size], streams)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "for_10000": seconds * (10_000 / size) ** 2}


def job_fast_self_bleu(folder: Path, size: int) -> dict:
    from fast_bleu import SelfBLEU

    lines = [line.split() for line in captions(folder, size)]
    start = time.perf_counter()
    SelfBLEU(lines, {5: (0.2,) * 5}).get_score()
    return {"seconds": time.perf_counter() - start}


def job_fast_bleu(folder: Path, size: int) -> dict:
    from fast_bleu import BLEU

    lines = [line.split() for line in captions(folder, 2 * size)]
    start = time.perf_counter()
    BLEU(lines[size:], {5: (0.2,) * 5}).get_score(lines[:size])
    return {"seconds": time.perf_counter() - start}


JOBS = [
    ("self_bleu", (1_000, 10_000, 100_000, 1_000_000)),
    ("bleu", (1_000, 10_000, 100_000, 1_000_000)),
    ("js", (1_000, 10_000, 100_000, 1_000_000)),
    ("quick_js", (2_000,)),
    ("evaluate", (2_000, 10_000)),
    ("ngram", (10_000, 100_000)),
    ("nltk_self_bleu", (20,)),
    ("sacrebleu_bleu", (200,)),
    ("fast_self_bleu", (1_000, 10_000)),
    ("fast_bleu", (1_000, 10_000)),
]


def measure(name: str, size: int, folder: Path) -> dict:
    """One job in a fresh process."""
    command = [sys.executable, __file__, "--data", str(folder), "--job", name, "--size", str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["failed"])[-1]
        return {"job": name, "lines": size, "skipped": last}
    return {"job": name, "lines": size, **json.loads(done.stdout)}


def main() -> None:
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=here.parents[1] / "shared" / "data")
    parser.add_argument("--json", type=Path, help="write the results to a file")
    parser.add_argument("--quick", action="store_true", help="at most 10,000 lines a job")
    parser.add_argument("--only", metavar="JOB", help="one job alone")
    parser.add_argument("--job", help=argparse.SUPPRESS)
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.job:
        result = globals()[f"job_{arguments.job}"](arguments.data, arguments.size)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({**result, "peak_mib": round(peak)}))
        return
    results = []
    for name, sizes in JOBS:
        for size in sizes:
            if (arguments.only and name != arguments.only) or (arguments.quick and size > 10_000):
                continue
            results.append(measure(name, size, arguments.data))
            print("  ".join(f"{k} {tell(v)}" for k, v in results[-1].items()), flush=True)
    found = {(r["job"], r["lines"]): r for r in results if "seconds" in r}
    own = found.get(("self_bleu", 10_000))
    ratios = {}
    if own and ("nltk_self_bleu", 20) in found:
        ratios["nltk"] = found["nltk_self_bleu", 20]["for_10000"] / own["seconds"]
    if own and ("fast_self_bleu", 10_000) in found:
        ratios["fast-bleu"] = found["fast_self_bleu", 10_000]["seconds"] / own["seconds"]
    for other, ratio in ratios.items():
        print(f"self-BLEU-5 of 10,000 captions: {ratio:,.0f} times as fast as {other}")
    if arguments.json:
        machine = {"python": platform.python_version(), "machine": platform.processor()}
        report = {"machine": machine, "results": results, "ratios": ratios}
        arguments.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def tell(value: object) -> str:
    return f"{value:,.3f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
