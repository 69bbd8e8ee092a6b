"""Faster ways to carry an update: torch's compiler, and CUDA graphs.

A small network's update is some hundreds of kernels that each take a GPU a few microseconds, and
the processor longer than that to launch. Captured once as a graph, they are launched together,
and while the GPU works them off the processor draws what the next update is given.
"""

import os
import shutil
import sys
from collections.abc import Callable
from functools import partial

import torch

from textgan.errors import InputError
from textgan.objectives.objective import Objective, Terms
from textgan.training.processes import Processes
from textgan.training.settings import TrainingSettings
from textgan.training.update import Drawn, Learn, State, learn, update

COMPILER = {"win32": "cl", "darwin": "clang++"}.get(sys.platform, "g++")
"""What torch compiles with where ``CXX`` names no other."""

WARM_UP = 3
"""Updates of each critic's turn that are carried kernel by kernel before one is captured."""


def chosen_update(training: TrainingSettings, device: torch.device) -> Callable[..., Terms]:
    """`update` in the way that settings and device ask for.

    Raises:
        InputError: `training.compile` without a C++ compiler.
    """
    way: Learn = learn
    if training.compile:
        if not shutil.which(os.environ.get("CXX", COMPILER)):
            raise InputError(
                f"training.compile needs a C++ compiler and none is found; install {COMPILER}, "
                "name another in CXX, or leave the setting out"
            )
        way = torch.compile(learn)
    return partial(update, by=Captured(way) if training.graph and device.type == "cuda" else way)


class Captured:
    """What `way` does to one state, captured as CUDA graphs and replayed.

    There is one graph for each critic's turn, and others where the generator's output changes.

    Where several processes exchange gradients, `way` itself is called.

    Args:
        way: what is captured.
    """

    def __init__(self, way: Learn) -> None:
        self.way = way
        self._side: torch.cuda.Stream | None = None
        self._warmed: dict[tuple[int, bool], int] = {}
        self._captured: dict[tuple[int, bool], tuple[torch.cuda.CUDAGraph, Drawn, Terms]] = {}

    def __call__(
        self,
        state: State,
        objective: Objective,
        drawn: Drawn,
        turn: int,
        training: TrainingSettings,
        dtype: torch.dtype,
        processes: Processes,
    ) -> Terms:
        """See `textgan.training.update.learn`."""
        if processes.count > 1:
            return self.way(state, objective, drawn, turn, training, dtype, processes)
        kind = turn, state.generator.hard
        if kind not in self._captured:
            self._warmed[kind] = self._warmed.get(kind, 0) + 1
            side = self._side = self._side or torch.cuda.Stream()  # type: ignore[no-untyped-call]
            if self._warmed[kind] <= WARM_UP:
                # On a stream of its own, as the capture will be: what is set up once is set up now.
                side.wait_stream(torch.cuda.current_stream())
                with torch.cuda.stream(side):
                    terms = self.way(state, objective, drawn, turn, training, dtype, processes)
                torch.cuda.current_stream().wait_stream(side)
                return terms
            held, graph = drawn.copy(), torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph, stream=side):
                terms = self.way(state, objective, held, turn, training, dtype, processes)
            self._captured[kind] = graph, held, terms
        graph, held, terms = self._captured[kind]
        torch._foreach_copy_(held.tensors(), drawn.tensors())
        graph.replay()
        return terms
