"""Checks that nothing is dead: links in Markdown, and C and C++ files that nothing uses."""

import re
from pathlib import Path

from cli.checks import include_table, sources

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*$", re.MULTILINE)
_CODE_BLOCK = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_STAND_INS = "kernel-shim/cxx/"  # only the compiler's own headers include these
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:")  # https:, mailto:


def find_dead_links(root: Path) -> tuple[list[str], int]:
    """Relative links whose file or heading is not there, and how many were looked at."""
    problems, looked_at = [], 0
    for path in sources.markdown_files(root):
        text = _CODE_BLOCK.sub(lambda block: "\n" * block[0].count("\n"), path.read_text())
        for found in _LINK.finditer(text):
            if _ELSEWHERE.match(found[1]):
                continue
            looked_at += 1
            if problem := problem_with(path, found[1]):
                number = text.count("\n", 0, found.start()) + 1
                problems.append(f"{path.relative_to(root)}:{number}: {problem}")
    return problems, looked_at


def problem_with(page: Path, link: str) -> str | None:
    """What is wrong with a link on a page, or None."""
    file, _, anchor = link.partition("#")
    target = page.parent / file if file else page
    if not target.exists():
        return f"'{link}' leads nowhere: there is no {file}"
    if anchor and target.suffix == ".md" and anchor not in anchors_of(target.read_text()):
        return f"'{link}' leads nowhere: {target.name} has no heading '{anchor}'"
    return None


def anchors_of(markdown: str) -> set[str]:
    """The anchors that a page's headings have on GitHub."""
    headings = _HEADING.findall(_CODE_BLOCK.sub("", markdown))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def find_dead_files(root: Path) -> tuple[list[str], int]:
    """C and C++ files that no CMakeLists.txt names and no other file includes."""
    files = [path for path in sources.cxx_files(root) if _STAND_INS not in path.as_posix()]
    texts = {path: path.read_text() for path in files}
    cmake = "\n".join(
        path.read_text()
        for path in sources.all_files(root)
        if path.name == "CMakeLists.txt" or path.suffix == ".cmake"
    )
    problems = []
    for path in files:
        name = str(path.relative_to(root))
        if path.suffix == ".cc":
            alive = re.search(rf"\b{re.escape(path.stem)}\b", cmake)
        else:
            alive = any(f'"{name}"' in text for other, text in texts.items() if other != path)
        if not alive:
            problems.append(f"{name}: nothing builds or includes it")
    c = sources.c_files(root)
    problems += [
        f"{path.relative_to(root)}: nothing builds or includes it"
        for path in find_dead_c_files(root, c, cmake)
    ]
    return problems, len(files) + len(c)


def find_dead_c_files(root: Path, files: list[Path], cmake: str) -> list[Path]:
    """C files that are neither built nor included. All that lies beside an adapter is built."""
    included = {
        include_table.c_header(root, path, header)
        for path in files
        for _, quote, header in include_table.includes_of(path)
        if quote == '"'
    }

    builders = [root / name for name in ("cli/plugins.py", "kernel-shim/test_export.py")]
    built_there = "".join(builder.read_text() for builder in builders if builder.exists())

    def is_alive(path: Path) -> bool:
        if path.suffix == ".h":
            return path.resolve() in included
        built = re.search(rf"(?<![\w/.]){re.escape(path.name)}\b", cmake)
        by_name = f'"{path.name}"' in built_there
        return bool(built) or by_name or (path.parent / "adapter.c").is_file()

    return [path for path in files if not is_alive(path)]
