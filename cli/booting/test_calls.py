"""The kernel's log of its calls: what is read of it, and what is found to be broken."""

import re
import struct

import pytest

from cli.booting import calls

LOW, HIGH = 1, 2


def record(letter, instance, *numbers) -> bytes:
    return letter.encode() + bytes([instance]) + struct.pack(f"<{len(numbers)}I", *numbers)


def stream(*records, end=None) -> bytes:
    count = len(records) if end is None else end
    return calls.FIRST_LINE + b"".join(records) + record("e", 0, count)


INIT = record("i", LOW, 2, 60, 2, 3, 7, 20, 10)  # frames 2..61; usable 3..9 and 20..29
SHORT = stream(
    INIT,
    record("a", LOW, 1, 1, 3),
    record("a", LOW, 4, 8, 24),
    record("a", LOW, 99, 1, calls.NONE),
    record("f", LOW, 25, 4, 0),
    record("g", LOW, 40, 20),
    record("f", LOW, 24, 0, 4),
    record("f", LOW, 24, 3, 0),
    record("f", LOW, calls.NONE, 1, 0),
    record("f", LOW, 3, 2, 0),
)


def text_of(log: bytes, name="low") -> list[str]:
    instance = calls.parse(log)[0][name]
    return calls.to_text(instance, calls.steps_of(instance), "x").splitlines()


def test_calls_become_operations_with_what_the_kernel_was_answered():
    assert text_of(SHORT)[1:] == [
        "assay-ops 1",
        "base 2",
        "frames 60",
        "hole 2 1",
        "hole 10 10",
        "hole 30 32",
        "ram zero",
        "a = alloc 1  # 3",
        "b = alloc 4 align 8  # 24",
        "c = alloc 99  # none",
        "free @25  # inside_block",
        "grow 40 20",
        "free b  # 4",
        "free @24  # already_free",
        f"free @{calls.NONE}  # outside_arena",
        "free a  # reserved",
    ]


def test_each_instance_has_its_own_blocks():
    log = stream(
        INIT,
        record("i", HIGH, 100, 8, 1, 100, 8),
        record("a", LOW, 1, 1, 3),
        record("a", HIGH, 2, 1, 103),
        record("f", HIGH, 103, 0, 2),
    )
    assert text_of(log)[-1] == "a = alloc 1  # 3"
    assert text_of(log, "high")[2:] == [
        "base 100",
        "frames 8",
        "ram zero",
        "a = alloc 2  # 103",
        "free a  # 2",
    ]


def test_blocks_are_named_as_assay_names_them():
    assert [calls.block_name(number) for number in (0, 25, 26, 52)] == ["a", "z", "a1", "a2"]


def test_a_kernel_that_stopped_in_the_middle_leaves_no_end():
    whole, is_whole = calls.parse(SHORT)
    cut, is_cut_whole = calls.parse(SHORT[: -len(record("e", 0, 0))])
    assert (is_whole, is_cut_whole) == (True, False) and whole == cut


@pytest.mark.parametrize(
    "log, words",
    [
        (b"", "does not begin with 'assay-calls 1'"),
        (b"\0" * 99, "does not begin"),
        (SHORT[:-1], "byte .*: is cut short"),
        (stream(INIT)[:20], "is cut short"),
        (SHORT + b"x", "something stands behind its end"),
        (stream(INIT, record("a", LOW, 1, 1, 3), end=3), "speaks of 3 records, but there are 2"),
        (stream(record("a", LOW, 1, 1, 3)), r"byte 14: no record may begin with b'a' here"),
        (stream(INIT, INIT), "no record may begin with b'i' here"),
        (stream(INIT, record("x", LOW)), "no record may begin with b'x' here"),
        (stream(record("i", 7, 0, 1, 0)), "byte 14: there is no instance 7"),
    ],
)
def test_a_broken_log_is_named(log, words):
    with pytest.raises(calls.BrokenLogError) as caught:
        calls.parse(log)
    assert re.search(words, str(caught.value))


def test_a_broken_log_is_a_problem_and_no_file(tmp_path):
    (said,) = calls.check("bitmap", b"nothing", tmp_path)
    assert calls.find_problem([said]).startswith("the kernel's log of calls is broken: it does not")
    (said,) = calls.check("bitmap", stream(), tmp_path)
    assert calls.find_problem([said]) == "the kernel's log of calls is empty"
    assert list(tmp_path.iterdir()) == []


def test_the_first_other_answer_is_named():
    steps = calls.steps_of(calls.parse(SHORT)[0]["low"])
    answers = [step.answer for step in steps]
    assert calls.find_difference(steps, answers) is None
    answers[1] = "8"
    assert calls.find_difference(steps, answers) == (
        "operation 2 'b = alloc 4 align 8': 24 in the kernel, 8 here"
    )
    assert "left the call out" in calls.find_difference(steps, ["3", ""])


def test_a_map_with_many_holes_is_not_compared(tmp_path):
    runs = [number for first in range(1, 40, 2) for number in (first, 1)]
    (said,) = calls.check("bitmap", stream(record("i", LOW, 0, 60, 20, *runs)), tmp_path)
    assert said["skipped"] == "its map has 21 holes, and a sequence at most 16"
    assert calls.find_problem([said]) is None
    assert "not compared: its map has 21 holes" in calls.describe([said], tmp_path)[0]
