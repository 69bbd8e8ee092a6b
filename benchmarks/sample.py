"""Strings a second to a file: textgan against autoregressive models of the same task.

    python benchmarks/sample.py --seconds 120 --json rows.json

All models have random weights, one vocabulary and one length, and write text to a file from one
process; on a GPU they all have it spell the text. The others are an LSTM and a causal transformer
with a cache, written plainly here, once with hidden size 512 and once with as many parameters as
ours. Each is tried at several batches and number types; its best stands. Random weights write
full-length strings, which favours nobody: every model takes the same number of positions. `of peak`
is textgan's own arithmetic, text and file included in its time, over the rate of a (2,048 x 5
width) by (5 width x width) product.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from peak import peak_rate  # noqa: E402

from textgan.model import TextGAN  # noqa: E402
from textgan.networks.generator import Generator, most_probable  # noqa: E402
from textgan.networks.precision import fast_dtype  # noqa: E402
from textgan.sampling.spelling import packing, text_of  # noqa: E402
from textgan.text.tokenizer import Tokenizer  # noqa: E402

ALPHABET = "abcdefghijklmnopqrstuvwxyz .,'-!?0123456789ABCDEFGHIJKLMNOPQR"


class Lstm(nn.Module):
    """One layer, as character models use it."""

    def __init__(self, vocab: int, hidden: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.embedding = nn.Embedding(vocab, 4 * hidden)  # the input's part of the gates
        self.recurrent = nn.Linear(hidden, 4 * hidden)
        self.output = nn.Linear(hidden, vocab)

    def start(self, batch: int, length: int) -> list[Tensor]:
        """State before the first symbol."""
        weight = self.output.weight
        return [weight.new_zeros(batch, self.hidden) for _ in range(2)]

    def step(self, symbols: Tensor, position: int, state: list[Tensor]) -> Tensor:
        """Logits `(batch, vocab)` after `symbols` `(batch,)`; `state` moves on."""
        h, c = state
        i, f, g, o = (self.embedding(symbols) + self.recurrent(h)).chunk(4, -1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        state[:] = [torch.sigmoid(o) * torch.tanh(c), c]
        return self.output(state[0])


class Transformer(nn.Module):
    """A causal transformer with a cache of keys and values: two layers, eight heads at most."""

    def __init__(self, vocab: int, hidden: int, layers: int = 2) -> None:
        super().__init__()
        self.hidden, self.layers = hidden, layers
        self.heads = max(1, hidden // 64)
        self.embedding = nn.Embedding(vocab, hidden)
        self.place = nn.Embedding(256, hidden)
        self.norms = nn.ModuleList(nn.LayerNorm(hidden) for _ in range(2 * layers))
        self.mixes = nn.ModuleList(nn.Linear(hidden, 3 * hidden) for _ in range(layers))
        self.joins = nn.ModuleList(nn.Linear(hidden, hidden) for _ in range(layers))
        self.ups = nn.ModuleList(nn.Linear(hidden, 4 * hidden) for _ in range(layers))
        self.downs = nn.ModuleList(nn.Linear(4 * hidden, hidden) for _ in range(layers))
        self.output = nn.Linear(hidden, vocab)

    def start(self, batch: int, length: int) -> list[Tensor]:
        """Room for keys and values."""
        shape = (batch, self.heads, length, self.hidden // self.heads)
        return [self.output.weight.new_zeros(shape) for _ in range(2 * self.layers)]

    def step(self, symbols: Tensor, position: int, state: list[Tensor]) -> Tensor:
        """Logits `(batch, vocab)`; the cache is filled at `position`."""
        h = self.embedding(symbols) + self.place.weight[position]
        for layer in range(self.layers):
            mixed = self.mixes[layer](self.norms[2 * layer](h))
            q, k, v = (part.view(len(h), self.heads, 1, -1) for part in mixed.chunk(3, -1))
            keys, values = state[2 * layer], state[2 * layer + 1]
            keys[:, :, position : position + 1], values[:, :, position : position + 1] = k, v
            seen = functional.scaled_dot_product_attention(
                q, keys[:, :, : position + 1], values[:, :, : position + 1]
            )
            h = h + self.joins[layer](seen.reshape(len(h), self.hidden))
            h = h + self.downs[layer](
                functional.gelu(self.ups[layer](self.norms[2 * layer + 1](h)))
            )
        return self.output(h)


@torch.inference_mode()
def autoregressive(
    model: Lstm | Transformer, tokenizer: Tokenizer, batch: int, length: int, path: Path
) -> Callable[[], int]:
    """A function that writes one batch to a file and returns how many strings that is."""
    device = model.output.weight.device
    packs = packing(tokenizer, batch, length, device)

    def write() -> int:
        with torch.inference_mode():
            state = model.start(batch, length)
            symbols = torch.full((batch,), 3, device=device)
            written = torch.empty(batch, length, dtype=torch.long, device=device)
            for position in range(length):
                logits = model.step(symbols, position, state).float()
                # The Gumbel-max trick: a draw from the softmax for the price of an argmax.
                noise = -torch.empty_like(logits).exponential_().log()
                symbols = most_probable(logits[:, 3:] + noise[:, 3:]) + 3
                written[:, position] = symbols
            if packs is not None:
                text = packs.text(*(part.cpu() for part in packs.packed(written)))
            else:
                text = text_of(tokenizer, written.cpu())
        with path.open("a") as file:
            file.write(text)
        return batch

    return write


def ours(model: TextGAN, path: Path, n: int) -> Callable[[], int]:
    """The same for textgan, through what `textgan sample` calls."""

    def write() -> int:
        with path.open("a") as file:
            for text in model.text(n):
                file.write(text)
        return n

    return write


def rate(write: Callable[[], int], path: Path, seconds: float) -> list[float]:
    """Strings a second, call by call, for about `seconds` after one call to warm up."""
    write()
    rates: list[float] = []
    began = time.perf_counter()
    while time.perf_counter() - began < seconds or len(rates) < 3:
        start = time.perf_counter()
        count = write()
        rates.append(count / (time.perf_counter() - start))
    path.unlink()
    return rates


def parameters(model: nn.Module) -> int:
    """How many."""
    return sum(p.numel() for p in model.parameters())


def sized(build: Callable[[int], nn.Module], wanted: int, step: int) -> nn.Module:
    """The model whose parameters come nearest to `wanted`."""
    return min(
        (build(h) for h in range(step, 1025, step)), key=lambda m: abs(parameters(m) - wanted)
    )


def flops_of(generator: Generator) -> int:
    """Multiplications and additions of one string: the first weight once, the others a position."""
    later = [*generator.blocks.parameters(), generator.output.weight]
    weights = sum(p.numel() for p in later if p.dim() > 1)
    return 2 * (generator.input.weight.numel() + generator.length * weights)


def main() -> None:
    """Measure, print a table, write the rows."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--blocks", type=int, default=3)
    parser.add_argument("--length", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=120, help="in all")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--strings", type=int, default=16_384, help="a call, of textgan's")
    parser.add_argument("--batches", default="256,1024,4096")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    tokenizer = Tokenizer.train("char", [ALPHABET])
    vocab, length = tokenizer.vocab_size, options.length
    path = Path(f"strings-{os.getpid()}.txt")
    generator = Generator(
        vocab=vocab, length=length, width=options.width, blocks=options.blocks, scale=1.0
    )
    size = parameters(generator)
    model = TextGAN(tokenizer, generator).to(options.device)
    others: dict[str, nn.Module] = {
        "lstm hidden 512": Lstm(vocab, 512),
        "lstm equal size": sized(lambda h: Lstm(vocab, h), size, 8),
        "transformer hidden 512": Transformer(vocab, 512),
        "transformer equal size": sized(lambda h: Transformer(vocab, h), size, 64),
    }
    fast = fast_dtype(torch.device(options.device))
    peak = peak_rate(options.width, fast, options.device)
    dtypes = {torch.float32, fast}
    batches = [int(batch) for batch in options.batches.split(",")]
    share = options.seconds / (1 + len(others) * len(dtypes) * len(batches))
    print(
        f"torch {torch.__version__}, {options.device}, {options.threads} threads, "
        f"{vocab} symbols, {length} positions"
    )
    rates = rate(ours(model, path, options.strings), path, share)
    begun = time.perf_counter()
    for _ in range(20):
        model.sample(1)
    rows = [
        {"model": f"textgan width {options.width}", "parameters": size,
         "strings_per_second": statistics.median(rates), "low": min(rates), "high": max(rates),
         "peak_share": statistics.median(rates) * flops_of(generator) / peak,
         "latency_of_one_ms": (time.perf_counter() - begun) / 20 * 1e3}
    ]  # fmt: skip
    for name, other in others.items():
        best: dict[str, object] = {"strings_per_second": 0.0}
        for dtype in dtypes:
            other = other.to(options.device, dtype).eval()
            for batch in batches:
                write = autoregressive(other, tokenizer, batch, length, path)
                rates = rate(write, path, share)
                if statistics.median(rates) > float(str(best["strings_per_second"])):
                    best = {
                        "model": name, "parameters": parameters(other),
                        "strings_per_second": statistics.median(rates), "low": min(rates),
                        "high": max(rates), "batch": batch,
                        "dtype": str(dtype).removeprefix("torch."),
                    }  # fmt: skip
        rows.append(best)
    print(f"{'model':24} {'parameters':>10} {'strings/s':>10} {'ours is':>8}  at its best")
    for row in rows:
        ratio = float(str(rows[0]["strings_per_second"])) / float(str(row["strings_per_second"]))
        how = (
            f"batch {row['batch']}, {row['dtype']}"
            if "batch" in row
            else "{peak_share:.2f} of peak, one string in {latency_of_one_ms:.1f} ms".format(**row)
        )
        print(
            f"{row['model']:24} {row['parameters']:10,} {row['strings_per_second']:10,.0f} "
            f"{ratio:7.1f}x  {how}"
        )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
