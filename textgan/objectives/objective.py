"""What an objective is: two losses of the critic's scores, a penalty, and a curve to watch.

An objective says what to minimise and nothing of how: `textgan.objectives.phases` takes its
gradients.
"""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

from textgan.objectives.penalty import Penalty

Terms = dict[str, Tensor]
"""What a phase reports: a name and its values, `(batch,)` or a scalar, still on the device."""


def nothing(critic: nn.Module) -> None:
    """Leave the critic as it is."""


@dataclass(frozen=True)
class Objective:
    """What critic and generator minimise.

    Args:
        name: what `--objective` calls it.
        critic_loss: scores of real and of generated rows, `(batch,)` each, to a scalar; the
            penalty is added to it.
        generator_loss: scores of generated rows, `(batch,)`, and a function that scores as many
            real rows, without gradient, to a scalar. Only a loss that pairs them calls it.
        curve: the name of the term that is plotted and shown while training.
        estimate: the curve's values: scores of real and of generated rows to `(batch,)`.
        meaning: how to read the curve, in words.
        penalty: on the critic's slope, where there is one.
        prepare: changes a fresh critic before its first step.
        constrain: changes the critic after each of its steps, and others that the generator faces.
    """

    name: str
    critic_loss: Callable[[Tensor, Tensor], Tensor]
    generator_loss: Callable[[Tensor, Callable[[], Tensor]], Tensor]
    curve: str
    estimate: Callable[[Tensor, Tensor], Tensor]
    meaning: str
    penalty: Penalty | None = None
    prepare: Callable[[nn.Module], None] = nothing
    constrain: Callable[[nn.Module], None] = nothing
