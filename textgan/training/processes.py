"""One process or many: what torchrun sets, and one flat all-reduce of the gradients.

Nothing wraps the networks. Noise and lines belong to (seed, step, row) and every process draws
those of its own rows, so the result does not depend on how many processes there are.
"""

import atexit
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed

from textgan.errors import InputError, WorldError, first_line, out_of_memory
from textgan.training.meeting import meet


@dataclass(frozen=True)
class Processes:
    """This process among `count`."""

    rank: int = 0
    count: int = 1

    @property
    def first(self) -> bool:
        """Whether this is the one that writes."""
        return self.rank == 0

    def part(self, batch: int, pieces: int = 1) -> range:
        """This process's rows of a batch, in steps of a piece.

        Args:
            batch: rows over all processes.
            pieces: in which each process works its rows off.

        Raises:
            InputError: the batch does not divide among processes and pieces.
        """
        if batch % (self.count * pieces):
            among = [f"the {self.count} processes"] if self.count > 1 else []
            among += [f"{pieces} pieces (training.pieces)"] if pieces > 1 else []
            raise InputError(
                f"training.batch is {batch}; it must divide among {' and '.join(among)}"
            )
        size = batch // self.count
        return range(self.rank * size, (self.rank + 1) * size, size // pieces)

    def average(self, gradients: list[Tensor]) -> None:
        """Replace every gradient by its mean over the processes, in one all-reduce."""
        if self.count == 1:
            return
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        with _together():
            distributed.all_reduce(flat)
        flat /= self.count
        torch._foreach_copy_(
            gradients,
            [
                part.view_as(gradient)
                for part, gradient in zip(
                    torch.split(flat, [gradient.numel() for gradient in gradients]),
                    gradients,
                    strict=True,
                )
            ],
        )

    def agree(self, flag: bool) -> bool:
        """Whether any process says yes: they must leave the loop at the same step."""
        if self.count == 1:
            return flag
        votes = torch.tensor([float(flag)], device=_device_of_backend())
        with _together():
            distributed.all_reduce(votes)
        return bool(votes.item() > 0)

    def wait(self) -> None:
        """Wait until every process is here."""
        if self.count > 1:
            with _together():
                distributed.barrier()


def join(device: str) -> Processes:
    """Read torchrun's environment and join its group; alone where there is none."""
    processes = torchrun_processes()
    if processes.count > 1 and not distributed.is_initialized():
        with _together():
            distributed.init_process_group(
                "nccl" if device == "cuda" else "gloo",
                store=meet(),
                rank=processes.rank,
                world_size=processes.count,
            )
        atexit.register(_leave)
    return processes


def _leave() -> None:
    # Threads of the group that outlive the interpreter abort the process on its way out.
    if distributed.is_initialized():  # unless who called `train` has left already
        distributed.destroy_process_group()


def torchrun_processes() -> Processes:
    """What torchrun's environment says, for work that needs no word between the processes."""
    return Processes(int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1")))


def restarted() -> bool:
    """Whether torchrun started this process in place of one that ended."""
    return os.environ.get("TORCHELASTIC_RESTART_COUNT", "0") != "0"


@contextmanager
def _together() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        if out_of_memory(error):
            raise
        raise WorldError(
            f"another process of this run went away ({first_line(error)}); "
            "the same command goes on from the last checkpoint"
        ) from None


def _device_of_backend() -> torch.device:
    return torch.device("cuda" if distributed.get_backend() == "nccl" else "cpu")
