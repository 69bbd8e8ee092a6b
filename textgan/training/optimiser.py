"""Adam and RMSprop for the parameters of one network, each step over all of them at once."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.optim.adam import adam
from torch.optim.rmsprop import rmsprop

from textgan.training.settings import TrainingSettings

EPSILON = 1e-8
NAMES = {"adam": ("exp_avg", "exp_avg_sq"), "rmsprop": ("square_avg",)}
"""What each remembers of every parameter, by torch's names."""


class Optimiser:
    """torch's own update rules, called without `torch.optim.Optimizer`.

    That class imports torch's compiler when it is built, which takes longer than all
    else at the start of a training.
    """

    def __init__(self, network: nn.Module, training: TrainingSettings, rate: float) -> None:
        self.rate = rate
        self._training = training
        # Kept, since a network looks for its own through all of its modules, every time.
        self.parameters: list[Tensor] = list(network.parameters())
        self._memory = {
            name: [torch.zeros_like(p) for p in self.parameters]
            for name in NAMES[training.optimiser]
        }
        self._steps = [torch.zeros((), device=p.device) for p in self.parameters]

    @torch.no_grad()
    def step(self) -> None:
        """Move every parameter that has a gradient by it, then let go of the gradients.

        Adam (Kingma and Ba, arXiv 1412.6980) with `beta1` and `beta2`; or RMSprop (Tieleman and
        Hinton, 2012), whose memory is `beta2` too and which has no use for `beta1`.
        """
        # Of several critics only the one whose turn it is has gradients.
        places = [i for i, p in enumerate(self.parameters) if p.grad is not None]
        parameters = [self.parameters[i] for i in places]
        memory = {name: [held[i] for i in places] for name, held in self._memory.items()}
        steps = [self._steps[i] for i in places]
        gradients = [p.grad for p in parameters if p.grad is not None]
        beta1, beta2 = self._training.beta1, self._training.beta2
        if self._training.optimiser == "adam":
            adam(
                parameters, gradients, memory["exp_avg"], memory["exp_avg_sq"],
                [], steps, fused=True, amsgrad=False, beta1=beta1, beta2=beta2,
                lr=self.rate, eps=EPSILON, weight_decay=0.0, maximize=False,
            )  # fmt: skip
        else:
            rmsprop(
                parameters, gradients, memory["square_avg"], [], [], steps,
                foreach=True, lr=self.rate, alpha=beta2, eps=EPSILON,
                weight_decay=0.0, momentum=0.0, centered=False,
            )  # fmt: skip
        for parameter in parameters:
            parameter.grad = None

    def state(self) -> dict[str, Tensor]:
        """What is remembered, not copied, by the parameter's place and the name: ``3.exp_avg``."""
        return {
            f"{place}.{name}": value
            for name, held in {"step": self._steps, **self._memory}.items()
            for place, value in enumerate(held)
        }

    @torch.no_grad()
    def load(self, state: Mapping[str, Tensor]) -> None:
        """Take back what `state` gave.

        Raises:
            ValueError: a name or a shape is not this optimiser's.
        """
        mine = self.state()
        if {name: held.shape for name, held in mine.items()} != {
            name: held.shape for name, held in state.items()
        }:
            raise ValueError("the optimiser's moments do not fit the network and its optimiser")
        for name, held in mine.items():
            held.copy_(state[name])
