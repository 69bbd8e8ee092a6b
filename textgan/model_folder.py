"""A model folder: where it is, and what is read of it, checked before anything is made of it.

A model may come from a stranger: it is data, JSON and safetensors, and runs nothing.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import snapshot_download
from safetensors import SafetensorError, safe_open
from torch import nn

from textgan.errors import InputError, WorldError, first_line, out_of_memory
from textgan.files import refuse_detours
from textgan.networks.blocks import ACTIVATIONS
from textgan.networks.critic import HEADS, Critic, Critics
from textgan.networks.generator import Generator
from textgan.networks.limits import LARGEST, LARGEST_SCALE
from textgan.text.labels import wrong_labels
from textgan.text.tokenizer import Tokenizer

CONFIG, WEIGHTS, TOKENIZER, CARD = "config.json", "model.safetensors", "tokenizer.json", "README.md"
CRITIC = "critic.safetensors"
SHAPE = ("vocab", "length", "width", "blocks", "kernel", "latent")
SHAPE_OF_CRITIC = ("count", "width", "blocks", "kernel")
FLOATS = (torch.float32, torch.float64)
MOST_CONFIG = 1 << 20
MOST_HEADER = 1 << 25  # bytes of a weights file that are no weights
LEAST_ENTRY = 40  # bytes that name a tensor there
DAMAGES = (
    OSError, ValueError, KeyError, TypeError, RuntimeError, OverflowError, SafetensorError,
)  # fmt: skip
"""What loading a damaged model may raise."""


@dataclass(frozen=True)
class Loaded:
    """What a model folder holds; `critic` is None where none was saved; `labels` may be empty."""

    tokenizer: Tokenizer
    generator: Generator
    critic: Critics | None
    facts: dict[str, Any]
    labels: dict[str, int]


def load(path: str | Path, options: dict[str, Any]) -> Loaded:
    """Read a model.

    Args:
        path: a model folder, a run folder, or `hf:owner/name`.
        options: handed to the hub's download.

    Raises:
        InputError: there is no model there, or it is damaged.
        WorldError: the hub does not give it.
    """
    folder = _locate(str(path), options)
    for name in (CONFIG, WEIGHTS, TOKENIZER):
        if not (folder / name).is_file():
            if (Path(path) / "settings.toml").is_file():
                raise InputError(
                    f"{path}: nothing was saved yet; the command that trains it goes on"
                )
            raise InputError(f"{path} is not a model: it has no {name}")
    if not str(path).startswith("hf:"):  # whose downloads are links into the hub's own cache
        files = (folder / name for name in (CONFIG, WEIGHTS, TOKENIZER, CRITIC))
        refuse_detours(Path(path), (str(file.relative_to(path)) for file in files))
    try:
        config = _config(folder / CONFIG)
        shape = {key: config[key] for key in SHAPE}
        tokenizer = Tokenizer.load(folder / TOKENIZER)
        if tokenizer.vocab_size != shape["vocab"]:
            raise ValueError(f"{TOKENIZER} has {tokenizer.vocab_size} symbols, not the model's")
        with torch.device("meta"):
            generator = Generator(
                scale=config["scale"],
                activation=config["activation"],
                labels=len(config["labels"]),
                **shape,
            )
        _take_weights(generator, folder / WEIGHTS)
        critic = _critic(folder, config)
    except InputError:
        raise
    except DAMAGES as error:
        if out_of_memory(error):
            raise  # nothing is wrong with the model
        raise InputError(f"{path} holds a damaged model: {first_line(error)}") from None
    return Loaded(tokenizer, generator, critic, config["facts"], config["labels"])


def _refuse_misfits(file: Path, network: nn.Module, count: int = 1) -> None:
    # By its size alone, before it is mapped, or layers are made that it has no names for.
    tensors = network.state_dict().values()
    most = MOST_HEADER + count * sum(8 * tensor.numel() for tensor in tensors)
    if not LEAST_ENTRY * count * len(tensors) < file.stat().st_size <= most:
        raise ValueError(f"{file.name} does not fit {CONFIG}")


def _take_weights(network: nn.Module, file: Path) -> None:
    _refuse_misfits(file, network)
    wanted = {name: list(tensor.shape) for name, tensor in network.state_dict().items()}
    with safe_open(file, "pt") as stored:
        # Compared before memory is taken for what either file claims.
        if {name: stored.get_slice(name).get_shape() for name in stored.keys()} != wanted:
            raise ValueError(f"{file.name} does not fit {CONFIG}")
        # Copies: of what is mapped, Windows lets nobody write a new version.
        state = {name: stored.get_tensor(name).clone() for name in wanted}
    if not all(tensor.dtype in FLOATS for tensor in state.values()):
        raise ValueError(f"{file.name} holds numbers of another kind than {FLOATS}")
    if not all(bool(tensor.isfinite().all()) for tensor in state.values()):
        raise ValueError(f"{file.name} holds a number that is not finite")
    network.load_state_dict(state, assign=True)


def _critic(folder: Path, config: dict[str, Any]) -> Critics | None:
    described = config["critic"]
    if described is None:
        return None
    count, shape = described["count"], {k: v for k, v in described.items() if k != "count"}
    shape |= {"vocab": config["vocab"], "length": config["length"]}
    shape |= {"labels": len(config["labels"])}
    with torch.device("meta"):
        _refuse_misfits(folder / CRITIC, Critic(**shape), count)
        critic = Critics(Critic(**shape) for _ in range(count))
    _take_weights(critic, folder / CRITIC)
    return critic


def _locate(path: str, options: dict[str, Any]) -> Path:
    if path.startswith("hf:"):
        try:
            wanted = [CONFIG, WEIGHTS, TOKENIZER, CRITIC]
            return Path(snapshot_download(path[3:], allow_patterns=wanted, **options))
        except Exception as error:  # The hub's client raises many kinds; each means the same here.
            raise WorldError(f"{path} could not be had from the hub: {first_line(error)}") from None
    folder = Path(path)
    if not folder.is_dir():
        raise InputError(
            f"{path}: there is no such run or model folder (a hub model is hf:owner/name)"
        )
    inner = folder / "model"
    return inner if inner.is_dir() else folder


def _config(path: Path) -> dict[str, Any]:
    # All that is taken from config.json, checked.
    if path.stat().st_size > MOST_CONFIG:
        raise ValueError(f"{CONFIG} is larger than {MOST_CONFIG >> 20} MiB")
    config = json.loads(path.read_text(encoding="utf-8"))
    network = _network(config, SHAPE)
    described = config.get("critic")
    if described is not None:
        head = described["head"]
        if head not in HEADS:
            raise ValueError(f"{CONFIG}: head is {head!r:.60}")
        described = {**_network(described, SHAPE_OF_CRITIC), "head": head}
    facts = config.get("facts") or {}
    if not isinstance(facts, dict):
        raise ValueError(f"{CONFIG}: facts is {facts!r:.60}")
    return {**network, "critic": described, "facts": facts, "labels": _labels(config)}


def _labels(config: dict[str, Any]) -> dict[str, int]:
    # The labels and how frequent each is, checked.
    labels = config.get("labels") or {}
    if not isinstance(labels, dict) or len(labels) > LARGEST["labels"]:
        raise ValueError(f"{CONFIG}: labels is {labels!r:.60}")
    if wrong := wrong_labels(labels, len(labels)):
        raise ValueError(f"{CONFIG}: {wrong}")
    return labels


def _network(config: dict[str, Any], shape: tuple[str, ...]) -> dict[str, Any]:
    # What describes a network, checked.
    for key in shape:
        value = config[key]
        if not isinstance(value, int) or not 1 <= value <= LARGEST[key]:
            raise ValueError(f"{CONFIG}: {key} is {value!r:.60}")
    scale = config["scale"]
    if not isinstance(scale, int | float) or not abs(scale) < LARGEST_SCALE:
        raise ValueError(f"{CONFIG}: scale is {scale!r:.60}")
    activation = config.get("activation", "relu")
    if activation not in tuple(ACTIVATIONS):
        raise ValueError(f"{CONFIG}: activation is {activation!r:.60}")
    numbers = {key: config[key] for key in shape}
    return {**numbers, "scale": float(scale), "activation": activation}
