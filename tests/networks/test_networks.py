import copy

import pytest
import torch
from torch.nn import functional

from textgan.errors import InputError
from textgan.networks.blocks import ACTIVATIONS, Convolution, Linear, ResidualBlock
from textgan.networks.critic import Critic, Critics
from textgan.networks.generator import Generator, most_probable
from textgan.networks.stack import ResidualStack

pytestmark = pytest.mark.usefixtures("unwritten_is_nan")


def test_a_block_adds_its_own_input_not_the_rectified_copy():
    block = ResidualBlock(4, 3, scale=0.3)
    with torch.no_grad():
        block.second.weight.zero_()
    h = torch.randn(2, 5, 4)
    torch.testing.assert_close(block(h), h)


def test_a_block_computes_its_formula():
    torch.manual_seed(0)
    block = ResidualBlock(4, 3, scale=0.7).double()
    h = torch.randn(2, 5, 4, dtype=torch.float64)

    def conv(layer, x):
        y = functional.conv1d(
            x.transpose(1, 2), layer.weight.transpose(1, 2), layer.bias, padding=1
        )
        return y.transpose(1, 2)

    expected = h + 0.7 * conv(block.second, conv(block.first, h.relu()).relu())
    torch.testing.assert_close(block(h), expected)


def test_initialisation_has_the_original_deviations():
    torch.manual_seed(0)
    convolution, linear = Convolution(64, 64, 5), Linear(128, 2048)
    of_convolution, of_linear = (float(m.weight.detach().std()) for m in (convolution, linear))
    assert of_convolution == pytest.approx((4 / (5 * 128)) ** 0.5, rel=0.02)
    assert of_linear == pytest.approx((2 / (128 + 2048)) ** 0.5, rel=0.02)
    assert not convolution.bias.any() and not linear.bias.any()


def test_an_even_kernel_is_refused():
    with pytest.raises(InputError, match="kernel is 4"):
        Convolution(2, 2, 4)


def test_the_reference_settings_give_the_originals_parameter_counts():
    generator, critic = Generator(vocab=100, length=32), Critic(vocab=100, length=32)
    blocks = 5 * 2 * (512 * 512 * 5 + 512)
    inside = 128 * 512 * 32 + 512 * 32
    assert sum(p.numel() for p in generator.parameters()) == inside + blocks + 512 * 100 + 100
    assert (
        sum(p.numel() for p in critic.parameters()) == 513 * 100 + blocks + 512 - 100 + 512 * 32 + 1
    )


def test_the_generator_writes_probabilities():
    generator = Generator(vocab=7, length=6, width=8, blocks=1, latent=5)
    y = generator(torch.randn(3, 5))
    assert y.shape == (3, 6, 7)
    torch.testing.assert_close(y.sum(-1), torch.ones(3, 6))
    assert generator(torch.randn(3, 5), torch.bfloat16).dtype is torch.float32


def test_straight_through_gives_the_most_probable_symbols_with_their_probabilities():
    shape = {"vocab": 7, "length": 6, "width": 8, "blocks": 1, "latent": 5}
    soft, hard = Generator(**shape), Generator(**shape, output="straight-through")
    hard.load_state_dict(soft.state_dict())
    z = torch.randn(3, 5)
    symbols, probabilities = hard(z)
    assert torch.equal(symbols, soft.logits(z).argmax(-1))
    assert torch.equal(probabilities, soft(z)) and probabilities.requires_grad
    assert hard(z, torch.bfloat16).probabilities.dtype is torch.float32


@pytest.mark.parametrize("output", ["softmax", "straight-through"])
def test_what_is_written_is_what_the_critic_is_given_without_its_gradient(output):
    generator = Generator(vocab=7, length=6, width=8, blocks=1, latent=5, output=output)
    z = torch.randn(3, 5)
    written, given = generator.written(z), generator(z)
    expected = given if output == "softmax" else given.symbols
    assert torch.equal(written, expected) and not written.requires_grad


@pytest.mark.parametrize(("vocab", "length", "batch"), [(7, 6, 3), (5_000, 20, 7)])
def test_slabs_are_the_scores_of_all_positions_in_their_order(vocab, length, batch):
    torch.manual_seed(0)
    shape = {"vocab": vocab, "length": length, "width": 8, "blocks": 1, "latent": 5}
    generator = Generator(**shape, output="straight-through")
    z = torch.randn(batch, 5)
    slabs, whole = list(generator.slabs(z)), generator.logits(z)
    assert len(slabs) == (1 if vocab == 7 else 3)  # of 64 positions at most, the larger vocabulary
    torch.testing.assert_close(torch.cat(slabs).view_as(whole), whole)
    assert torch.equal(generator.written(z), torch.cat(slabs).argmax(-1).view(batch, length))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_the_most_probable_is_the_first_of_equals_as_in_torch(dtype):
    scores = torch.randint(0, 9, (50, 3, 40)).to(dtype)  # full of equals
    scores[0, 0, 17], scores[1, 1] = torch.nan, -torch.inf
    found = most_probable(scores.requires_grad_())
    assert torch.equal(found, scores.argmax(-1)) and found.dtype is torch.int64
    assert found[0, 0] == 17 and found[1, 1] == 0


def test_fixed_symbol_vectors_get_no_gradient_and_are_saved_like_learned_ones():
    torch.manual_seed(0)
    shape = {"vocab": 500, "length": 6, "width": 16, "blocks": 1, "latent": 5}
    fixed, learned = Generator(**shape, vectors="fixed"), Generator(**shape)
    norms = fixed.output.weight.square().sum(-1)
    assert float(norms.mean()) ** 0.5 == pytest.approx(0.5, rel=0.02)
    fixed(torch.randn(3, 5)).square().sum().backward()
    assert not fixed.output.weight.requires_grad and fixed.output.bias.grad.any()
    names = {name for name, _ in learned.named_parameters()}
    assert {name for name, _ in fixed.named_parameters()} == names - {"output.weight"}
    learned.load_state_dict(fixed.state_dict())
    z = torch.randn(3, 5)
    assert torch.equal(learned(z), fixed(z))
    assert fixed.double().output.weight.dtype is torch.float64


@pytest.mark.parametrize("head", ["flatten", "mean"])
def test_the_critic_scores_symbols_as_their_one_hot_rows(head):
    torch.manual_seed(0)
    critic = Critic(vocab=7, length=6, width=8, blocks=2, head=head).double()
    symbols = torch.randint(0, 7, (4, 6))
    rows = functional.one_hot(symbols, 7).double()
    assert critic(symbols).shape == (4,)
    torch.testing.assert_close(critic(symbols), critic(rows))


def test_several_critics_judge_by_their_mean_and_one_as_itself():
    ones = [Critic(vocab=7, length=6, width=8, blocks=1) for _ in range(3)]
    x = torch.randint(0, 7, (5, 6))
    torch.testing.assert_close(Critics(ones)(x), (ones[0](x) + ones[1](x) + ones[2](x)) / 3)
    assert torch.equal(Critics(ones[:1])(x), ones[0](x))
    rows = torch.rand(5, 6, 7).softmax(-1)
    torch.testing.assert_close(Critics(ones)(rows), sum(one(rows) for one in ones) / 3)
    assert [Critics(ones).in_turn(step) for step in range(5)] == [*ones, *ones[:2]]


@pytest.mark.parametrize("head", ["flatten", "mean"])
@pytest.mark.parametrize("count", [1, 3])
def test_blocks_compute_in_the_type_that_is_asked_for_and_scores_are_exact(head, count):
    torch.manual_seed(0)
    shape = {"vocab": 7, "length": 6, "width": 8, "blocks": 2, "head": head}
    critics = Critics(Critic(**shape) for _ in range(count))
    symbols = torch.randint(0, 7, (4, 6))
    exact, fast = critics(symbols), critics(symbols, torch.bfloat16)
    assert exact.dtype is fast.dtype is torch.float32
    assert not torch.equal(fast, exact)
    torch.testing.assert_close(fast, exact, rtol=0.05, atol=0.05)
    h = torch.randn(4, 6, 8).bfloat16()
    assert torch.equal(critics[0].score(h), critics[0].score(h.float()))


def test_scores_do_not_depend_on_the_batch():
    torch.manual_seed(0)
    critic = Critic(vocab=7, length=6, width=8, blocks=2).double()
    symbols = torch.randint(0, 7, (4, 6))
    torch.testing.assert_close(critic(symbols)[1:2], critic(symbols[1:2]))


def stack_of(blocks=3, width=8):
    torch.manual_seed(0)
    stack = ResidualStack(ResidualBlock(width, 3, scale=0.7) for _ in range(blocks)).double()
    with torch.no_grad():
        for parameter in stack.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    return stack, torch.randn(4, 6, width, dtype=torch.float64, requires_grad=True)


def test_a_stack_maps_and_differentiates_as_its_blocks_do():
    stack, h = stack_of()
    direction = torch.randn(4, 6, 8, dtype=torch.float64)
    (stack(h) * direction).sum().backward()
    ours = [h.grad, *(p.grad for p in stack.parameters())]
    expected = torch.autograd.grad((stack.plain(h) * direction).sum(), [h, *stack.parameters()])
    for a, b in zip(ours, expected, strict=True):
        torch.testing.assert_close(a, b)
    with torch.no_grad():
        torch.testing.assert_close(stack(h), stack.plain(h))


def test_a_frozen_stack_gets_no_gradients_and_an_input_without_one_still_trains_it():
    stack, h = stack_of()
    stack.requires_grad_(False)
    stack(h).sum().backward()
    assert h.grad is not None and all(p.grad is None for p in stack.parameters())
    stack.requires_grad_(True)
    stack(h.detach()).sum().backward()
    assert all(p.grad is not None for p in stack.parameters())


def test_a_stack_differentiates_twice():
    stack, h = stack_of(blocks=2, width=3)
    assert torch.autograd.gradgradcheck(stack, (h[..., :3].detach().requires_grad_(),))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_block_activates_ahead_of_each_convolution(activation):
    torch.manual_seed(0)
    stack = ResidualStack([ResidualBlock(8, 3, 0.7, activation=activation)]).double()
    h = torch.randn(4, 6, 8, dtype=torch.float64)
    known = {
        "relu": lambda x: x.clamp(min=0),
        "leaky_relu": lambda x: torch.where(x > 0, x, 0.2 * x),
        "tanh": lambda x: 1 - 2 / (torch.exp(2 * x) + 1),
        "silu": lambda x: x / (1 + torch.exp(-x)),
    }[activation]
    expected = h + 0.7 * stack[0].second(known(stack[0].first(known(h))))
    torch.testing.assert_close(stack(h), expected)
    with torch.no_grad():
        torch.testing.assert_close(stack(h), expected)
    assert stack.linear_between_relus() == (activation == "relu")


def test_a_stack_sees_its_weights_change():
    stack, h = stack_of()
    with torch.no_grad():
        before = stack(h)
        optimiser = torch.optim.Adam(stack.parameters(), 0.1, fused=True)
        for parameter in stack.parameters():
            parameter.grad = torch.ones_like(parameter)
        optimiser.step()
        assert not torch.equal(stack(h), before)
        torch.testing.assert_close(stack(h), stack.plain(h))
        after = {name: torch.zeros_like(value) for name, value in stack.state_dict().items()}
        stack.load_state_dict(after)
        torch.testing.assert_close(stack(h), h)


def test_a_copied_stack_has_weights_of_its_own():
    stack, h = stack_of()
    with torch.no_grad():
        stack(h)
        copied = copy.deepcopy(stack)
        next(stack.parameters()).zero_()
        assert not torch.equal(copied(h), stack(h))
