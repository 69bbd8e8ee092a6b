"""What many processes cost: compute and communication of an update, from a measured step.

    python benchmarks/train_step.py --widths 512 --lengths 32 --critic-steps 1 --json rows.json
    python benchmarks/scaling.py rows.json --links 450e9,50e9,50e9

Every process has the measured batch. After each of an update's critic steps, and after its
generator step, the gradients of that network go round in one all-reduce: a ring moves
2 (K - 1) / K of them over each process's link, a tree of messages takes 2 log2 K latencies. Nothing
of it overlaps with computing. `efficiency` is compute over both; `lines/s` what all of them train.
"""

import argparse
import json
import math
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from textgan.objectives.wgan_gp import wgan_gp
from textgan.training.settings import NetworkSettings, TrainingSettings
from textgan.training.update import build

VOCAB, BLOCKS = 64, 5


def gradient_bytes(width: int, length: int) -> tuple[int, int]:
    """Bytes of the critic's and of the generator's gradients, in float32."""
    network = NetworkSettings(width=width, blocks=BLOCKS, head="flatten")
    state = build(
        network, TrainingSettings(), wgan_gp(), vocab=VOCAB, length=length,
        device=torch.device("meta"),
    )  # fmt: skip
    sizes = [
        4 * sum(p.numel() for p in part.parameters()) for part in (state.critic, state.generator)
    ]
    return sizes[0], sizes[1]


def all_reduce_seconds(size: int, count: int, link: float, latency: float) -> float:
    """One all-reduce of `size` bytes among `count` processes over links of `link` bytes/s."""
    return 2 * (count - 1) / count * size / link + 2 * math.ceil(math.log2(count)) * latency


def main() -> None:
    """Print a table for every measured row."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("rows", type=Path, help="of benchmarks/train_step.py --json")
    parser.add_argument("--counts", default="8,64,512", help="processes (%(default)s)")
    parser.add_argument(
        "--links", default="450e9,50e9,50e9", help="bytes/s of a process, a count each"
    )
    parser.add_argument("--latency", type=float, default=5e-6, help="of a message, seconds")
    parser.add_argument("--batch", type=int, default=64, help="of a process, as measured")
    options = parser.parse_args()
    counts = [int(count) for count in options.counts.split(",")]
    links = [float(link) for link in options.links.split(",")]
    print("width length steps  processes  compute s  reduce s  efficiency    lines/s")
    for row in json.loads(options.rows.read_text()):
        critic, generator = gradient_bytes(row["width"], row["length"])
        for count, link in zip(counts, links, strict=True):
            reduce = row["critic_steps"] * all_reduce_seconds(critic, count, link, options.latency)
            reduce += all_reduce_seconds(generator, count, link, options.latency)
            whole = row["ours_seconds"] + reduce
            print(
                f"{row['width']:5} {row['length']:6} {row['critic_steps']:3}+1 {count:10,} "
                f"{row['ours_seconds']:10.4f} {reduce:9.4f} {row['ours_seconds'] / whole:11.2f} "
                f"{count * options.batch * (row['critic_steps'] + 1) / whole:10,.0f}"
            )


if __name__ == "__main__":
    main()
