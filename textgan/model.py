"""TextGAN: a tokenizer and a generator together, which is all that writing takes."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import ModelHubMixin
from safetensors.torch import save
from torch import Tensor, nn

from textgan import model_folder
from textgan.errors import InputError, listed, whole
from textgan.files import folder_for, write_bytes, write_text
from textgan.model_folder import CARD, CONFIG, CRITIC, TOKENIZER, WEIGHTS
from textgan.networks.critic import Critics, settled
from textgan.networks.device import named_device
from textgan.networks.generator import Generator
from textgan.networks.memory import keep_freed_memory
from textgan.sampling.noise import CHUNK, Asked, chunks_of, labels_of, latents_of, shares_of
from textgan.sampling.sieve import known_lines, sifted
from textgan.sampling.spelling import lines_of, packing, text_of
from textgan.sampling.writing import chunks_together, delivered, passes, write
from textgan.text.labels import wrong_labels
from textgan.text.tokenizer import Tokenizer


class TextGAN(ModelHubMixin, library_name="textgan", tags=["textgan", "text-generation"]):
    """A trained model.

    Args:
        tokenizer: turns symbols into text.
        generator: turns noise into symbol probabilities. It is taken as it is, not copied, and
            learns no more: give a copy of one that is to go on training.
        facts: what the model was trained on and how it scored, for its card.
        critic: what the generator learned from; a copy chooses where `best_of` asks for it.
        labels: the kinds of lines that it tells apart, in order, and how many training lines each
            had.

    Raises:
        InputError: the labels are none, or the generator knows another number of them.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        generator: Generator,
        facts: dict[str, Any] | None = None,
        critic: Critics | None = None,
        labels: Mapping[str, int] | None = None,
    ) -> None:
        counts = (labels or {}).items()
        self.labels = {label: whole(n, f"labels: {label!r:.60}", 0) for label, n in counts}
        if wrong := wrong_labels(self.labels, generator.labels):
            raise InputError(wrong)
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
        label: str | None = None,
        unique: bool = False,
        without: Iterable[str] = (),
    ) -> list[str]:
        """Write `n` lines.

        Args:
            n: how many.
            seed: the same seed writes the same lines; the first of more are the same, too.
            temperature: 0 takes the most probable symbol at each position; above, symbols are
                drawn from the softmax at that temperature.
            truncation: latents are squeezed into the normal distribution between this and its
                negative, in each coordinate; smaller means safer and less varied.
            best_of: each line is the one of so many that the critic takes most for real: better
                text and less variety, for more than so many times the work.
            label: that all lines have, one of `labels`; by default each line has its own, drawn by
                the share that it has of the training text.
            unique: draw until `n` are distinct.
            without: lines that are not wanted, such as the training text, nor as far as the model's
                length comes, nor blank ones; their ends do not count.

        Returns:
            `n` lines of text; fewer where `FRUITLESS` of the model's lines in a row were not
            `unique`, or stood in `without`.

        Raises:
            InputError: a value means nothing, or `best_of` needs a critic and there is none.
        """
        known = known_lines(listed(without, "without"), self.tokenizer, self.generator.length)
        sieved = unique or bool(known)
        most = sys.maxsize if sieved else n
        drawn = self.lines(most, seed, temperature, truncation, best_of, label)
        if sieved:
            wanted = whole(n, "n", 0)
            drawn = sifted(drawn, wanted, unique=unique, without=known, line_of=str)
        return list(chain.from_iterable(drawn))

    def lines(
        self,
        n: int,
        seed: int = 0,
        temperature: float = 0.0,
        truncation: float | None = None,
        best_of: int = 1,
        label: str | None = None,
    ) -> Iterator[list[str]]:
        """Write `n` lines some at a time, in flat memory; arguments as in `sample`."""
        found = self.stream(n, seed, temperature, truncation, best_of, label, scored=False)
        return (lines for lines, _ in found)

    def stream(
        self,
        n: int,
        seed: int = 0,
        temperature: float = 0.0,
        truncation: float | None = None,
        best_of: int = 1,
        label: str | None = None,
        scored: bool = True,
        chunks: range | None = None,
    ) -> Iterator[tuple[list[str], list[float]]]:
        """Write `n` lines some at a time, in flat memory; arguments as in `sample`.

        Args:
            n: see `sample`, as for the next five.
            seed: likewise.
            temperature: likewise.
            truncation: likewise.
            best_of: likewise.
            label: likewise.
            scored: also give scores.
            chunks: of `chunks_of(n)`, those to write; all of them by default.

        Yields:
            Lines and, where `scored`, the mean log2-probability of each line's symbols.
        """

        def spelled(symbols: Tensor, scores: Tensor) -> tuple[list[str], list[float]]:
            return lines_of(self.tokenizer, symbols), scores.tolist()

        asked = Asked(n, seed, temperature, truncation, best_of, shares_of(self.labels, label))
        return delivered(self._passes(asked, chunks, scored), spelled)

    def text(
        self,
        n: int,
        seed: int = 0,
        temperature: float = 0.0,
        truncation: float | None = None,
        best_of: int = 1,
        label: str | None = None,
        chunks: range | None = None,
    ) -> Iterator[str]:
        """Write the lines of `stream` as text, each with a line feed; arguments as there.

        On a GPU, which spells this itself, several times as fast.
        """
        asked = Asked(n, seed, temperature, truncation, best_of, shares_of(self.labels, label))
        found = self._passes(asked, chunks, scored=False)
        rows, device = CHUNK * chunks_together(self.generator), self.generator.output.weight.device
        packs = packing(self.tokenizer, rows, self.generator.length, device)
        if packs is None:
            return delivered(found, lambda symbols, _: text_of(self.tokenizer, symbols))
        return delivered((packs.packed(symbols) for symbols, _ in found), packs.text)

    def _passes(
        self, asked: Asked, chunks: range | None, scored: bool
    ) -> Iterator[tuple[Tensor, Tensor]]:
        if asked.best_of > 1 and self.critic is None:
            raise InputError(
                f"best_of is {asked.best_of} and this model was saved without the critic that "
                "would choose; leave it out, or train and save the model anew"
            )
        keep_freed_memory()
        chunks = chunks_of(asked.n) if chunks is None else chunks
        return passes(self.generator, self.critic, asked, chunks, scored)

    def labels_of(self, numbers: Iterable[int], seed: int = 0) -> list[str]:
        """The labels of samples that are asked for without one, by their numbers from 0.

        Nothing where lines have none.

        Raises:
            InputError: a value means nothing.
        """
        numbers, seed = [whole(n, "numbers", 0) for n in numbers], whole(seed, "seed")
        if not self.labels:
            return []
        names, shares = list(self.labels), shares_of(self.labels)
        chunks = {i: labels_of(shares, seed, i).tolist() for i in {n // CHUNK for n in numbers}}
        return [names[chunks[n // CHUNK][n % CHUNK]] for n in numbers]

    def interpolate(
        self, first: int, second: int, steps: int = 9, seed: int = 0, label: str | None = None
    ) -> list[str]:
        """The lines on a walk through latent space.

        Args:
            first: where it starts: the number of a sample of that seed.
            second: where it ends.
            steps: lines in all, both ends included.
            seed: of the samples.
            label: of all lines; that of the first sample by default.

        Returns:
            `steps` lines; the ends are the two samples, of that label. The walk is along the great
            circle, so that every point of it is as far from zero as its neighbours.

        Raises:
            InputError: a value means nothing.
        """
        steps, seed = whole(steps, "steps"), whole(seed, "seed")
        if steps < 2:
            raise InputError(f"steps is {steps}; a walk has at least its two ends")
        ends = whole(first, "first", 0), whole(second, "second", 0)
        a, b = (latents_of(self.generator, seed, i // CHUNK)[i % CHUNK] for i in ends)
        cosine = torch.dot(a, b) / (a.norm() * b.norm())
        angle = torch.acos(cosine.clamp(-1, 1))
        share = torch.linspace(0, 1, steps, dtype=a.dtype, device=a.device)[:, None]
        if angle < 1e-4:
            z = torch.lerp(a, b, share)
        else:
            z = (torch.sin((1 - share) * angle) * a + torch.sin(share * angle) * b) / angle.sin()
        if label is None and self.labels:
            (label,) = self.labels_of(ends[:1], seed)
        return self.write(z, label)

    def write(self, z: Tensor, label: str | None = None) -> list[str]:
        """The lines of latents `(batch, latent)`, by the most probable symbol at each position.

        Their labels are `label`, or those of the first samples of seed 0.
        """
        shares, labels = shares_of(self.labels, label), None
        if shares:
            drawn = [labels_of(shares, 0, chunk) for chunk in chunks_of(len(z))]
            labels = torch.cat(drawn)[: len(z)]
        symbols, _ = write(self.generator, z, labels=labels)
        return lines_of(self.tokenizer, symbols.cpu())

    def to(self, device: str | torch.device) -> "TextGAN":
        """Move the networks to a device.

        Raises:
            InputError: torch has no such device here.
        """
        there = named_device(device)
        self.generator.to(there)
        if self.critic is not None:
            self.critic.to(there)
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
            **({"labels": self.labels} if self.labels else {}),
        }
        if critic is not None:
            config["critic"] = critic.shape()
            write_bytes(save_directory / CRITIC, _serialised(critic))
        write_bytes(save_directory / WEIGHTS, _serialised(generator))
        self.tokenizer.save(save_directory / TOKENIZER)
        write_text(save_directory / CONFIG, json.dumps(config, indent=1, ensure_ascii=False))
        from textgan.card import model_card

        write_text(save_directory / CARD, model_card(config, self.tokenizer))

    def save_pretrained(
        self,
        save_directory: str | Path,
        *,
        push_to_hub: bool = False,
        repo_id: str | None = None,
        **options: Any,
    ) -> str | None:
        """Write the model folder: `config.json`, weights, tokenizer, card.

        Args:
            save_directory: where it goes; a model that stands there is replaced.
            push_to_hub: put it on the hub, too.
            repo_id: there, `owner/name`; the folder's name by default.
            **options: handed to `push_to_hub`: `private`, `token`, `commit_message` …

        Returns:
            Where it stands on the hub, if it was put there.

        Raises:
            InputError: a file stands in the way, or an option says nothing.
        """
        # `push_to_hub` saves what it sends with options that it was not given.
        given = {name: value for name, value in options.items() if value is not None}
        if given and not push_to_hub:
            raise InputError(f"{', '.join(given)}: for the hub alone; give push_to_hub=True, too")
        folder = folder_for(save_directory, "save_directory")
        folder.mkdir(parents=True, exist_ok=True)
        self._save_pretrained(folder)
        return self.push_to_hub(repo_id or folder.name, **given) if push_to_hub else None

    @classmethod
    def from_pretrained(  # type: ignore[override]
        cls, path: str | Path, *, device: str = "cpu", **options: Any
    ) -> "TextGAN":
        """Load a model folder, a run folder, or `hf:owner/name`.

        Args:
            path: where it is.
            device: where the networks go, by torch's name for it.
            **options: handed to the hub's download for `hf:`: `revision`, `token`, `cache_dir` …

        Raises:
            InputError: there is no model there, or it is damaged; an option for the hub where it
                is not asked; torch has no such device here.
        """
        if options and not str(path).startswith("hf:"):
            raise InputError(
                f"{', '.join(options)}: for hf:owner/name alone, not {path}; leave out"
            )
        named_device(device)  # before much is read
        found = model_folder.load(path, options)
        return cls(found.tokenizer, found.generator, found.facts, found.critic, found.labels).to(
            device
        )


def _serialised(network: nn.Module) -> bytes:
    return save({key: value.cpu().contiguous() for key, value in network.state_dict().items()})
