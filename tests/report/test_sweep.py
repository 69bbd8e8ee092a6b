import pytest

from textgan.errors import InputError
from textgan.report.sweep import CHOICES, ORDERS, TEMPERATURES, TRUNCATIONS, sweep

LINES = [f"{head}{tail}" for head in "barn lem tor wis".split() for tail in "ander ole ith".split()]


class Parrot:
    """Writes real lines, and at a temperature above 0 the same line again and again."""

    def sample(self, n, seed=0, temperature=0.0, truncation=None, best_of=1):
        return [LINES[0 if temperature else i % len(LINES)] for i in range(n)]


def test_copies_are_good_and_repeats_are_poor():
    found = sweep(Parrot(), train=LINES, reference=LINES, real=LINES * 4, n=48)
    cold, *warm = found.of("temperature")
    assert cold.quality == cold.diversity == 1 and cold.js == 0
    assert all(p.quality == 1 and p.diversity < 0.4 and p.unique == 1 / 48 for p in warm)
    (real,) = found.of("real")
    assert real.n == 48 and real.quality == 1


def test_every_setting_has_its_point(finished):
    from textgan.model import TextGAN

    model = TextGAN.from_pretrained(finished)
    seen = []
    found = sweep(model, train=LINES, reference=LINES, choices=CHOICES, n=40, watch=seen.append)
    assert [p.setting.value for p in found.of("temperature")] == list(TEMPERATURES)
    assert [p.setting.value for p in found.of("truncation")] == list(TRUNCATIONS)
    assert [p.setting.value for p in found.of("best of")] == list(CHOICES)
    assert [p.setting.value for p in found.of("n-gram")] == list(ORDERS["char"])
    assert found.of("real") == []
    assert [p.setting for p in found.points] == seen
    again = sweep(model, train=LINES, reference=LINES, choices=CHOICES, n=40)
    assert again == found


def test_every_point_is_of_as_many_lines_as_there_are_real_ones():
    found = sweep(Parrot(), train=LINES, reference=LINES, real=LINES, n=48)
    assert found.samples == len(LINES)
    # An n-gram model's may be blank.
    assert {p.n for p in found.points if p.setting.family != "n-gram"} == {len(LINES)}


def test_every_setting_is_what_the_samples_are_written_with():
    asked = []

    class Listener(Parrot):
        def sample(self, n, seed=0, temperature=0.0, truncation=None, best_of=1):
            asked.append((temperature, truncation, best_of))
            return super().sample(n)

    sweep(Listener(), train=LINES, reference=LINES, choices=CHOICES, n=12)
    assert asked == [
        *((temperature, None, 1) for temperature in TEMPERATURES),
        *((0.0, truncation, 1) for truncation in TRUNCATIONS),
        *((0.0, None, count) for count in CHOICES),
    ]


def test_short_lines_are_compared_by_short_ngrams():
    lines = ["ab", "cd", "abc", "b"]
    assert sweep(Parrot(), train=lines, reference=lines, n=4).gram == 2
    assert sweep(Parrot(), train=["x y"], reference=["x y"], level="word", n=4).gram == 2


def test_a_reference_without_text_is_refused():
    with pytest.raises(InputError, match="no line of text"):
        sweep(Parrot(), train=LINES, reference=["", " "])
