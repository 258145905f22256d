"""Seeds are text in the repository and bytes for libFuzzer."""

import pytest

from cli import paths
from cli.errors import FailedError
from cli.fuzzing import seeds


def test_the_committed_seeds_are_found():
    assert "example.ops" in [file.name for file in seeds.find_seeds()]


def test_the_committed_seeds_stay_small():
    assert sum(file.stat().st_size for file in seeds.find_seeds()) < 1 << 20


@pytest.fixture
def committed(tree):
    for folder, name in [("corpus", "small"), ("regressions", "bug")]:
        file = tree.root / "fuzz" / folder / f"{name}.ops"
        file.parent.mkdir(parents=True)
        file.write_text("assay-ops 1\n")
    return tree


def test_each_seed_is_converted(committed):
    folder = seeds.write_seeds(committed.work / "seeds")
    assert sorted(file.name for file in folder.iterdir()) == [
        "corpus-small.opsb",
        "regressions-bug.opsb",
    ]


def test_a_bad_seed_is_named(committed):
    (paths.tool("fuzz", "assay-ops")).write_text("#!/bin/sh\necho '3:1: bad' >&2; exit 2\n")
    with pytest.raises(FailedError, match="fuzz/corpus/small.ops cannot be used: 3:1: bad"):
        seeds.write_seeds(committed.work / "seeds")
