"""Names the calls of a panic: from addresses in the kernel's log to functions and lines."""

import itertools
import json
from pathlib import Path

from cli import paths, programs

SYMBOLIZER = "llvm-symbolizer-19"
NOISE = ("assay::kernel::", "assay::", "(anonymous namespace)::")


def symbolize(kernel: Path, addresses: list[int]) -> list[dict]:
    """Each call with its `address`, `function`, `file` (from the root) and `line`, the innermost
    first. A call that the compiler inlined has the address of the one around it. What the image
    does not know is None.
    """
    if not addresses:
        return []
    command = [SYMBOLIZER, f"--obj={kernel}", "--output-style=JSON", "--inlines"]
    done = programs.capture([*command, *(f"{address:#x}" for address in addresses)])
    if not done.ok:
        return [_call(address, {}) for address in addresses]
    known = zip(addresses, json.loads(done.stdout), strict=True)
    return [
        _call(address, symbol)
        for address, answer in known
        for symbol in answer.get("Symbol") or [{}]
    ]


def _call(address: int, symbol: dict) -> dict:
    function, file = symbol.get("FunctionName"), symbol.get("FileName")
    for noise in NOISE:
        function = function.replace(noise, "") if function else None
    return {
        "address": f"{address:#010x}",
        "function": function or None,
        "file": paths.from_root(file) if file else None,
        "line": symbol.get("Line") or None,
    }


def describe(calls: list[dict]) -> list[str]:
    """A line per call; those of one line of code that follow each other are one, with how many."""
    lines = []
    for text, same in itertools.groupby(map(_text, calls)):
        count = len(list(same))
        lines.append(f"  {text}" + (f" ({count} times)" if count > 1 else ""))
    return lines


def _text(call: dict) -> str:
    function = call["function"] or call["address"]
    return f"{call['file']}:{call['line']}: {function}" if call["file"] else function
