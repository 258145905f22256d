"""Checks for what must not be in any file: notes to fix, paths of one machine, stray synonyms."""

import ast
import re
from pathlib import Path

from cli.checks import sources

EXEMPT = {"cli/checks/words.py", "cli/checks/test_sources.py"}  # they hold the bad examples

# Everywhere.
BAD = {
    r"\bFIXME\b|\bXXX\b": "a FIXME does not go to main: fix it, or write TODO(#issue)",
    r"\bTODO\b(?!\((#\d+|\d{4}-\d{2}-\d{2})\))": "a TODO carries an issue or a date: TODO(#12)",
    r"(?<![\w.])/(home|root|work|Users)/\w": "a path of one machine",
    r"^(<{7}|>{7}) ": "a conflict that was not resolved",
    r"[ \t]+$": "white space at the end of a line",
}

# In the code of the allocators and the judge: one word for one thing (docs/GLOSSARY.md).
SYNONYMS = re.compile(r"\b(zone|region|chunk|segment)s?\b", re.IGNORECASE)
ONE_WORD_ROOMS = ("impls/", "oracle/")


def find_problems(root: Path) -> tuple[list[str], int]:
    """Where such text is, and how many files were looked at."""
    problems, looked_at = [], 0
    for path in sources.all_files(root):
        name, text = str(path.relative_to(root)), sources.text_of(path)
        if text is None or name in EXEMPT or name.startswith("bench/traces/"):
            continue
        looked_at += 1
        for number, line in enumerate(text.splitlines(), 1):
            problems += [f"{name}:{number}: {problem}" for problem in problems_of(name, line)]
        if text and not text.endswith("\n"):
            problems.append(f"{name}: the last line does not end")
    return problems, looked_at


def problems_of(name: str, line: str) -> list[str]:
    """What is wrong with a line."""
    problems = [why for pattern, why in BAD.items() if re.search(pattern, line)]
    if name.startswith(ONE_WORD_ROOMS) and (found := SYNONYMS.search(line)):
        problems.append(f"'{found[0]}' is another word for a run, an arena or a block: say which")
    return problems


def find_missing_docstrings(root: Path) -> tuple[list[str], int]:
    """Python files that do not say what they do."""
    files = sources.python_files(root)
    silent = [path for path in files if not ast.get_docstring(ast.parse(path.read_text()))]
    problems = [f"{path.relative_to(root)}: says nowhere what it does" for path in silent]
    return problems, len(files)
