"""Three ways for sequences to lie in memory: each convolves as torch does."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from textgan.networks.abreast import Abreast
from textgan.networks.layout import Apart, add_gradient, sum_of_rows
from textgan.networks.passes import layout_of
from textgan.networks.winograd import POINTS, Winograd, factors

pytestmark = pytest.mark.usefixtures("unwritten_is_nan")

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
SHAPES = [(4, 9, 5), (3, 1, 5), (1, 2, 7), (2, 6, 1), (5, 4, 3), (2, 7, 3), (6, 19, 5), (1, 20, 5)]
CASES = [
    (layout, *shape)
    for layout in (Apart, Abreast, Winograd)
    for shape in SHAPES  # batch, length, kernel
    if layout is not Winograd or shape[2] in POINTS
]


def prepared(layout, batch, length, kernel):
    torch.manual_seed(0)
    chosen = Apart() if layout is Apart else layout(batch, length, kernel)
    x = torch.randn(batch, length, 4, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(6, kernel, 4, dtype=torch.float64, requires_grad=True)
    bias = torch.randn(6, dtype=torch.float64)
    y = functional.conv1d(x.mT, weight.transpose(1, 2), bias, padding=kernel // 2).mT
    return chosen, x, weight, bias, y


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize(("layout", "batch", "length", "kernel"), CASES)
@torch.no_grad()
def test_convolution_and_sum_equal_torchs(layout, batch, length, kernel, count, threads):
    threads(count)
    layout, x, weight, bias, expected = prepared(layout, batch, length, kernel)
    laid = layout.enter(x)
    convolved = layout.convolve(laid, weight)
    assert convolved.isfinite().all()  # around the positions too: a mask may multiply
    plain = layout.leave(convolved)
    torch.testing.assert_close(plain, expected - bias)
    assert plain.is_contiguous()
    torch.testing.assert_close(layout.leave(layout.convolve(laid, weight, bias)), expected)
    positive = layout.leave(layout.rectified(laid, weight, bias))
    torch.testing.assert_close(positive, expected.clamp(min=0))
    h, before = torch.randn_like(expected), x.clone()
    for given, added in ((None, expected - bias), (bias, expected)):
        for scale in (1.0, 0.3):
            summed = layout.leave(layout.plus(layout.enter(h), scale, laid, weight, given))
            torch.testing.assert_close(summed, h + scale * added)
    assert torch.equal(layout.leave(laid), x) and torch.equal(x, before)


@pytest.mark.parametrize(("layout", "batch", "length", "kernel"), CASES)
def test_gradients_equal_torchs_and_add_up(layout, batch, length, kernel):
    layout, x, weight, _, y = prepared(layout, batch, length, kernel)
    adjoint = torch.randn_like(y)
    to_x, to_weight = torch.autograd.grad(y, (x, weight), adjoint)
    with torch.no_grad():
        laid, back = layout.enter(x), layout.enter(adjoint)
        torch.testing.assert_close(layout.leave(layout.input_gradient(back, weight)), to_x)
        scaled = layout.leave(layout.input_gradient(back, weight, 0.3))
        torch.testing.assert_close(scaled, 0.3 * to_x)
        layout.add_weight_gradient(weight, laid, back, 0.3)
        torch.testing.assert_close(weight.grad, 0.3 * to_weight)
        layout.add_weight_gradient(weight, laid, back, 1.0)
        torch.testing.assert_close(weight.grad, 1.3 * to_weight)


def test_sequences_lie_position_by_position_in_memory_of_their_own():
    h = torch.arange(6.0).view(2, 3, 1)
    laid = Abreast(2, 3, 5).enter(h)
    assert laid.flatten().tolist() == [0, 3, 1, 4, 2, 5]
    laid.zero_()
    assert h.any()
    one = torch.ones(1, 3, 1)
    Abreast(1, 3, 5).enter(one).zero_()  # where nothing would have to move
    assert one.all()
    padded = Winograd(2, 3, 3).enter(h).flatten().tolist()
    assert padded == [0, 0, 0, 3, 1, 4, 2, 5, 0, 0, 0, 0]


@pytest.mark.parametrize("kernel", [3, 5])
def test_fewer_multiplications_make_the_coefficients_of_the_product(kernel):
    a, b, g = factors(kernel)
    assert len(a) == kernel + 3  # where the sum has 4 * kernel
    weight, x = np.random.default_rng(0).normal(size=(2, kernel + 3))
    expected = np.correlate(x, weight[:kernel])
    np.testing.assert_allclose(a.T @ ((g @ weight[:kernel]) * (b @ x)), expected, rtol=1e-12)


def test_fewer_multiplications_round_no_more_than_five_times_as_much():
    torch.manual_seed(0)
    x, weight = torch.randn(8, 16, 64), torch.randn(64, 5, 64)
    layout, plain = Winograd(8, 16, 5), Abreast(8, 16, 5)
    exact = plain.leave(plain.convolve(plain.enter(x.double()), weight.double()))
    found = layout.leave(layout.convolve(layout.enter(x), weight))
    assert (found - exact).norm() / exact.norm() < 1e-6


@pytest.mark.parametrize(
    ("dtype", "of_weight", "layout"),
    [
        (torch.float32, torch.float32, Winograd),
        (torch.float64, torch.float64, Winograd),
        (torch.bfloat16, torch.float32, Apart),
        (torch.bfloat16, torch.bfloat16, Apart),  # products would be rounded one by one
        (torch.float64, torch.float32, Apart),
    ],
)
def test_plain_products_are_for_exact_types_on_a_cpu(dtype, of_weight, layout):
    h, weight = torch.zeros(2, 7, 128, dtype=dtype), torch.zeros(128, 3, 128, dtype=of_weight)
    assert type(layout_of(h, weight)) is layout
    assert type(layout_of(h.to("meta"), weight)) is Apart
    if layout is Winograd:  # not for so few channels, nor for every kernel
        assert layout_of(h[..., :8], weight[:8, :, :8]) == Abreast(2, 7, 3)
        assert layout_of(h, weight.new_zeros(128, 7, 128)) == Abreast(2, 7, 7)


@pytest.mark.parametrize(
    ("lines", "length", "channels", "count", "layout"),
    [
        (128, 16, 64, 1, Winograd),
        (137, 15, 64, 1, Winograd),
        (128, 16, 64, 2, Abreast),  # a second thread would wait for sums
        (127, 16, 64, 1, Abreast),  # too few rows
        (256, 13, 64, 1, Abreast),  # three of sixteen would be computed in vain
        (128, 16, 63, 1, Abreast),
        (1, 16, 96, 2, Winograd),
    ],
)
def test_fewer_multiplications_are_for_wide_networks_and_one_thread(
    lines, length, channels, count, layout, threads
):
    threads(count)
    h = torch.empty(lines, length, channels)
    assert layout_of(h, h.new_empty(channels, 5, channels)) == layout(lines, length, 5)


def test_gradients_of_another_type_are_taken_in_the_parameters():
    parameter = torch.nn.Parameter(torch.zeros(3))
    add_gradient(parameter, torch.ones(3, dtype=torch.bfloat16), 0.5)
    add_gradient(parameter, torch.ones(3, dtype=torch.bfloat16))
    assert parameter.grad.tolist() == [1.5] * 3 and parameter.grad.dtype is torch.float32


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=needs_cuda)])
def test_rows_are_added_up(device):
    h = torch.randn(300, 7, device=device)
    torch.testing.assert_close(sum_of_rows(h), h.sum(0))
    assert sum_of_rows(h[:0]).tolist() == [0.0] * 7
