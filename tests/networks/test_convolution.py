import pytest
import torch
from torch.nn import functional

from textgan.networks.convolution import (
    convolve,
    input_gradient,
    rectified,
    weight_gradient,
    weight_gradient_by_product,
)

pytestmark = pytest.mark.usefixtures("unwritten_is_nan")


def plain(x, weight, bias):
    padding = weight.shape[1] // 2
    y = functional.conv1d(x.transpose(1, 2), weight.transpose(1, 2), bias, padding=padding)
    return y.transpose(1, 2)


@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_convolve_equals_torch_conv1d_and_so_do_its_gradients(kernel):
    torch.manual_seed(0)
    x = torch.randn(3, 9, 4, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(6, kernel, 4, dtype=torch.float64, requires_grad=True)
    bias = torch.randn(6, dtype=torch.float64, requires_grad=True)
    direction = torch.randn(3, 9, 6, dtype=torch.float64)
    ours, theirs = convolve(x, weight, bias), plain(x, weight, bias)
    torch.testing.assert_close(ours, theirs)
    assert ours.is_contiguous()
    found = torch.autograd.grad((ours * direction).sum(), (x, weight, bias))
    expected = torch.autograd.grad((theirs * direction).sum(), (x, weight, bias))
    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, b)


def test_convolve_differentiates_twice():
    torch.manual_seed(0)
    x = torch.randn(2, 5, 3, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(2, 5, 3, dtype=torch.float64, requires_grad=True)
    bias = torch.randn(2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(convolve, (x, weight, bias))
    assert torch.autograd.gradgradcheck(convolve, (x, weight, bias))


def test_the_input_gradient_is_the_adjoint():
    torch.manual_seed(0)
    weight = torch.randn(6, 5, 4, dtype=torch.float64)
    x, y = torch.randn(2, 9, 4, dtype=torch.float64), torch.randn(2, 9, 6, dtype=torch.float64)
    forward = (convolve(x, weight) * y).sum()
    backward = (x * input_gradient(y, weight)).sum()
    torch.testing.assert_close(forward, backward)


@pytest.mark.parametrize("gradient", [weight_gradient, weight_gradient_by_product])
@pytest.mark.parametrize(("batch", "width"), [(64, 64), (3, 8)])
def test_weight_gradients_in_bfloat16_are_as_near_as_precision_allows(gradient, batch, width):
    torch.manual_seed(0)
    x, adjoint = torch.randn(batch, 32, width), torch.randn(batch, 32, width)
    x, adjoint = x.bfloat16(), adjoint.bfloat16()
    exact = weight_gradient(x.double(), adjoint.double(), 5)
    found = gradient(x, adjoint, 5)
    assert found.dtype is torch.float32
    assert (found - exact).norm() / exact.norm() < 5e-3


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize(("channels", "kernel"), [(8, 5), (33, 5), (64, 3), (512, 5), (20, 1)])
@torch.no_grad()
def test_a_gpu_rectifies_in_the_convolution(channels, kernel):
    torch.manual_seed(0)
    x = torch.randn(6, 10, channels, device="cuda")
    weight, bias = torch.randn(channels, kernel, channels, device="cuda"), x[0, 0]
    expected = plain(x, weight, bias).clamp(min=0)
    found = rectified(x.bfloat16(), weight.bfloat16(), bias.bfloat16())
    assert found.dtype is torch.bfloat16 and found.is_contiguous() and (found >= 0).all()
    assert (found - expected).norm() < 0.01 * expected.norm()
    exact = [t.double() for t in (x, weight, bias)]
    torch.testing.assert_close(rectified(*exact), plain(*exact).clamp(min=0))
