"""The picture of a finding is drawn where only one history is possible, and nowhere else."""

import pytest

from reports import arena

INSIDE = "C5: op 3 'free a+2': released 2 frames, but frame 2 is inside the block 1..2"
THREE = "assay-ops 1\nbase 0\nframes 3\nram zero\na = alloc 1\nb = alloc 2\nfree a+2\n"

MANY = "assay-ops 1\nframes 32\n" + "".join(f"a{number} = alloc 1\n" for number in range(8))


def strips(picture) -> list[str]:
    return ["".join(name or "." for name in moment.frames) for moment in picture.moments]


def test_the_verdict_settles_where_the_blocks_lie():
    picture = arena.draw(THREE, INSIDE)
    assert strips(picture) == ["...", "a..", "abb", "abb"]
    labels = [moment.label for moment in picture.moments]
    assert labels == ["at the start", "a = alloc 1", "b = alloc 2", "free a+2"]
    assert [moment.aimed_at for moment in picture.moments] == [None, None, None, 2]
    assert picture.names == ["a", "b"] and picture.base == 0


@pytest.mark.parametrize("returned, aim", [("12, which", 3), ("13, which", None), ("none", None)])
def test_the_frame_that_a_wrong_allocation_returned_is_marked_if_it_is_there(returned, aim):
    text = "assay-ops 1\nbase 9\nframes 4\na = alloc 1 align 8\n"
    picture = arena.draw(text, f"C1: op 1 'alloc 1 align 8': returned {returned}")
    assert strips(picture) == ["....", "...."] and picture.moments[-1].aimed_at == aim


def test_a_run_over_a_block_settles_what_lies_before_it_and_is_marked():
    text = "assay-ops 1\nbase 0\nframes 10\na = alloc 6\nb = alloc 1 align 4\nc = alloc 3\n"
    verdict = "C1: op 3 'alloc 3': returned frames 6..8, but frame 8 is the start of block 8"
    picture = arena.draw(text, verdict)
    assert strips(picture)[-1] == "aaaaaa..b."
    assert (picture.moments[-1].aimed_at, picture.moments[-1].aimed_frames) == (6, 3)
    text = "assay-ops 1\nframes 3\nhole 1 1\nc = alloc 3\n"
    picture = arena.draw(text, "C1: op 1 'alloc 3': returned frames 0..2, but frame 1 is reserved")
    assert strips(picture) == [".#.", ".#."] and picture.moments[-1].aimed_frames == 3
    beyond = arena.draw(text, "C1: op 1 'alloc 3': returned frames 2..4, but frame 3 is outside")
    assert (beyond.moments[-1].aimed_at, beyond.moments[-1].aimed_frames) == (2, 1)
    assert arena.draw(text, "C1: op 1 'alloc 3': returned frames 0..2, but frame 2 is used") is None


def test_without_the_verdict_s_frames_there_are_two_histories_and_no_picture():
    assert arena.draw(THREE, "C5: op 3 'free a+2': released 2 frames") is None


def test_a_full_arena_leaves_one_history():
    text = "assay-ops 1\nbase 7\nframes 4\nhole 8 1\na = alloc 2  # the only place\nfree a+1\n"
    picture = arena.draw(text, "C5: op 2 'free a+1': released 2 frames")
    assert strips(picture) == [".#..", ".#aa", ".#aa"] and picture.base == 7
    assert picture.moments[-1].aimed_at == 3


def test_alignment_is_of_the_absolute_frame():
    text = "assay-ops 1\nbase 1\nframes 5\na = alloc 1 align 4\nfree a\n"
    picture = arena.draw(text, "C4: op 2 'free a': released 2 frames, but the block is 4")
    assert strips(picture) == [".....", "...a.", "...a."]


def test_a_block_that_was_freed_is_gone_and_a_refused_free_changes_nothing():
    text = "assay-ops 1\nframes 1\na = alloc 1\nfree @0\nfree @9\nfree a\nfree a\n"
    picture = arena.draw(text, "C5: op 5 'free a': released 1 frames, but frame 0 is free")
    assert strips(picture) == [".", "a", "a", "a", ".", "."]


def test_free_all_and_an_allocation_that_cannot_be_served():
    text = "assay-ops 1\nframes 2\na = alloc 2\nb = alloc 1\nfree b\nfree all\nc = alloc 3\n"
    picture = arena.draw(text, "C6: op 5 'alloc 3': returned 0, but must fail")
    assert strips(picture) == ["..", "aa", "aa", "aa", "..", ".."]


def test_a_verdict_that_contradicts_the_operations_gives_no_picture():
    assert arena.draw(THREE, INSIDE.replace("1..2", "0..1")) is None
    assert arena.draw(THREE, INSIDE.replace("frame 2", "frame 1")) is None


@pytest.mark.parametrize(
    "ops, verdict",
    [
        (None, None),
        ("", INSIDE),
        (THREE, None),
        (THREE, "a memory error"),
        (THREE.replace("free a+2\n", ""), INSIDE),  # the broken operation is not the last
        (THREE.replace("frames 3", "frames 4096"), INSIDE),
        (THREE.replace("a = alloc 1", "a = exhaust 1"), INSIDE),
        (THREE.replace("frames 3", "frames x"), INSIDE),
        (THREE.replace("base 0", "hole 2 9"), INSIDE),
        (MANY, "C2: op 8 'alloc 1': returned none"),
    ],
)
def test_what_is_not_understood_or_too_large_gives_no_picture(ops, verdict):
    assert arena.draw(ops, verdict) is None
