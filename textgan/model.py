"""TextGAN: a tokenizer and a generator together, which is all that writing takes."""

import json
import math
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import ModelHubMixin
from safetensors.torch import save
from torch import Tensor, nn

from textgan import model_folder
from textgan.choosing import best
from textgan.errors import InputError
from textgan.files import write_bytes, write_text
from textgan.model_folder import CARD, CONFIG, CRITIC, TOKENIZER, WEIGHTS
from textgan.networks.critic import Critics, settled
from textgan.networks.generator import Generator, most_probable
from textgan.networks.memory import keep_freed_memory
from textgan.networks.precision import fast_dtype
from textgan.text.tokenizer import Tokenizer
from textgan.training.draws import SAMPLE_LATENT, SAMPLE_SYMBOL, noise

CHUNK = 256
"""Samples are drawn and computed in chunks of this many, so that they never depend on the batch."""

TOGETHER = 16
"""Chunks that a GPU writes in one pass, unless the logits of fewer fill `LOGITS` already."""
LOGITS = 2**28

BEHIND = 2
"""Passes that the spelling of lines may be behind the networks."""

UNPRINTED = dict.fromkeys(map(ord, "\n\r\0"), "\ufffd")


def chunks_of(n: int, rank: int = 0, count: int = 1) -> range:
    """The chunks that `n` lines take; with `count` processes, those of process `rank`."""
    chunks = -(-n // CHUNK)
    return range(chunks * rank // count, chunks * (rank + 1) // count)


class TextGAN(ModelHubMixin, library_name="textgan", tags=["textgan", "text-generation"]):
    """A trained model.

    Args:
        tokenizer: turns symbols into text.
        generator: turns noise into symbol probabilities.
        facts: what the model was trained on and how it scored, for its card.
        critic: what the generator learned from; a copy chooses where `best_of` asks for it.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        generator: Generator,
        facts: dict[str, Any] | None = None,
        critic: Critics | None = None,
    ) -> None:
        self.tokenizer = tokenizer
        self.generator = generator.eval().requires_grad_(False)
        self.critic = None if critic is None else settled(critic)
        self.facts = facts or {}

    def __repr__(self) -> str:
        g = self.generator
        size = sum(p.numel() for p in g.parameters())
        return f"<TextGAN: {g.vocab} symbols, length {g.length}, {size:,} parameters>"

    def sample(
        self,
        n: int,
        seed: int = 0,
        temperature: float = 0.0,
        truncation: float | None = None,
        best_of: int = 1,
    ) -> list[str]:
        """Write `n` lines.

        Args:
            n: how many.
            seed: the same seed writes the same lines; the first of more are the same, too.
            temperature: 0 takes the most probable symbol at each position; above, symbols are
                drawn from the softmax at that temperature.
            truncation: latents further than this from zero are drawn again, in each coordinate;
                smaller means safer and less varied.
            best_of: each line is the one of so many that the critic takes most for real: better
                text and less variety, for more than so many times the work.

        Returns:
            `n` lines of text.

        Raises:
            InputError: a value means nothing, or `best_of` needs a critic and there is none.
        """
        lines: list[str] = []
        for chunk in self.lines(n, seed, temperature, truncation, best_of):
            lines += chunk
        return lines

    def lines(
        self,
        n: int,
        seed: int = 0,
        temperature: float = 0.0,
        truncation: float | None = None,
        best_of: int = 1,
    ) -> Iterator[list[str]]:
        """Write `n` lines a chunk at a time, in flat memory; arguments as in `sample`."""
        for lines, _ in self.stream(n, seed, temperature, truncation, best_of, scored=False):
            yield lines

    def stream(
        self,
        n: int,
        seed: int = 0,
        temperature: float = 0.0,
        truncation: float | None = None,
        best_of: int = 1,
        scored: bool = True,
        chunks: range | None = None,
    ) -> Iterator[tuple[list[str], list[float]]]:
        """Write `n` lines a chunk at a time, in flat memory; arguments as in `sample`.

        Lines are spelled in a thread of their own while the networks write the next chunk. The
        networks stay in the calling thread: a second thread with parallel operations of its own
        would make both of them wait for the processor.

        Args:
            n: see `sample`, as for the next four.
            seed: likewise.
            temperature: likewise.
            truncation: likewise.
            best_of: likewise.
            scored: also give scores.
            chunks: of `chunks_of(n)`, those to write; all of them by default.

        Yields:
            Lines and, where `scored`, the mean log2-probability of each line's symbols.
        """
        if n < 0:
            raise InputError(f"n is {n}; it must be at least 0")
        if best_of < 1:
            raise InputError(f"best_of is {best_of}; it must be at least 1")
        if best_of > 1 and self.critic is None:
            raise InputError(
                f"best_of is {best_of} and this model was saved without the critic that would "
                "choose; leave it out, or train and save the model anew"
            )

        def written(chunks: range) -> tuple[Tensor, Tensor]:
            tries = (
                self._chunks(seed, chunks, temperature, truncation, scored, attempt)
                for attempt in range(best_of)
            )
            return next(tries) if self.critic is None or best_of == 1 else best(tries, self.critic)

        keep_freed_memory()
        chunks = chunks_of(n) if chunks is None else chunks
        together, most = self._together(), min(n, chunks.stop * CHUNK)
        with ThreadPoolExecutor(1) as speller:
            coming: deque[Future[tuple[list[str], list[float]]]] = deque()
            for first in range(chunks.start, chunks.stop, together):
                symbols, scores = written(range(first, min(first + together, chunks.stop)))
                rows = slice(most - first * CHUNK)
                coming.append(speller.submit(self._spelled, symbols[rows], scores[rows]))
                if len(coming) > BEHIND:
                    yield coming.popleft().result()
            while coming:
                yield coming.popleft().result()

    def _spelled(self, symbols: Tensor, scores: Tensor) -> tuple[list[str], list[float]]:
        return self._lines(symbols), scores.tolist()

    def _chunks(
        self,
        seed: int,
        chunks: range,
        temperature: float,
        truncation: float | None,
        scored: bool,
        attempt: int,
    ) -> tuple[Tensor, Tensor]:
        # Always as many rows, so that the kernels are the same however many lines are asked for.
        rows = CHUNK * self._together()
        z = _filled([self._latents(seed, chunk, attempt) for chunk in chunks], rows)
        if truncation is not None:
            z = _truncated(z, truncation)
        draws = None
        if temperature > 0:
            shape = (CHUNK, self.generator.length, self.generator.vocab)
            purpose = SAMPLE_SYMBOL + (attempt << 32)
            parts = [noise(shape, seed, chunk, purpose, True) for chunk in chunks]
            draws = _filled(parts, rows)
        return self._write(z, temperature, draws, scored)

    def _together(self) -> int:
        """Chunks of one pass: what keeps a GPU busy and fits its memory; one on a CPU."""
        if self.generator.output.weight.device.type == "cpu":
            return 1
        logits = CHUNK * self.generator.length * self.generator.vocab
        return min(TOGETHER, max(1, LOGITS // logits))

    def interpolate(self, first: int, second: int, steps: int = 9, seed: int = 0) -> list[str]:
        """The lines on a walk through latent space.

        Args:
            first: where it starts: the number of a sample of that seed.
            second: where it ends.
            steps: lines in all, both ends included.
            seed: of the samples.

        Returns:
            `steps` lines; the ends are the two samples. The walk is along the great circle, so
            that every point of it is as far from zero as its neighbours.
        """
        if steps < 2:
            raise InputError(f"steps is {steps}; a walk has at least its two ends")
        a, b = (self._latents(seed, i // CHUNK)[i % CHUNK] for i in (first, second))
        cosine = torch.dot(a, b) / (a.norm() * b.norm())
        angle = torch.acos(cosine.clamp(-1, 1))
        share = torch.linspace(0, 1, steps)[:, None]
        if angle < 1e-4:
            z = torch.lerp(a, b, share)
        else:
            z = (torch.sin((1 - share) * angle) * a + torch.sin(share * angle) * b) / angle.sin()
        return self.write(z)

    def write(self, z: Tensor) -> list[str]:
        """The lines of latents `(batch, latent)`, by the most probable symbol at each position."""
        symbols, _ = self._write(z)
        return self._lines(symbols)

    def _lines(self, symbols: Tensor) -> list[str]:
        lines = self.tokenizer.decode_batch(symbols.numpy())
        if self.tokenizer.name in ("byte", "byte-bpe"):
            # Bytes can spell what would end a line or a text: a line of text is one line.
            lines = [line.translate(UNPRINTED) for line in lines]
        return lines

    def _latents(self, seed: int, chunk: int, attempt: int = 0) -> Tensor:
        purpose = SAMPLE_LATENT + (attempt << 32)
        return noise((CHUNK, self.generator.latent), seed, chunk, purpose, False)

    @torch.inference_mode()
    def _write(
        self,
        z: Tensor,
        temperature: float = 0.0,
        draws: Tensor | None = None,
        scored: bool = False,
    ) -> tuple[Tensor, Tensor]:
        # Symbols (batch, length); scores (batch,), or empty where they are not wanted.
        device, length = self.generator.output.weight.device, self.generator.length
        symbols, scores, at = [], [], 0
        for slab in self.generator.slabs(z.to(device), fast_dtype(device)):
            logits = slab.float()
            preferred = logits
            if draws is not None:
                # The Gumbel-max trick: the argmax of logits plus Gumbel noise is a softmax draw.
                uniform = draws.flatten(0, 1)[at : at + len(logits)].to(device)
                uniform = uniform.clamp(1e-20, 1 - 1e-7)
                preferred = logits / temperature - (-uniform.log()).log()
            chosen = most_probable(preferred)
            symbols.append(chosen)
            if scored:
                likely = logits.gather(-1, chosen[:, None]).squeeze(-1) - logits.logsumexp(-1)
                scores.append(likely / math.log(2))
            at += len(logits)
        written = torch.cat(symbols).view(-1, length).cpu()
        if not scored:
            return written, torch.empty(0)
        return written, torch.cat(scores).view(-1, length).mean(-1).cpu()

    def to(self, device: str | torch.device) -> "TextGAN":
        """Move the networks to a device."""
        self.generator.to(device)
        if self.critic is not None:
            self.critic.to(device)
        return self

    def _save_pretrained(self, save_directory: Path) -> None:
        generator, critic = self.generator, self.critic
        config = {
            "model_type": "textgan",
            "vocab": generator.vocab,
            "length": generator.length,
            "width": generator.width,
            **generator.blocks.shape(),
            "latent": generator.latent,
            "facts": self.facts,
        }
        if critic is not None:
            config["critic"] = critic.shape()
            write_bytes(save_directory / CRITIC, _serialised(critic))
        write_bytes(save_directory / WEIGHTS, _serialised(generator))
        self.tokenizer.save(save_directory / TOKENIZER)
        write_text(save_directory / CONFIG, json.dumps(config, indent=1, ensure_ascii=False))
        from textgan.card import model_card

        write_text(save_directory / CARD, model_card(config, self.tokenizer))

    def save_pretrained(self, save_directory: str | Path, **_: Any) -> None:
        """Write the model folder: `config.json`, weights, tokenizer, card."""
        folder = Path(save_directory)
        folder.mkdir(parents=True, exist_ok=True)
        self._save_pretrained(folder)

    @classmethod
    def from_pretrained(  # type: ignore[override]
        cls, path: str | Path, *, device: str = "cpu", **options: Any
    ) -> "TextGAN":
        """Load a model folder, a run folder, or `hf:owner/name`.

        Args:
            path: where it is.
            device: where the generator goes.
            **options: handed to the hub's download for `hf:`: `revision`, `token`, `cache_dir` …

        Raises:
            InputError: there is no model there, or it is damaged.
        """
        found = model_folder.load(path, options)
        return cls(found.tokenizer, found.generator, found.facts, found.critic).to(device)


def _serialised(network: nn.Module) -> bytes:
    return save({key: value.cpu().contiguous() for key, value in network.state_dict().items()})


def _filled(parts: list[Tensor], rows: int) -> Tensor:
    """The parts one after the other, and zeros up to so many rows."""
    held = torch.cat(parts)
    short = rows - len(held)
    return torch.cat([held, held.new_zeros(short, *held.shape[1:])]) if short else held


def _truncated(z: Tensor, limit: float) -> Tensor:
    if limit <= 0:
        raise InputError(f"truncation is {limit}; it must be greater than 0")
    # By the inverse of the normal distribution function, so that nothing is drawn twice.
    share = torch.special.ndtr(torch.tensor(float(limit)))
    uniform = torch.special.ndtr(z)
    inside: Tensor = torch.special.ndtri((1 - share) + uniform * (2 * share - 1))
    return inside
