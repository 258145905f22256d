"""The frame of `./assay test`: what is counted, shown last, and what must count as failed."""

import argparse
import types

import pytest

from cli import errors, verb_test
from cli.checks.check import FAILED, PASSED, Check
from cli.errors import FailedError, UsageError

COUNT = len(verb_test.PARTS)


def arguments(*parts, skip=(), fast=False, full=False):
    return argparse.Namespace(parts=list(parts), skip=list(skip), fast=fast, full=full)


@pytest.fixture
def parts(monkeypatch):
    """Parts that do what the test says; the others pass one check."""
    actions = {}

    def run_part(name):
        def run(scope):
            yield from actions.get(name, lambda scope: [Check("x", PASSED)])(scope)

        return types.SimpleNamespace(run=run, NEEDS=("build",))

    monkeypatch.setattr(verb_test, "load", run_part)
    return actions


def test_all_parts_pass_and_the_last_line_counts_them(parts, capsys):
    assert verb_test.run(arguments()) == errors.OK
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"{COUNT} passed, 0 failed, 0 skipped"
    assert [line.split()[0] for line in lines[:-1]] == list(verb_test.PARTS)
    assert lines[0].endswith("repeat: ./assay test lint")


def test_a_failed_check_is_shown_and_the_others_go_on(parts, capsys):
    parts["unit"] = lambda scope: [Check("a", PASSED), Check("b", FAILED, "1 is not 2", "do it")]
    assert verb_test.run(arguments()) == errors.FAILED
    shown = capsys.readouterr().out
    assert "failed: b\n      1 is not 2\n      repeat: do it" in shown
    assert shown.endswith(f"\n{COUNT} passed, 1 failed, 0 skipped\n")


def test_a_part_that_cannot_run_or_checks_nothing_has_failed(parts, capsys):
    def broken(scope):
        yield Check("first", PASSED)
        raise FailedError("no compiler")

    parts["unit"], parts["bench"] = broken, lambda scope: []
    assert verb_test.run(arguments()) == errors.FAILED
    shown = capsys.readouterr().out
    assert "unit could not run to its end\n      no compiler" in shown
    assert "bench has no check" in shown
    assert shown.endswith(f"\n{COUNT - 1} passed, 2 failed, 0 skipped\n")


def test_a_skipped_part_is_not_run_but_counted(parts, capsys):
    parts["kernel"] = lambda scope: pytest.fail("it ran")
    assert verb_test.run(arguments(skip=["kernel"])) == errors.OK
    shown = capsys.readouterr().out
    assert "kernel   skipped (--skip kernel)" in shown
    assert shown.endswith(f"\n{COUNT - 1} passed, 0 failed, 1 skipped\n")


def test_the_scope_reaches_the_part_and_the_command_that_repeats_it(parts, capsys):
    parts["zoo"] = lambda scope: [Check(scope, FAILED)]
    verb_test.run(arguments("zoo", fast=True))
    shown = capsys.readouterr().out
    assert "failed: fast" in shown and "repeat: ./assay test zoo --fast" in shown


def test_an_unknown_part_is_one_line():
    for wrong in (arguments("lnit"), arguments(skip=["lnit"])):
        with pytest.raises(UsageError, match="no part 'lnit'; there are: lint, unit"):
            verb_test.needs(wrong)


def test_only_what_the_chosen_parts_need_is_installed():
    assert "kernel" not in verb_test.needs(arguments("reports"))
    assert set(verb_test.needs(arguments("reports"))) == {"report", "test"}


def test_every_part_has_a_module():
    for part in verb_test.PARTS:
        assert verb_test.load(part).NEEDS
