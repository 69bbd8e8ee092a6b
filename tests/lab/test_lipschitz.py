"""The slopes of a critic at interpolates, real and generated rows."""

import numpy as np
import pytest
import torch

from tests.lab.tiny import LAB, quiet
from textgan.lab import lipschitz
from textgan.networks.critic import Critic


def test_the_slope_of_a_linear_critic_is_the_norm_of_its_weights():
    critic = Critic(vocab=3, length=4, width=2, blocks=1, head="flatten")
    with torch.no_grad():
        critic.blocks[0].second.weight.zero_()  # what is left is linear
    critic.requires_grad_(False)  # as it is between updates
    rows = torch.softmax(torch.randn(5, 4, 3), -1)
    weights = critic.output.weight.view(4, 2) @ critic.input.weight  # (length, vocab)
    expected = weights.norm().expand(5)
    assert torch.allclose(lipschitz.slopes_at(critic, rows), expected, rtol=1e-5)
    assert all(p.grad is None for p in critic.parameters())


def rows(middle):
    return {place: [middle - 0.2, middle, middle + 0.2] for place in lipschitz.PLACES}


@pytest.mark.parametrize(
    ("held", "clipped", "met"),
    [
        (1.02, 0.2, (True, True, True)),
        (1.2, 0.2, (False, True, True)),
        (1.2, 1.0, (False, True, False)),
        (3.0, 1.0, (False, False, False)),
    ],
)
def test_the_rule(held, clipped, met):
    late = {"wgan-gp": rows(held), "wgan-clip": rows(clipped), "wgan-lp": rows(0.5)}
    assert lipschitz.conditions(late) == met


def test_the_second_half_is_looked_at():
    runs = [
        {"real": [[9.0, 9.0, 9.0], [0.5, 1.0, 1.5]]},
        {"real": [[9.0, 9.0, 9.0], [1.5, 2, 2.5]]},
    ]
    assert lipschitz.later(runs, "real") == pytest.approx([1.0, 1.5, 2.0])


class Uneven(torch.nn.Module):
    """A critic whose slope at a row is how far the row is from blank."""

    def forward(self, rows):
        return rows.square().sum((1, 2)) / 2


def test_slopes_are_of_the_rows_that_they_are_named_after():
    """Real rows are one-hot, generated ones blank, and mixtures in between."""

    class Blank(torch.nn.Module):
        latent = 2

        def forward(self, z):
            return torch.zeros(len(z), 4, 3)

    class Held:
        generator, critic = Blank(), Uneven()

    class Text:
        class corpus:
            @staticmethod
            def encoded(split):
                return np.zeros((5, 4), np.int64)

    found = lipschitz.slopes_of(lipschitz.Moment(1, Held, {}), Text)
    assert torch.allclose(found["real"], torch.full((5,), 2.0))
    assert (found["generated"] < 1e-3).all()
    assert (found["interpolates"] > 0).all() and (found["interpolates"] < 2).all()
    assert len(found["interpolates"].unique()) == 5


def test_a_run_measures_its_slopes_in_order_and_leaves_training_as_it_is():
    one, two = (lipschitz.train("wgan-gp", 1, steps, quiet) for steps in (2, 2))
    assert one == two
    for place in lipschitz.PLACES:
        low, middle, high = one[place][-1]
        assert 0 < low <= middle <= high


def test_the_experiment_from_end_to_end(monkeypatch):
    monkeypatch.setattr(lipschitz, "STEPS", 2)
    found = lipschitz.EXPERIMENT.run(LAB)
    assert set(found.figures["later"]) == {"wgan-gp", "wgan-lp", "wgan-clip"}
    assert len(found.picture.axes) == 9
