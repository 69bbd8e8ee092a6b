"""One process or many: what torchrun sets, and one flat all-reduce of the gradients.

Nothing wraps the networks. Every process draws the noise and the lines of the whole batch from
(seed, step) and takes its own part, so the result does not depend on how many processes there are.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import distributed
from torch.nn import Parameter

from textgan.errors import InputError


@dataclass(frozen=True)
class Processes:
    """This process among `count`."""

    rank: int = 0
    count: int = 1

    @property
    def first(self) -> bool:
        """Whether this is the one that writes."""
        return self.rank == 0

    def part(self, batch: int) -> slice:
        """This process's part of a batch.

        Raises:
            InputError: the batch does not divide among the processes.
        """
        if batch % self.count:
            raise InputError(
                f"training.batch is {batch}; it must divide among the {self.count} processes"
            )
        size = batch // self.count
        return slice(self.rank * size, (self.rank + 1) * size)

    def average_gradients(self, parameters: Iterable[Parameter]) -> None:
        """Replace every gradient by its mean over the processes, in one all-reduce."""
        if self.count == 1:
            return
        gradients = [p.grad for p in parameters if p.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in gradients])
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
        distributed.all_reduce(votes)
        return bool(votes.item() > 0)

    def wait(self) -> None:
        """Wait until every process is here."""
        if self.count > 1:
            distributed.barrier()


def join(device: str) -> Processes:
    """Read torchrun's environment and join its group; alone where there is none."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        return Processes()
    if not distributed.is_initialized():
        distributed.init_process_group("nccl" if device == "cuda" else "gloo")
    return Processes(int(os.environ["RANK"]), count)


def _device_of_backend() -> torch.device:
    return torch.device("cuda" if distributed.get_backend() == "nccl" else "cpu")
