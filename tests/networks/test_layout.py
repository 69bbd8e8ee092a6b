"""Two ways for sequences to lie in memory: each convolves as torch does, and both agree."""

import pytest
import torch
from torch.nn import functional

from textgan.networks.layout import Abreast, Apart, add_gradient, layout_of

SHAPES = [(4, 9, 5), (3, 1, 5), (1, 2, 7), (2, 6, 1), (5, 4, 3)]  # batch, length, kernel


def prepared(layout, batch, length, kernel):
    torch.manual_seed(0)
    chosen = Apart() if layout is Apart else Abreast(batch, length, kernel)
    x = torch.randn(batch, length, 4, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(6, kernel, 4, dtype=torch.float64, requires_grad=True)
    bias = torch.randn(6, dtype=torch.float64)
    y = functional.conv1d(x.mT, weight.transpose(1, 2), bias, padding=kernel // 2).mT
    return chosen, x, weight, bias, y


@pytest.mark.parametrize(("batch", "length", "kernel"), SHAPES)
@pytest.mark.parametrize("layout", [Apart, Abreast])
@torch.no_grad()
def test_convolution_and_sum_equal_torchs(layout, batch, length, kernel):
    layout, x, weight, bias, expected = prepared(layout, batch, length, kernel)
    laid = layout.enter(x)
    plain = layout.leave(layout.convolve(laid, weight))
    torch.testing.assert_close(plain, expected - bias)
    assert plain.is_contiguous()
    torch.testing.assert_close(layout.leave(layout.convolve(laid, weight, bias)), expected)
    h, before = torch.randn_like(expected), x.clone()
    for given, added in ((None, expected - bias), (bias, expected)):
        summed = layout.leave(layout.plus(layout.enter(h), laid, weight, given))
        torch.testing.assert_close(summed, h + added)
    assert torch.equal(layout.leave(laid), x) and torch.equal(x, before)


@pytest.mark.parametrize(("batch", "length", "kernel"), SHAPES)
@pytest.mark.parametrize("layout", [Apart, Abreast])
def test_gradients_equal_torchs_and_add_up(layout, batch, length, kernel):
    layout, x, weight, _, y = prepared(layout, batch, length, kernel)
    adjoint = torch.randn_like(y)
    to_x, to_weight = torch.autograd.grad(y, (x, weight), adjoint)
    with torch.no_grad():
        laid, back = layout.enter(x), layout.enter(adjoint)
        torch.testing.assert_close(layout.leave(layout.input_gradient(back, weight)), to_x)
        layout.add_weight_gradient(weight, laid, back, 0.3)
        torch.testing.assert_close(weight.grad, 0.3 * to_weight)
        layout.add_weight_gradient(weight, laid, back, 1.0)
        torch.testing.assert_close(weight.grad, 1.3 * to_weight)


def test_abreast_lies_position_by_position_in_memory_of_its_own():
    h = torch.arange(6.0).view(2, 3, 1)
    laid = Abreast(2, 3, 5).enter(h)
    assert laid.flatten().tolist() == [0, 3, 1, 4, 2, 5]
    laid.zero_()
    assert h.any()
    one = torch.ones(1, 3, 1)
    Abreast(1, 3, 5).enter(one).zero_()  # where nothing would have to move
    assert one.all()


@pytest.mark.parametrize(
    ("dtype", "of_weight", "abreast"),
    [
        (torch.float32, torch.float32, True),
        (torch.float64, torch.float64, True),
        (torch.bfloat16, torch.float32, False),
        (torch.bfloat16, torch.bfloat16, False),  # products would be rounded one by one
        (torch.float64, torch.float32, False),
    ],
    ids=str,
)
def test_plain_products_are_for_exact_types_on_a_cpu(dtype, of_weight, abreast):
    h, weight = torch.zeros(2, 7, 4, dtype=dtype), torch.zeros(4, 3, 4, dtype=of_weight)
    chosen = layout_of(h, weight)
    assert chosen == Abreast(2, 7, 3) if abreast else isinstance(chosen, Apart)
    assert isinstance(layout_of(h.to("meta"), weight), Apart)


def test_gradients_of_another_type_are_taken_in_the_parameters():
    parameter = torch.nn.Parameter(torch.zeros(3))
    add_gradient(parameter, torch.ones(3, dtype=torch.bfloat16), 0.5)
    add_gradient(parameter, torch.ones(3, dtype=torch.bfloat16))
    assert parameter.grad.tolist() == [1.5] * 3 and parameter.grad.dtype is torch.float32
