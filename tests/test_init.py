import pytest

import textgan
from tests.conftest import ROOT


def test_python_completes_what_textgan_has():
    assert {"TextGAN", "train", "evaluate"} <= set(dir(textgan))


def test_a_misspelt_name_is_seen_by_who_checks_types_and_by_who_runs(tmp_path):
    with pytest.raises(AttributeError, match="'evaluat'"):
        _ = textgan.evaluat
    mypy = pytest.importorskip("mypy.api")
    program = tmp_path / "program.py"
    program.write_text("import textgan\ntextgan.evaluate\ntextgan.evaluat\n")
    options = ["--follow-imports=skip", "--config-file=", f"--cache-dir={tmp_path}"]
    said, _, _ = mypy.run([*options, str(ROOT / "textgan/__init__.py"), str(program)])
    assert 'has no attribute "evaluat"' in said and said.count("error:") == 1
