"""Memory that runs out is told in a line with the settings that help."""

import pytest


def test_train(forks, train, whole, tmp_path):
    folder = tmp_path / "run"
    more = ("--set", "training.batch=200000")
    ended = forks.run(*train(folder, 10, *more), limits={"AS": 2**28}, check=1)
    last = ended.err.splitlines()[-1]
    assert last.startswith("textgan: out of memory")
    assert "training.batch" in last and "network.width" in last


def test_train_with_networks_too_wide(forks, train, tmp_path):
    more = ("--set", "network.width=8192")
    ended = forks.run(*train(tmp_path / "run", 10, *more), limits={"AS": 2**29}, check=1)
    assert ended.err.splitlines()[-1].startswith("textgan: out of memory")


@pytest.mark.parametrize("room", [0, 2**22, 2**24])
def test_sample_and_resume_with_any_room(forks, train, whole, tmp_path, room):
    import shutil

    folder = shutil.copytree(whole, tmp_path / "run")
    for command in (("sample", folder, "-n", 3), train(folder, 11)):
        ended = forks.run(*command, limits={"AS": room})
        if ended.status:
            assert ended.status == 1, ended
            assert ended.err.splitlines()[-1].startswith("textgan: out of memory"), ended.err
            assert "damaged" not in ended.err
    assert len(list((folder / "checkpoints").iterdir())) == 2
    forks.run(*train(folder, 11), check=0)
