import json

import numpy as np
import pandas
import pytest

from tests.metrics.texts import captions
from textgan.errors import InputError
from textgan.metrics.evaluate import DEFAULT, MORE, evaluate, groups_of, hold_out
from textgan.metrics.material import pick

ISSUE_NAMES = [
    *(f"{name}{n}" for name in ("js", "precision", "recall") for n in range(1, 7)),
    *(f"{name}{n}" for name in ("bleu", "self_bleu") for n in range(2, 6)),
    "corpus_bleu",
    *(f"distinct{n}" for n in range(1, 4)),
    "unique",
    "novel",
]


@pytest.fixture(scope="module")
def evaluation():
    rest, held = hold_out(captions(600, 1), 200, 0)
    return evaluate(captions(200, 2), rest, real=held, train=captions(50, 3), cut=20)


def test_names_and_shape_of_the_json(evaluation):
    result = json.loads(json.dumps(evaluation.as_json(), allow_nan=False))
    assert list(result["scores"]) == ISSUE_NAMES
    assert (result["n"], result["level"], result["cut"]) == (200, "char", 20)
    assert (result["reference"], result["real"], result["train"]) == (400, 200, 50)
    for score in result["scores"].values():
        assert list(score) == ["value", "low", "high", "real", "signature"]
        assert score["low"] <= score["value"] <= score["high"]
        assert score["real"] is not None


def test_signatures_state_the_protocol(evaluation):
    signature = "js4|level:char|cut:20|n:200|ref:400|base:2|textgan:0.1"
    assert evaluation["js4"].signature == signature
    assert evaluation["unique"].signature == "unique|level:char|cut:20|n:200|textgan:0.1"
    assert evaluation["novel"].signature.split("|")[4] == "train:50"
    lines = [score.signature for score in evaluation.scores]
    assert len(set(lines)) == len(lines)


def test_same_seed_same_scores_and_order_does_not_matter():
    lines, reference = captions(100, 4), captions(100, 5)
    first = evaluate(lines, reference, seed=3)
    assert first == evaluate(lines, reference, seed=3)
    turned = evaluate(lines[::-1], reference[::-1], seed=3)
    for a, b in zip(first.scores, turned.scores, strict=True):
        assert a.value == pytest.approx(b.value, abs=1e-12) if a.value is not None else True


def test_a_real_row_is_the_evaluation_of_the_real_lines():
    rest, held = hold_out(captions(600, 6), 150, 1)
    both = evaluate(captions(150, 7), rest, real=held, seed=2)
    alone = evaluate(held, rest, seed=2)
    for a, b in zip(both.scores, alone.scores, strict=True):
        assert (a.real, a.real_low, a.real_high) == pytest.approx((b.value, b.low, b.high)) or (
            a.real is None and b.value is None
        )


@pytest.mark.parametrize(("level", "cut"), [("char", 5), ("word", 2)])
def test_a_cut_is_that_of_lines_cut_beforehand(level, cut):
    between = "_" if level == "char" else " "  # so that no cut line ends in a space
    texts = [
        [line.replace(" ", between) for line in captions(number, seed)]
        for number, seed in ((40, 20), (50, 21), (40, 22), (30, 23))
    ]

    def scored(texts, cut):
        lines, reference, real, train = texts
        names = ["js", "novel", "copies", "length_distance"]
        return evaluate(
            lines, reference, real=real, train=train, level=level, cut=cut, names=names
        ).scores

    short = [
        [line[:5] if level == "char" else " ".join(line.split()[:2]) for line in lines]
        for lines in texts
    ]
    for a, b in zip(scored(texts, cut), scored(short, None), strict=True):
        assert (a.value, a.low, a.high, a.real) == (b.value, b.low, b.high, b.real)
        assert a.real is not None or a.name[-1] > str(cut)


def test_another_seed_draws_other_bars():
    lines, reference, train = captions(60, 24), captions(60, 25), captions(60, 26)
    first, second = (
        evaluate(lines, reference, train=train, names=["all"], seed=seed) for seed in (1, 2)
    )
    # Nothing is drawn for Wilson's bar, and two draws can have the same quantiles.
    rest = {"novel", "copies", "unique", "nearest_p5", "nearest_p50"}
    drawn = [(a, second[a.name]) for a in first.scores if a.low != a.high and a.name not in rest]
    assert len(drawn) > 50
    for a, b in drawn:
        assert (a.low, a.high) != (b.low, b.high), a.name


def test_pick_takes_random_lines_in_their_order():
    lines = [f"{i:02}" for i in range(100)]
    picked = pick(lines, 50, seed=1)
    assert len(set(picked)) == 50 and picked == sorted(picked) and set(picked) < set(lines)
    assert min(picked) < "10" and max(picked) > "89"
    assert picked == pick(lines, 50, seed=1)
    assert picked != pick(lines, 50, seed=2)
    assert picked != pick(lines, 50, seed=1, salt=4)
    assert pick(lines, 100) == pick(lines, 101) == lines


def test_blank_lines_go_and_ends_are_stripped_and_nothing_else():
    lines = ["  a cat ", "", "   ", "a cat", "A  cat"]
    found = evaluate(lines, ["a cat"], names=["unique", "js1"])
    assert found.n == 3
    assert found["unique"].value == pytest.approx(2 / 3)


def test_names_select_groups_and_single_scores():
    lines = captions(30, 8)
    found = evaluate(lines, lines, names=["js4", "unique", "bleu"])
    assert [s.name for s in found.scores] == ["js4", *(f"bleu{n}" for n in range(2, 6)), "unique"]
    assert list(found) == [s.name for s in found.scores]
    assert "bleu2" in found and "js5" not in found
    assert groups_of(None) == list(DEFAULT)
    assert groups_of(["all"]) == [*DEFAULT, *MORE]
    assert groups_of(["all", "smiles_valid"]) == [*DEFAULT, *MORE, "smiles"]
    assert groups_of(["nearest_p5", "coverage100", "bleu4"]) == ["bleu", "nearest", "coverage"]
    with pytest.raises(InputError, match="did you mean bleu"):
        evaluate(lines, lines, names=["blue"])
    with pytest.raises(InputError, match="unknown score"):
        evaluate(lines, lines, names=["js4"])["js5"]


@pytest.mark.parametrize(
    ("lines", "reference"),
    [
        (["abc"], captions(20, 1)),
        (["the same line"] * 40, captions(20, 1)),
        (["a", "b"] * 15, captions(20, 1)),
        (captions(20, 1) * 2, ["x"]),
        (["é漢😀"] * 3, ["\u200b", "é"]),
    ],
)
def test_degenerate_text_never_scores_perfectly(lines, reference):
    """A figure is worse than perfect, or null with a reason."""
    best = {"js": 0, "precision": 1, "recall": 1, "bleu": 1, "distinct": 1, "unique": 1}
    for level in ("char", "word"):
        for score in evaluate(lines, reference, level=level).scores:
            assert (score.value is None) == bool(score.why)
            group = score.name.rstrip("0123456789")
            if score.value is not None and group in best:
                assert score.value != best[group] or group in ("precision", "recall")
            if score.name in ("self_bleu2", "unique", "distinct1") and len(lines) == 1:
                assert score.value is None


def test_no_text_is_an_error_that_says_whose():
    with pytest.raises(InputError, match="texts: no line"):
        evaluate(["", "  "], ["a"])
    with pytest.raises(InputError, match="reference: no line"):
        evaluate(["a"], [])
    with pytest.raises(InputError, match="real: no line"):
        evaluate(["a"], ["a"], real=[" "])
    with pytest.raises(InputError, match="cut is 0"):
        evaluate(["a"], ["a"], cut=0)
    with pytest.raises(InputError, match="level"):
        evaluate(["a"], ["a"], level="chars")


@pytest.mark.parametrize("argument", ["texts", "reference", "real", "train"])
@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("names.txt", "is one string, 'names.txt'"),
        (b"abc", "is one string"),
        (3, "is 3"),
        ({"a": 1}, "is {'a': 1}"),
        (["a", None], "holds None at place 1"),
        ([float("nan")], "holds nan at place 0"),
        ([b"a"], "holds b'a' at place 0"),
    ],
)
def test_what_is_no_list_of_strings_is_refused_by_its_argument(argument, given, words):
    lines = {"texts": ["ab"], "reference": ["ab"], "real": ["ab"], "train": ["ab"]}
    with pytest.raises(InputError) as error:
        evaluate(**{**lines, argument: given})
    assert str(error.value).startswith(f"{argument} {words}") and "\n" not in str(error.value)


def test_names_cut_and_seed_that_mean_nothing_are_refused():
    for wrong, words in (
        ({"names": "js4"}, "names is one string, 'js4'"),
        ({"names": [4]}, "names holds 4"),
        ({"cut": 2.5}, "cut is 2.5"),
        ({"seed": None}, "seed is None"),
        ({"seed": -1}, "seed is -1"),
    ):
        with pytest.raises(InputError, match=words):
            evaluate(["ab"], ["ab"], **wrong)


def test_lines_come_from_whatever_gives_strings():
    lines, reference = captions(30, 8), captions(30, 9)
    wanted = evaluate(lines, reference, names=["js1", "unique"])
    column = pandas.Series(lines, index=range(100, 130))
    names = (name for name in ("js1", "unique"))
    assert evaluate(column, (line for line in reference), names=names) == wanted
    assert evaluate(np.array(lines), pandas.Series(reference), names=["js1", "unique"]) == wanted
    assert evaluate(lines, reference, cut=np.int64(5)) == evaluate(lines, reference, cut=5)


def test_hold_out_takes_at_most_half_and_keeps_order():
    lines = [str(i) for i in range(11)]
    rest, held = hold_out(lines, 3, 0)
    assert (len(rest), len(held)) == (8, 3)
    assert sorted([*rest, *held], key=int) == lines
    assert rest == sorted(rest, key=int)
    assert held == sorted(held, key=int)
    assert held != hold_out(lines, 3, 1)[1]
    assert [len(part) for part in hold_out(lines, 100, 0)] == [6, 5]
    with pytest.raises(InputError, match="a single line"):
        hold_out(["a"], 1)
