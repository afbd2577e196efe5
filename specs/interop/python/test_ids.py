"""Says which tests the installed blissdata has under some folders of its own tests, without running or importing them."""

import ast
import json
import sys
from importlib.util import find_spec
from pathlib import Path

TESTS = Path(find_spec("blissdata").origin).parent / "tests"


def tests_in(body, prefix=""):
    for node in body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield from tests_in(node.body, f"{prefix}{node.name}::")
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test"):
            yield prefix + node.name


modules = sorted(path for folder in sys.argv[1:] for path in (TESTS / folder).rglob("test_*.py"))
print(json.dumps([f"{path.relative_to(TESTS).as_posix()}::{name}" for path in modules for name in tests_in(ast.parse(path.read_text()).body)]))
