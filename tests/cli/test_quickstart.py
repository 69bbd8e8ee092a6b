def test_quickstart_in_a_few_steps(textgan, tmp_path):
    done = textgan(
        "quickstart", "--steps", 60, "--threads", 1, "--out", tmp_path / "run", check=0, timeout=240
    )
    assert "real" in done.stdout and "js4" in done.stdout
    assert f"textgan sample {tmp_path / 'run'}" in done.stdout
    assert "wasserstein" in done.stderr
    again = textgan("quickstart", "--steps", 60, "--threads", 1, "--out", tmp_path / "run", check=0)
    assert "js4" in again.stdout
