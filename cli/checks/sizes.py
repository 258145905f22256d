"""Checks sizes: lines of at most 100 columns, files of 800 lines, Python functions of 70.

C++ functions are measured by clang-tidy (readability-function-size in .clang-tidy).
"""

import ast
from pathlib import Path

from cli.checks import sources

MAX_COLUMNS = 100
MAX_FILE_LINES = 800
MAX_FUNCTION_LINES = 70
MEASURED = {".c", ".h", ".cc", ".S", ".ld", ".py", ".cmake"}
EXCUSE = "over 800 lines since"  # on the first line of a file that has to be longer


def find_problems(root: Path) -> tuple[list[str], int]:
    """What is too long, and how many files were looked at."""
    python = set(sources.python_files(root))
    problems, looked_at = [], 0
    for path in sources.all_files(root):
        if path.suffix not in MEASURED and path.name not in ("assay", "CMakeLists.txt"):
            continue
        looked_at += 1
        name, text = str(path.relative_to(root)), path.read_text()
        lines = text.splitlines()
        problems += [
            f"{name}:{number}: has {len(line)} columns, {MAX_COLUMNS} are allowed"
            for number, line in enumerate(lines, 1)
            if len(line) > MAX_COLUMNS
        ]
        if len(lines) > MAX_FILE_LINES and EXCUSE not in lines[0]:
            problems.append(
                f"{name}: has {len(lines)} lines; {MAX_FILE_LINES} are allowed without a reason on "
                f"line one ('{EXCUSE} ...')"
            )
        if path in python:
            problems += [f"{name}:{problem}" for problem in long_functions(text)]
    return problems, looked_at


def long_functions(python: str) -> list[str]:
    """Functions that are too long."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    functions = [node for node in ast.walk(ast.parse(python)) if isinstance(node, kinds)]
    return [
        f"{node.lineno}: {node.name} has {lines} lines, {MAX_FUNCTION_LINES} are allowed"
        for node in functions
        if (lines := node.end_lineno - node.lineno + 1) > MAX_FUNCTION_LINES
    ]
