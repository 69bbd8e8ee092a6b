"""How fast a corpus is prepared, and in how much memory: made-up names, character level.

One command, fixed seeds:

    python benchmarks/encode.py [--lines N ...] [--tokenizer NAME] [--repeats K] [--json FILE]

Each size is prepared in a process of its own, from a file to the encoded arrays, by the function
behind `textgan corpora prepare`, into a cache of its own that is removed afterwards. Time is that
of the fastest repeat; "again" is a second start, which hashes the file and opens what stands.
Memory is the most that a look every 20 ms finds in /proc: `anonymous` is the process's own,
`mapped` is what it has mapped from files (libraries and arrays); `peak` is the most of both.
"""

import argparse
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

SIZES = (100_000, 1_000_000, 10_000_000)
HEADS = "b c d f g h j k l m n p r s t v w z br ch dr gl kr pl sh st th tr".split()
TAILS = "a e i o u ai an ar el en er ia in is on or us y".split()


def names(number: int, seed: int = 0):
    """`number` pronounceable names of two to five syllables, in blocks of 10,000."""
    draw = random.Random(seed)
    syllables = [head + tail for head in HEADS for tail in TAILS]
    for start in range(0, number, 10_000):
        for _ in range(min(10_000, number - start)):
            yield "".join(draw.choices(syllables, k=draw.randrange(2, 6)))


def write_names(path: Path, number: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(name + "\n" for name in names(number))


class Memory(threading.Thread):
    """The most memory of this process, in MiB, where there is a /proc."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.anonymous = self.mapped = 0.0

    def run(self) -> None:
        """Look until the process ends."""
        while True:
            self.look()
            time.sleep(0.02)

    def look(self) -> None:
        """Take up what is in use now."""
        try:
            status = Path("/proc/self/status").read_text()
        except OSError:
            return
        sizes = {}
        for line in status.splitlines():
            if line.startswith("Rss"):
                key, value = line.split(":")
                sizes[key] = int(value.split()[0]) / 1024
        self.anonymous = max(self.anonymous, sizes.get("RssAnon", 0.0))
        self.mapped = max(self.mapped, sizes.get("RssFile", 0.0) + sizes.get("RssShmem", 0.0))


def job(path: Path, tokenizer: str) -> dict:
    """Prepare the file, twice, in this process."""
    from textgan.text.corpus import find_card, prepare

    memory = Memory()
    memory.start()
    start = time.perf_counter()
    corpus = prepare(find_card(str(path)), tokenizer=tokenizer)
    seconds = time.perf_counter() - start
    memory.look()
    start = time.perf_counter()
    prepare(find_card(str(path)), tokenizer=tokenizer)
    again = time.perf_counter() - start
    on_disk = sum(file.stat().st_size for file in corpus.folder.iterdir())
    return {
        "seconds": seconds,
        "again": again,
        "kept": corpus.summary.kept,
        "bytes": path.stat().st_size,
        "disk_mib": on_disk / 2**20,
        "anonymous_mib": memory.anonymous,
        "mapped_mib": memory.mapped,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def measure(path: Path, tokenizer: str) -> dict:
    """One preparation in a fresh process, with a fresh cache."""
    command = [sys.executable, __file__, "--job", str(path), "--tokenizer", tokenizer]
    with tempfile.TemporaryDirectory(dir=path.parent) as cache:
        environment = {**os.environ, "TEXTGAN_CACHE": cache}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, nargs="+", default=SIZES, help="sizes of the corpora")
    parser.add_argument("--tokenizer", default="char", metavar="NAME")
    parser.add_argument("--repeats", type=int, default=3, metavar="K")
    parser.add_argument("--json", type=Path, help="write the results to a file")
    parser.add_argument("--job", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.job:
        print(json.dumps(job(arguments.job, arguments.tokenizer)))
        return
    results = []
    print("     lines  seconds    lines/s  again s  anonymous  mapped  peak MiB  on disk")
    with tempfile.TemporaryDirectory() as folder:
        for size in arguments.lines:
            path = Path(folder) / f"{size}.txt"
            write_names(path, size)
            runs = [measure(path, arguments.tokenizer) for _ in range(arguments.repeats)]
            best = min(runs, key=lambda run: run["seconds"])
            spread = [run["seconds"] for run in runs]
            results.append({"lines": size, **best, "all_seconds": spread})
            rate = size / best["seconds"]
            sizes = [best[f"{kind}_mib"] for kind in ("anonymous", "mapped", "peak", "disk")]
            row = f"{size:>10,}  {best['seconds']:>7.2f}  {rate:>9,.0f}  {best['again']:>7.2f}"
            print(row + "  {:>9.0f}  {:>6.0f}  {:>8.0f}  {:>7.0f}".format(*sizes), flush=True)
            path.unlink()
    if arguments.json:
        machine = {
            "python": platform.python_version(),
            "machine": platform.processor(),
            "cores": os.cpu_count(),
        }
        report = {"machine": machine, "tokenizer": arguments.tokenizer, "results": results}
        arguments.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
