"""The device and the threads that options or settings name."""

import os

import torch

from textgan.errors import InputError, first_line, out_of_memory

MOST_THREADS = max(256, os.cpu_count() or 1)
"""Of one operation. More than there are cores only wait, and thousands may end the process."""


def use_threads(count: int) -> None:
    """Have operations on the processor take so many threads.

    Raises:
        InputError: none, or more than `MOST_THREADS`.
    """
    if not 1 <= count <= MOST_THREADS:
        raise InputError(
            f"--threads {count}: give 1 to {MOST_THREADS}; this machine has {os.cpu_count()} cores"
        )
    torch.set_num_threads(count)


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


def named_device(name: str | torch.device) -> torch.device:
    """The device that torch calls so, ``"cuda:1"`` too, and that is here.

    Raises:
        InputError: torch knows none of that name, or sees none here.
    """
    try:
        device = torch.device(name)
        torch.empty(0, device=device)  # only whoever uses a device is told that there is none
    except (RuntimeError, AssertionError, TypeError) as error:  # as torch was built
        if out_of_memory(error):
            raise
        raise InputError(
            f"device is {str(name)!r:.60}: {first_line(error)}; give 'cpu', or 'cuda' where torch "
            "sees a GPU"
        ) from None
    return device
