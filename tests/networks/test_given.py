"""What a critic is given: symbols look up what their one-hot rows select, gradients alike."""

import pytest
import torch
from torch.nn import functional

from textgan.networks.critic import Critic, Critics
from textgan.networks.given import StraightThrough, embed

pytestmark = pytest.mark.usefixtures("unwritten_is_nan")


def prepared():
    torch.manual_seed(0)
    symbols = torch.randint(0, 7, (3, 6))
    rows = functional.one_hot(symbols, 7).double()
    probabilities = torch.rand(3, 6, 7, dtype=torch.float64).softmax(-1)
    weight = torch.randn(4, 7, dtype=torch.float64)
    return symbols, rows.requires_grad_(), probabilities.requires_grad_(), weight.requires_grad_()


def test_symbols_are_their_one_hot_rows():
    symbols, rows, _, weight = prepared()
    bias, direction = torch.randn(4).double(), torch.randn(3, 6, 4).double()
    found, expected = embed(symbols, weight, bias), embed(rows, weight, bias)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(
        torch.autograd.grad(found, weight, direction),
        torch.autograd.grad(expected, weight, direction),
    )


def test_probabilities_get_the_gradient_of_the_rows_and_weights_that_of_the_symbols():
    symbols, rows, probabilities, weight = prepared()
    bias, direction = torch.randn(4).double(), torch.randn(3, 6, 4).double()
    found = embed(StraightThrough(symbols, probabilities), weight, bias)
    expected = embed(rows, weight, bias)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(
        torch.autograd.grad(found, (probabilities, weight), direction),
        torch.autograd.grad(expected, (rows, weight), direction),
    )


@pytest.mark.parametrize("count", [1, 3])
def test_critics_tell_a_generator_the_same_by_symbols_as_by_rows(count):
    symbols, rows, probabilities, _ = prepared()
    critics = Critics(Critic(vocab=7, length=6, width=8, blocks=2) for _ in range(count)).double()
    critics.requires_grad_(False)
    scores, expected = critics(StraightThrough(symbols, probabilities)), critics(rows)
    torch.testing.assert_close(scores, expected)
    torch.testing.assert_close(
        torch.autograd.grad(scores.sum(), probabilities)[0],
        torch.autograd.grad(expected.sum(), rows)[0],
    )
