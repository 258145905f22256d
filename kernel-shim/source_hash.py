"""Hashes the source of one design: what lies in its folder, and what that includes, to the end.

    source_hash.py ROOT DESIGN OUTPUT

Writes OUTPUT, a C header with the hash, and OUTPUT.d, the files that it depends on, for ninja.
"""

import hashlib
import re
import sys
from pathlib import Path

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
ZOO = "oracle/zoo/zoo.h"


def main(root: Path, design: str, output: Path) -> int:
    files = source_files(root, design)
    if not files:
        print(f"source_hash.py: no design '{design}' in impls/ or in {ZOO}", file=sys.stderr)
        return 2
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(f'#define ASSAY_DESIGN_SOURCE "{hash_files(root, files)}"\n')
    needed = " ".join(_escape(root / name) for name in files)
    Path(f"{output}.d").write_text(f"{_escape(output)}: {needed}\n")
    return 0


def source_files(root: Path, design: str) -> list[str]:
    """Every file, by its name from the root, that the design is compiled from; sorted."""
    todo = [str(path.relative_to(root)) for path in (root / "impls" / design).glob("*.h")]
    if not todo and re.search(rf"^\s*DESIGN\({design},", (root / ZOO).read_text(), re.MULTILINE):
        todo = [ZOO]
    found = set()
    while todo:
        name = todo.pop()
        if name in found or not (root / name).exists():
            continue
        found.add(name)
        todo += INCLUDE.findall((root / name).read_text())
        todo += [name.removesuffix(".h") + ".cc"] if name.endswith(".h") else []
    return sorted(found)


def hash_files(root: Path, names: list[str]) -> str:
    """SHA-256 over names and contents."""
    digest = hashlib.sha256()
    for name in names:
        content = (root / name).read_bytes()
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _escape(path: Path) -> str:
    return str(path).replace(" ", "\\ ")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
