"""Which of several tries the critics take."""

import torch

from textgan.networks.critic import Critic, Critics
from textgan.sampling.choosing import best

TRIES = [torch.randint(3, 7, (20, 6), generator=torch.Generator().manual_seed(i)) for i in range(3)]


def indifferent():
    """A critic that scores all lines alike."""
    critic = Critic(vocab=7, length=6, width=4, blocks=1, head="mean")
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.zero_()
    return critic


def test_of_equals_the_first_is_taken():
    tries = [(symbols.clone(), torch.full((20,), float(i))) for i, symbols in enumerate(TRIES)]
    symbols, scores = best(iter(tries), Critics([indifferent()]))
    assert torch.equal(symbols, TRIES[0]) and not scores.any()


def test_each_row_is_of_the_try_that_the_critic_likes_most():
    critic = indifferent()
    with torch.no_grad():
        critic.input.weight[0, 5] = critic.output.weight[0, 0] = 1
    counts = torch.stack([(symbols == 5).sum(1) for symbols in TRIES])
    tries = [(symbols.clone(), torch.full((20,), float(i))) for i, symbols in enumerate(TRIES)]
    symbols, scores = best(iter(tries), Critics([critic]))
    chosen = counts.argmax(0)  # the first of equals
    assert torch.equal(scores, chosen.float()) and len(chosen.unique()) == 3
    assert torch.equal(symbols, torch.stack(TRIES)[chosen, torch.arange(20)])
