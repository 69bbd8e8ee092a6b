"""Text out of Python source, by its syntax tree alone: nothing is imported or run."""

import ast
import re
import warnings

from textgan.errors import InputError

NO_SOURCE = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What parsing raises; the last where operators are nested too deeply for the parser's stack."""
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


def parsed(source: str) -> ast.Module:
    """The syntax tree of `source`; what Python would warn of there is its author's business."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


def docstrings(source: str) -> list[str]:
    """The sentences of the first paragraph of each docstring in `source`, white space collapsed."""
    try:
        tree = parsed(source)
    except NO_SOURCE:  # the standard library keeps broken files for its tests
        return []
    sentences = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            paragraph = (ast.get_docstring(node) or "").split("\n\n")[0]
            sentences += SENTENCE_END.split(" ".join(paragraph.split()))
    return [sentence for sentence in sentences if sentence]


def literal(source: str, path: str, name: str) -> list[str]:
    """The strings of a value in Python source.

    Args:
        source: the text of a module.
        path: dotted way to the value: names of classes and variables, then keys of a dictionary.
        name: of the file, for messages.

    Returns:
        The strings of a list, tuple or (sorted) set; of anything else its longest string, alone.

    Raises:
        InputError: the source does not parse or holds no such value.
    """
    try:
        node: ast.AST | None = parsed(source)
    except NO_SOURCE:
        raise InputError(f"{name}: is not Python source") from None
    for step in path.split("."):
        node = child(node, step)
    if node is None:
        raise InputError(f"{name}: holds no value {path}")
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        found = [item.value for item in node.elts if isinstance(item, ast.Constant)]
        strings = [value for value in found if isinstance(value, str)]
        return sorted(strings) if isinstance(node, ast.Set) else strings
    inside = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant)]
    return [max((value for value in inside if isinstance(value, str)), key=len, default="")]


def child(node: ast.AST | None, step: str) -> ast.AST | None:
    """The value that `step` names in a module, a class or a dictionary."""
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return next((v for k, v in pairs if isinstance(k, ast.Constant) and k.value == step), None)
    for statement in getattr(node, "body", []):
        if isinstance(statement, ast.ClassDef) and statement.name == step:
            return statement
        if isinstance(statement, ast.Assign):
            targets = [target.id for target in statement.targets if isinstance(target, ast.Name)]
            if step in targets:
                return statement.value
    return None
