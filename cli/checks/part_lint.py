"""The part `lint`: what can be said of the sources without running them."""

from cli import build, designs, paths
from cli.checks import include_table, links, sizes, sources, tidy, words
from cli.checks.check import from_problems, skipped

NEEDS = ("build", "test")

CHECKS = {
    "include table": include_table.find_problems,
    "sizes": sizes.find_problems,
    "words": words.find_problems,
    "docstrings": words.find_missing_docstrings,
    "dead links": links.find_dead_links,
    "dead files": links.find_dead_files,
}


def run(scope: str):
    for name, find in CHECKS.items():
        yield from_problems(name, *find(paths.ROOT))
    yield tidy.check_format(sources.cxx_files(paths.ROOT) + sources.c_files(paths.ROOT))
    if scope == "fast":
        yield skipped("tidy", "--fast")
        return
    yield tidy.check_tidy("tidy, hosted", build.build("release"), ("impls", "oracle"))
    kernel = build.build("kernel", design=designs.names()[0])
    yield tidy.check_tidy("tidy, kernel", kernel, ("kernel-shim",))
