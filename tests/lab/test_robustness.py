"""Random architectures, and the table of who succeeds with which."""

import pytest

from tests.lab.tiny import LAB
from textgan.lab import robustness
from textgan.lab.lines import settings

LOOSE, TIGHT = 0.45, 0.1


def row(gan, ours, clip=1.0, untrained=0.99):
    def both(js):
        return {"js2": js, "js4": js}

    values = {"gan": gan, "wgan-gp": ours, "wgan-clip": clip}
    runs = {name: {"untrained": both(untrained), "last": both(js)} for name, js in values.items()}
    return {"runs": runs}


ROWS = [row(LOOSE, TIGHT), row(1.0, TIGHT), row(TIGHT, 1.0), row(1.0, 1.0)]


def shares(rows):
    return {
        order: {
            name: [robustness.share(rows, name, order, at) for at in ats]
            for name in robustness.COMPARED
        }
        for order, ats in robustness.THRESHOLDS.items()
    }


def test_architectures_are_the_same_every_time_and_all_of_them_are_settings():
    drawn = robustness.architectures(20)
    assert drawn[:5] == robustness.architectures(5)
    assert len({str(each) for each in drawn}) == 20
    for each in drawn:
        wanted = settings(each)
        assert 1 / 3.1 < wanted.training.critic_rate / 1e-3 < 3.1


def test_larger_networks_and_more_critic_steps_have_fewer_updates():
    def steps(**changes):
        named = {f"network.{key}": value for key, value in changes.items()}
        return robustness.steps_for(settings(named), 1e10)

    assert steps(width=16) > steps(width=32) > steps(width=64)
    assert steps(blocks=1) > steps(blocks=4)
    most = robustness.steps_for(settings({"training.critic_steps": 5}), 1e10)
    assert most < steps()
    assert robustness.steps_for(settings(), 1.0) == 1


def test_a_threshold_is_reached_by_learning():
    learned, idle = row(0.4, 0.4, untrained=0.6), row(0.4, 0.4, untrained=0.4)
    assert robustness.reached(learned, "gan", "js2", 0.4)
    assert not robustness.reached(learned, "gan", "js2", 0.39)
    assert not robustness.reached(idle, "gan", "js2", 0.7)


def test_the_table_counts_who_succeeds():
    at = robustness.THRESHOLDS["js2"].index(0.5)
    found = robustness.outcomes(ROWS, "gan")["js2"][at]
    assert found == {"only gan": 1, "only wgan-gp": 1, "both": 1, "neither": 1}
    assert all(sum(each.values()) == 4 for each in robustness.outcomes(ROWS, "gan")["js4"])


@pytest.mark.parametrize(
    ("rows", "met"),
    [
        ([row(LOOSE, TIGHT)] * 4 + [row(1.0, 1.0)], (True, True)),
        ([row(TIGHT, LOOSE)] * 4, (True, False)),
        ([row(1.0, TIGHT), row(1.0, 1.0)], (False, True)),
        (ROWS[2:], (False, False)),
    ],
)
def test_the_rule(rows, met):
    assert robustness.conditions(shares(rows)) == met


def test_the_experiment_from_end_to_end(monkeypatch):
    monkeypatch.setattr(robustness, "ARCHITECTURES", 2)
    monkeypatch.setattr(robustness, "WORK", 1.0)
    found = robustness.EXPERIMENT.run(LAB)
    assert "Of 2 random architectures" in found.line
    assert set(found.figures["table"]) == {"gan", "wgan-clip"}
    for row in found.figures["rows"]:
        for run in row["runs"].values():
            assert set(run) == {"untrained", "last"}
            assert set(run["last"]) == {"js1", "js2", "js3", "js4"}
    # An objective changes nothing before the first update.
    first = found.figures["rows"][0]["runs"]
    assert first["gan"]["untrained"] == first["wgan-gp"]["untrained"]
    assert len(found.picture.axes) == 4
