"""What the passes through a stack keep, and what they find with it."""

import pytest
import torch

from textgan.networks.blocks import ResidualBlock
from textgan.networks.passes import BUSY, FILLING, Passes, together
from textgan.networks.stack import ResidualStack

pytestmark = pytest.mark.usefixtures("unwritten_is_nan")


def stack_of(width, dtype=torch.float64):
    torch.manual_seed(0)
    return ResidualStack(ResidualBlock(width, 5, 0.3) for _ in range(2)).to(dtype)


@pytest.mark.parametrize(
    ("width", "dtype", "kept"),
    [
        (128, torch.float32, torch.uint8),
        (128, torch.float64, torch.uint8),
        (64, torch.float32, torch.float32),
        (128, torch.bfloat16, torch.bfloat16),
    ],
)
def test_signs_of_wide_stacks_take_a_byte(width, dtype, kept):
    stack, h = stack_of(width, torch.float32), torch.randn(2, 8, width).to(dtype)
    passes = Passes(stack.cast(dtype))
    with torch.no_grad():
        passes.forward(h, keep="signs")
    assert [a.dtype for pair in passes.inputs for a in pair] == [kept] * 4


@pytest.mark.parametrize("width", [16, 128])
def test_the_gradient_at_the_input_needs_signs_alone(width):
    stack, h = stack_of(width), torch.randn(3, 6, width, dtype=torch.float64, requires_grad=True)
    (expected,) = torch.autograd.grad(stack.plain(h).square().sum(), h)
    for learns in (True, False):
        stack.requires_grad_(learns)
        stack.zero_grad()
        (found,) = torch.autograd.grad(stack(h).square().sum(), h)
        torch.testing.assert_close(found, expected)
        assert all((p.grad is not None) is learns for p in stack.parameters())


@torch.no_grad()
def test_what_was_kept_is_let_go_of():
    stack, h = stack_of(16), torch.randn(3, 6, 16, dtype=torch.float64)
    passes = Passes(stack.cast(h.dtype))
    y = passes.forward(h, keep="inputs")
    passes.adjoint(y)
    assert not passes.inputs
    passes.forward(h, keep="signs")
    passes.tangent(passes.adjoint(y, keep=True))
    assert not passes.inputs and not passes.adjoints


def test_rows_go_together_on_a_gpu_that_they_do_not_fill():
    few, many = (torch.empty(rows, 32, 64, device="meta") for rows in (128, FILLING // 2048 + 1))
    assert together(few, torch.float32) and not together(many, torch.bfloat16)


def test_few_rows_go_together_through_several_threads_in_bfloat16(threads):
    few, many = (torch.empty(rows, 32, 64) for rows in (BUSY // 2048, BUSY // 2048 + 1))
    threads(2)
    assert together(few, torch.bfloat16) and not together(many, torch.bfloat16)
    assert not together(few, torch.float32) and not together(few, torch.float64)
    threads(1)
    assert not together(few, torch.bfloat16)
