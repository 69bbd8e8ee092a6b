"""The device that a `--device` option or setting names."""

import os

import torch

from textgan.errors import InputError


def chosen_device(name: str) -> torch.device:
    """``"auto"`` is a GPU where torch sees one, else the CPU.

    Under torchrun each process has a GPU of its own.

    Raises:
        InputError: the name is unknown, or there is no such device here.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name not in ("cpu", "cuda"):
        raise InputError(f"--device {name}: choose auto, cpu or cuda")
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError("--device cuda: torch sees no CUDA device here; leave --device out")
    if name == "cuda":
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    return torch.device(name)
