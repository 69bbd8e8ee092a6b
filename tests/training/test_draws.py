import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from textgan.training.draws import _mixed, batch_noise, lines_of_draw, noise, permute


@given(st.integers(1, 3000), st.integers(0, 2**40), st.integers(0, 100))
def test_permute_is_a_permutation(lines, seed, epoch):
    order = permute(np.arange(lines), lines, seed, epoch)
    assert sorted(order) == list(range(lines))


def test_epochs_and_seeds_have_orders_of_their_own():
    orders = {tuple(permute(np.arange(100), 100, s, e)) for s in range(5) for e in range(5)}
    assert len(orders) == 25


@pytest.mark.parametrize(("batch", "lines"), [(7, 50), (64, 10), (5, 1)])
def test_every_epoch_holds_every_line_once(batch, lines):
    stream = np.concatenate([lines_of_draw(d, batch, lines, 3) for d in range(60)])
    for start in range(0, len(stream) - lines + 1, lines):
        assert sorted(stream[start : start + lines]) == list(range(lines))


def test_the_order_mixes():
    order = permute(np.arange(10_000), 10_000, 0, 0)
    assert abs(np.corrcoef(order, np.arange(10_000))[0, 1]) < 0.05
    assert abs(np.corrcoef(order[1:], order[:-1])[0, 1]) < 0.05


def test_noise_is_a_function_of_seed_step_and_purpose():
    a = noise((4, 3), 1, 2, 0, False)
    assert torch.equal(a, noise((4, 3), 1, 2, 0, False))
    for other in ((2, 2, 0), (1, 3, 0), (1, 2, 1)):
        assert not torch.equal(a, noise((4, 3), *other, False))
    uniform = noise((1000,), 0, 0, 0, True)
    assert 0 <= uniform.min() and uniform.max() < 1 and abs(uniform.mean() - 0.5) < 0.05


@pytest.mark.parametrize("uniform", [False, True])
def test_a_row_of_noise_does_not_depend_on_the_rows_beside_it(uniform):
    whole = batch_noise(range(200), (3,), 1, 2, 5, uniform)
    assert len(set(whole.flatten().tolist())) == 600
    for rows in (range(10), range(60, 70), range(64, 128, 8), range(199, 200)):
        own = batch_noise(rows, (3,), 1, 2, 5, uniform)
        assert torch.equal(own, whole[rows.start : rows.stop])


def test_a_process_reads_its_own_lines_of_a_draw():
    whole = lines_of_draw(3, 64, 50, 0)
    assert (lines_of_draw(3, 64, 50, 0, range(16, 48)) == whole[16:48]).all()


@pytest.mark.parametrize("kind", [np.int8, np.int64, np.uint64])
def test_integers_of_numpy_draw_what_those_of_python_do(kind):
    assert torch.equal(noise((5,), kind(3), kind(2), kind(1), False), noise((5,), 3, 2, 1, False))


def test_noise_heeds_no_default_type_or_device(defaults):
    wanted = noise((4, 3), 1, 2, 0, False), noise((5,), 1, 2, 0, True)
    defaults(torch.float64, "meta")
    found = noise((4, 3), 1, 2, 0, False), noise((5,), 1, 2, 0, True)
    assert all(torch.equal(a, b) for a, b in zip(found, wanted, strict=True))


def test_no_two_chunks_of_samples_have_the_same_noise():
    """A generator on a CPU takes 32 bits of a seed, so that hashes of 64 would meet in them."""
    assert not torch.equal(noise((5,), 0, 70839, 0, False), noise((5,), 0, 5723, 0, False))
    first = {tuple(noise((2,), 0, chunk, 0, False).tolist()) for chunk in range(20_000)}
    assert len(first) == 20_000
    for purpose in (0, 1, 2 + (7 << 32)):
        assert len({_mixed(3, step, purpose) for step in range(1 << 18)}) == 1 << 18


def test_what_is_drawn_stands_for_ever():
    """Of a seed the same lines are read and the same samples written by every later version."""
    assert permute(np.arange(10), 10, 3, 1).tolist() == [5, 0, 3, 2, 7, 6, 1, 4, 9, 8]
    assert permute(np.arange(10), 10, 1, 3).tolist() == [7, 3, 1, 2, 8, 4, 9, 5, 6, 0]
    assert [_mixed(3, step, purpose) for step in (0, 5) for purpose in (0, 1, 2 + (7 << 32))] == [
        2944984246, 3835686035, 207486424, 1850219812, 806182590, 3271797473,
    ]  # fmt: skip
    normal = noise((3,), 3, 5, 0, False).tolist()
    assert normal == pytest.approx([-1.4208481, -0.9401994, -0.3199489], abs=1e-6)
    uniform = noise((3,), 3, 5, 1, True).tolist()
    assert uniform == pytest.approx([0.2184716, 0.9930552, 0.0938135], abs=1e-6)


def test_seed_and_purpose_are_not_exchanged():
    assert not torch.equal(noise((5,), 0, 0, 1, False), noise((5,), 1, 0, 0, False))


def test_every_epoch_has_another_order():
    stream = np.concatenate([lines_of_draw(draw, 10, 40, 3) for draw in range(8)])
    assert (stream[:40] == permute(np.arange(40), 40, 3, 0)).all()
    assert (stream[40:] == permute(np.arange(40), 40, 3, 1)).all()
    assert (stream[:40] != stream[40:]).any()
