"""Seconds per generator update: the textbook implementation against textgan's, in one run.

    python benchmarks/train_step.py --widths 64,128 --lengths 32 --seconds 60 --json rows.json

The two take turns; a figure is the median over turns, `ratio` the median of the turns' ratios.
`peak_share` is textgan's rate over the rate of a (2,048 x 5 width) by (5 width x width) product
in the same number type, measured in the same run; the work is counted as 10 passes a critic step, 1
for its generated batch and 5 a generator step, 2 x parameters of the blocks x batch x length each.
Memory is the peak during three updates beyond imports and the networks' weights, Adam's moments
included, each side in a process of its own.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from peak import peak_rate, seconds_of  # noqa: E402
from textbook import Textbook  # noqa: E402

from textgan.networks.memory import keep_freed_memory  # noqa: E402
from textgan.networks.precision import fast_dtype, named_dtype  # noqa: E402
from textgan.objectives.wgan_gp import wgan_gp  # noqa: E402
from textgan.training.fast import chosen_update  # noqa: E402
from textgan.training.processes import Processes  # noqa: E402
from textgan.training.settings import NetworkSettings, TrainingSettings  # noqa: E402
from textgan.training.update import Lines, build  # noqa: E402


class Side(NamedTuple):
    """An implementation: one update of it, and the networks that it holds."""

    step: Callable[[], None]
    networks: list[nn.Module]


def ours(
    options: argparse.Namespace, width: int, length: int, critic_steps: int, graph: bool = True
) -> Side:
    """The update of textgan, as the training loop calls it; on a GPU as a graph, or not."""
    network = NetworkSettings(
        width=width, blocks=options.blocks, residual_scale=0.3, head="flatten"
    )
    training = TrainingSettings(
        batch=options.batch, pieces=options.pieces, critic_steps=critic_steps, beta1=0.5,
        generator_rate=1e-4, critic_rate=1e-4, compile=options.compile, graph=graph,
    )  # fmt: skip
    keep_freed_memory()
    device = torch.device(options.device)
    objective, alone = wgan_gp(), Processes()
    state = build(network, training, objective, vocab=options.vocab, length=length, device=device)
    dtype = named_dtype(options.dtype, device)
    text = torch.randint(3, options.vocab, (critic_steps, options.batch, length), device=device)

    update = chosen_update(training, device)

    def step() -> None:
        update(
            state, objective, lambda draw: Lines(text[draw % critic_steps]), training, dtype, alone
        )

    return Side(step, [state.generator, state.critic, state.average])


def textbook(options: argparse.Namespace, width: int, length: int, critic_steps: int) -> Side:
    """The baseline's update."""
    model = Textbook(options.vocab, length, width, options.blocks, 0.3, options.device)
    text = torch.randint(3, options.vocab, (options.batch, length), device=options.device)
    return Side(lambda: model.update(text, critic_steps), [model.generator, model.critic])


def formula_flops(options: argparse.Namespace, width: int, length: int, critic_steps: int) -> int:
    """The work of one update by the formula above."""
    parameters = options.blocks * 2 * 5 * width * width
    return (11 * critic_steps + 5) * 2 * parameters * options.batch * length


def counted_flops(step: Callable[[], None]) -> int:
    """The work of one update as torch counts it."""
    with FlopCounterMode(display=False) as counter:
        step()
    return int(counter.get_total_flops())


def memory_of(options: argparse.Namespace, side: str, width: int, length: int, steps: int) -> float:
    """Peak memory in MiB of three updates beyond weights and imports, in a process of its own."""
    command = [sys.executable, __file__, "--memory-of", side, "--widths", str(width)]
    command += ["--lengths", str(length), "--critic-steps", str(steps)]
    command += ["--blocks", str(options.blocks), "--batch", str(options.batch)]
    command += ["--vocab", str(options.vocab)]
    command += ["--pieces", str(options.pieces)]
    command += ["--no-tf32"] if options.no_tf32 else []
    command += ["--compile"] if options.compile else []
    command += ["--device", options.device, "--dtype", options.dtype]
    command += ["--threads", str(torch.get_num_threads())]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout)


def print_memory(options: argparse.Namespace) -> None:
    """What the process of `memory_of` does."""
    side = ours if options.memory_of == "ours" else textbook
    cuda = options.device == "cuda"
    side(options, 8, 8, 1).step()  # code that is loaded when it is first called counts as imports
    # Before anything is built: one of the two makes Adam's moments then, the other when it steps.
    before = torch.cuda.memory_allocated() / 2**20 if cuda else resident_mib("VmRSS")
    made = side(options, *options.widths, *options.lengths, *options.critic_steps)
    for _ in range(3):
        made.step()
    peak = torch.cuda.max_memory_allocated() / 2**20 if cuda else resident_mib("VmHWM")
    weights = [p.nbytes for network in made.networks for p in network.parameters()]
    print(peak - before - sum(weights) / 2**20)


def resident_mib(field: str) -> float:
    """A figure of /proc/self/status, in MiB (Linux)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


def compare(
    options: argparse.Namespace, width: int, length: int, critic_steps: int, seconds: float
) -> dict[str, object]:
    """One row: the two in turns for about `seconds`."""
    torch.manual_seed(0)
    sides = [side(options, width, length, critic_steps).step for side in (textbook, ours)]
    warm_up = [seconds_of(step, options.device) for step in sides for _ in range(2)]
    times: list[list[float]] = [[], []]
    began = time.perf_counter()
    while time.perf_counter() - began < seconds or len(times[0]) < 3:
        for step, taken in zip(sides, times, strict=True):
            taken.append(seconds_of(step, options.device))
    dtype = named_dtype(options.dtype, torch.device(options.device))
    plain, fast = (statistics.median(taken) for taken in times)
    flops = formula_flops(options, width, length, critic_steps)
    peak = peak_rate(width, dtype, options.device)
    quartiles = statistics.quantiles(times[1], n=4)
    counted = counted_flops(ours(options, width, length, critic_steps, False).step)
    return {
        "width": width,
        "length": length,
        "critic_steps": critic_steps,
        "vocab": options.vocab,
        "dtype": str(dtype).removeprefix("torch."),
        "textbook_seconds": plain,
        "ours_seconds": fast,
        "ours_quartiles": [quartiles[0], quartiles[2]],
        "our_first_steps": warm_up[2:],
        "ratio": statistics.median(a / b for a, b in zip(*times, strict=True)),
        "turns": len(times[0]),
        "formula_gflop": flops / 1e9,
        "counted_gflop": counted / 1e9,
        "peak_gflops": peak / 1e9,
        "peak_share": flops / fast / peak,
        "textbook_memory": memory_of(options, "textbook", width, length, critic_steps),
        "our_memory": memory_of(options, "ours", width, length, critic_steps),
    }


def integers(text: str) -> list[int]:
    """`64,128`."""
    return [int(part) for part in text.split(",")]


def main() -> None:
    """Measure every combination, print a table, write the rows."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--widths", type=integers, default=[64, 128, 256, 512])
    parser.add_argument("--lengths", type=integers, default=[16, 32, 64])
    parser.add_argument("--critic-steps", type=integers, default=[5, 1])
    parser.add_argument("--blocks", type=int, default=5)
    parser.add_argument("--vocab", type=int, default=64, help="symbols; above 1,000 for words")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--pieces", type=int, default=1, help="of a batch, in textgan alone")
    parser.add_argument("--no-tf32", action="store_true", help="the textbook in true float32")
    parser.add_argument("--compile", action="store_true", help="textgan's update, by torch")
    parser.add_argument("--seconds", type=float, default=600, help="in all")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--dtype", default="auto", choices=["auto", "float32", "bfloat16"])
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--json", type=Path)
    parser.add_argument("--memory-of", choices=["ours", "textbook"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.backends.cudnn.allow_tf32 = not options.no_tf32  # torch's own choice for convolutions
    if options.memory_of:
        print_memory(options)
        return
    print(
        f"torch {torch.__version__}, {options.device}, {options.threads} threads, batch "
        f"{options.batch}, {options.blocks} blocks, fast type "
        f"{fast_dtype(torch.device(options.device))}"
    )
    cases = [
        (width, length, steps)
        for width in options.widths
        for length in options.lengths
        for steps in options.critic_steps
    ]
    rows = []
    print("width length steps  textbook     ours   ratio  of peak  memory: textbook  ours")
    for case in cases:
        # A fifth of the time goes to memory, counting and the peak.
        row = compare(options, *case, seconds=0.8 * options.seconds / len(cases))
        rows.append(row)
        print(
            "{width:5} {length:6} {critic_steps:3}+1 {textbook_seconds:9.4f} {ours_seconds:8.4f} "
            "{ratio:7.2f} {peak_share:8.2f} "
            "{textbook_memory:11.0f} MiB {our_memory:4.0f} MiB".format(**row),
            flush=True,
        )
        if options.compile:
            print("the first two steps took", *(f"{s:.1f} s" for s in row["our_first_steps"]))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
