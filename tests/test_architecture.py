"""Imports run one way."""

import ast

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "textgan"
GROUND = {"errors", "files", "chunks", "terminal"}
MAY_KNOW = {
    "text": set(),
    "metrics": set(),
    "networks": set(),
    "objectives": {"networks"},
    "sampling": {"networks", "text", "training.draws"},
    "model": {"sampling", "networks", "text", "card", "model_folder"},
    "model_folder": {"networks", "text"},
    "card": {"text"},
    "training": {"objectives", "networks", "model", "model_folder", "text", "metrics"},
    "screen": {"training", "model", "text"},
    "api": {"screen", "training", "model", "text", "metrics"},
    "report": {"training", "model", "text", "metrics", "objectives"},
    "lab": {"training", "objectives", "networks", "model", "text", "metrics", "report"},
    "cli": {
        "api",
        "screen",
        "lab",
        "report",
        "training",
        "model",
        "sampling",
        "text",
        "metrics",
        "objectives",
        "networks",
    },
}
TORCHLESS = ("text", "metrics", "cli", "errors", "files", "chunks", "terminal")


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module}.{alias.name}", node) for alias in node.names)


def room(path):
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


MODULES = [p for p in sorted(PACKAGE.rglob("*.py")) if p.parent != PACKAGE or p.stem in MAY_KNOW]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_knows_only_what_stands_below_it(path):
    own = room(path)
    for name, _ in imports(path):
        if not name.startswith("textgan."):
            continue
        inner = name.removeprefix("textgan.")
        known = inner.split(".")[0]
        allowed = {own} | GROUND | MAY_KNOW[own]
        # Anything may name the version.
        assert (
            known in allowed or inner == "__version__" or ".".join(inner.split(".")[:2]) in allowed
        ), f"{own} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_text_metrics_and_the_face_of_verbs_import_no_torch(path):
    if room(path) not in TORCHLESS:
        return
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            assert not any(alias.name.split(".")[0] == "torch" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert (node.module or "").split(".")[0] != "torch"
            assert (node.module or "") not in ("textgan.model", "textgan.training.train")


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE))
)
def test_no_file_is_longer_than_350_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350
