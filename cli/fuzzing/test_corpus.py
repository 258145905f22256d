"""Only what is redundant leaves a corpus, and only if the merge worked."""

import pytest

from cli.fuzzing import corpus

MERGE = """#!/bin/bash
[ "$1" = -merge=1 ] && [ "$ASSAY_KNOWN" = known.json ] || exit 9
touch "$4/added-meanwhile"
cp "$4"/kept-* "$3"
exit $(cat "$0.code")
"""


@pytest.fixture
def folder(tree):
    tree.add_script("fuzz-bitmap", MERGE)
    (tree.bin / "fuzz-bitmap.code").write_text("0")
    folder = tree.corpus("bitmap")
    for name in ("kept-1", "kept-2", "redundant"):
        (folder / name).write_text(name)
    return folder


def names(folder):
    return sorted(file.name for file in folder.iterdir())


def test_the_redundant_goes_and_what_came_meanwhile_stays(folder):
    assert corpus.drop_redundant("bitmap", folder, {"ASSAY_KNOWN": "known.json"}) == 1
    assert names(folder) == ["added-meanwhile", "kept-1", "kept-2"]
    assert names(folder.parent) == ["bitmap"]


def test_a_merge_that_failed_drops_nothing(folder, tree):
    (tree.bin / "fuzz-bitmap.code").write_text("1")
    assert corpus.drop_redundant("bitmap", folder, {"ASSAY_KNOWN": "known.json"}) == 0
    assert "redundant" in names(folder) and names(folder.parent) == ["bitmap"]


def test_it_is_worth_it_only_where_most_files_are_not_used(folder):
    assert not corpus.is_worth_it(folder, 3)
    for number in range(200):
        (folder / str(number)).touch()
    assert corpus.is_worth_it(folder, 3) and not corpus.is_worth_it(folder, 150)
