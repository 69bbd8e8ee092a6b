"""A model folder: where it is, and what is read of it, checked before anything is made of it.

A model may come from a stranger: it is data, JSON and safetensors, and runs nothing.
"""

import json
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import snapshot_download
from safetensors import SafetensorError
from safetensors.torch import load_file

from textgan.errors import InputError, WorldError, first_line, out_of_memory
from textgan.networks.blocks import ACTIVATIONS
from textgan.networks.generator import Generator
from textgan.text.tokenizer import Tokenizer

CONFIG, WEIGHTS, TOKENIZER, CARD = "config.json", "model.safetensors", "tokenizer.json", "README.md"
SHAPE = ("vocab", "length", "width", "blocks", "kernel", "latent")
FLOATS = (torch.float32, torch.float64)
MOST_CONFIG = 1 << 20
LARGEST_SCALE = 1e6
DAMAGES = (
    OSError, ValueError, KeyError, TypeError, RuntimeError, OverflowError, SafetensorError,
)  # fmt: skip
"""What loading a damaged model may raise."""

LARGEST = {"width": 16_384, "blocks": 1_024, "kernel": 255, "latent": 65_536, "length": 65_536}


def load(path: str | Path, options: dict[str, Any]) -> tuple[Tokenizer, Generator, dict[str, Any]]:
    """The tokenizer, the generator and the facts of a model.

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
        _refuse_links(Path(path), folder)
    try:
        config = _config(folder / CONFIG)
        shape = {key: config[key] for key in SHAPE}
        state = load_file(folder / WEIGHTS)
        tokenizer = Tokenizer.load(folder / TOKENIZER)
        if state["output.bias"].shape != (shape["vocab"],):
            raise ValueError(f"{WEIGHTS} does not fit {CONFIG}")
        # Checked against the file before memory is taken for what the configuration claims.
        if state["input.weight"].shape != (shape["length"] * shape["width"], shape["latent"]):
            raise ValueError(f"{WEIGHTS} does not fit {CONFIG}")
        if not all(tensor.dtype in FLOATS for tensor in state.values()):
            raise ValueError(f"{WEIGHTS} holds numbers of another kind than {FLOATS}")
        if tokenizer.vocab_size != shape["vocab"]:
            raise ValueError(f"{TOKENIZER} has {tokenizer.vocab_size} symbols, not the model's")
        with torch.device("meta"):
            generator = Generator(scale=config["scale"], activation=config["activation"], **shape)
        generator.load_state_dict(state, assign=True)
    except InputError:
        raise
    except DAMAGES as error:
        if out_of_memory(error):
            raise  # nothing is wrong with the model
        raise InputError(f"{path} holds a damaged model: {first_line(error)}") from None
    return tokenizer, generator, config["facts"]


def _locate(path: str, options: dict[str, Any]) -> Path:
    if path.startswith("hf:"):
        try:
            return Path(
                snapshot_download(path[3:], allow_patterns=[CONFIG, WEIGHTS, TOKENIZER], **options)
            )
        except Exception as error:  # The hub's client raises many kinds; each means the same here.
            raise WorldError(f"{path} could not be had from the hub: {first_line(error)}") from None
    folder = Path(path)
    if not folder.is_dir():
        raise InputError(
            f"{path}: there is no such run or model folder (a hub model is hf:owner/name)"
        )
    inner = folder / "model"
    return inner if inner.is_dir() else folder


def _refuse_links(given: Path, folder: Path) -> None:
    # What a stranger packed may point at any file of this machine.
    for name in (CONFIG, WEIGHTS, TOKENIZER):
        if not (folder / name).resolve().is_relative_to(given.resolve()):
            raise InputError(f"{given}: its {name} is a link out of the folder; put a copy there")


def _config(path: Path) -> dict[str, Any]:
    # All that is taken from config.json, checked.
    if path.stat().st_size > MOST_CONFIG:
        raise ValueError(f"{CONFIG} is larger than {MOST_CONFIG >> 20} MiB")
    config = json.loads(path.read_text(encoding="utf-8"))
    for key in SHAPE:
        value = config[key]
        if not isinstance(value, int) or not 1 <= value <= LARGEST.get(key, 2**20):
            raise ValueError(f"{CONFIG}: {key} is {value!r:.60}")
    scale, facts = config["scale"], config.get("facts") or {}
    if not isinstance(scale, int | float) or not abs(scale) < LARGEST_SCALE:
        raise ValueError(f"{CONFIG}: scale is {scale!r:.60}")
    activation = config.get("activation", "relu")
    if activation not in tuple(ACTIVATIONS):
        raise ValueError(f"{CONFIG}: activation is {activation!r:.60}")
    if not isinstance(facts, dict):
        raise ValueError(f"{CONFIG}: facts is {facts!r:.60}")
    return {**config, "scale": float(scale), "activation": activation, "facts": facts}
