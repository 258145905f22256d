"""The command itself: lists, help, and every error as one line with the right exit code."""

import errno
import subprocess
import sys
import types

import pytest

from cli import errors, main, paths


def run(*argv, cwd=None):
    """The command as a user runs it."""
    return subprocess.run([paths.ROOT / "assay", *argv], capture_output=True, text=True, cwd=cwd)


@pytest.fixture
def verb_that(monkeypatch, tmp_path):
    """Puts a verb `probe` in place whose run() does what the test says."""

    def install(action):
        module = types.ModuleType("cli.verb_probe")
        module.SUMMARY, module.EXAMPLE, module.NEEDS = "a probe", "./assay probe", ()
        module.add_arguments = lambda parser: parser.add_argument("--size", type=int)
        module.run = action
        monkeypatch.setitem(sys.modules, "cli.verb_probe", module)
        verbs = {"probe": main.Verb("probe", "a probe", "assay")}
        monkeypatch.setattr(main, "find_verbs", lambda: verbs)
        monkeypatch.setattr(paths, "RUNS", tmp_path / "runs")

    return install


def test_alone_it_lists_the_verbs_in_groups():
    shown = run()
    assert shown.returncode == 0
    assert shown.stdout.index("\nStart\n") < shown.stdout.index("\nAssay itself\n")
    assert "  setup     install what is lacking" in shown.stdout


def test_it_works_from_any_folder(tmp_path):
    assert run(cwd=tmp_path).stdout == run().stdout


def test_every_verb_loads_without_any_package_and_has_an_example():
    for name in main.find_verbs():
        script = (
            f"import sys; sys.path.insert(0, {str(paths.ROOT)!r}); import cli.verb_{name} as verb; "
            "print(verb.SUMMARY, verb.GROUP, verb.EXAMPLE, sep='|')"
        )
        loaded = subprocess.run(
            ["/usr/bin/python3", "-S", "-c", script], capture_output=True, text=True
        )
        assert loaded.returncode == 0, loaded.stderr
        summary, group, example = loaded.stdout.strip().split("|")
        assert summary and group in main.GROUPS and example.startswith(f"./assay {name}")
        shown = run(name, "--help")
        assert shown.returncode == 0 and f"example:\n  {example}" in shown.stdout


def test_an_unknown_verb_is_one_line_with_a_suggestion():
    shown = run("setpu")
    assert (shown.returncode, shown.stdout) == (2, "")
    hint = "did you mean 'setup'? `./assay` lists them all"
    assert shown.stderr == f"assay: no verb 'setpu'; {hint}\n"


def test_a_broken_verb_file_does_not_break_the_list(monkeypatch, tmp_path):
    (tmp_path / "cli").mkdir()
    (tmp_path / "cli" / "verb_broken.py").write_text("SUMMARY = ")
    (tmp_path / "cli" / "verb_fine.py").write_text('SUMMARY = "works"\nGROUP = "boot"\n')
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    assert "fine      works" in main.overview(main.find_verbs())


def test_wrong_options_are_one_line(verb_that, capsys):
    verb_that(lambda args: 0)
    assert main.main(["probe", "--size", "big"]) == 2
    assert capsys.readouterr().err == (
        "assay: argument --size: invalid int value: 'big'; see `./assay probe --help`\n"
    )


@pytest.mark.parametrize(
    "error, code, line",
    [
        (errors.UsageError("no such thing"), 2, "no such thing"),
        (errors.MissingError("no QEMU"), 3, "no QEMU"),
        (errors.FailedError("it broke"), 1, "it broke"),
        (FileNotFoundError(errno.ENOENT, "No such file", "x.ops"), 2, "x.ops: No such file"),
        (
            OSError(errno.ENOSPC, "No space left on device", "runs/a"),
            3,
            "runs/a: No space left on device; free some space and repeat the command",
        ),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_an_error_is_one_line_and_its_exit_code(verb_that, capsys, error, code, line):
    def fail(args):
        raise error

    verb_that(fail)
    assert main.main(["probe"]) == code
    assert capsys.readouterr().err == f"assay: {line}\n"


def test_a_bug_of_ours_is_one_line_and_a_file_with_details(verb_that, capsys):
    verb_that(lambda args: {}["nothing"])
    assert main.main(["probe"]) == 1
    shown = capsys.readouterr().err
    assert shown.count("\n") == 1 and "internal error at test_main.py:" in shown
    (log,) = paths.RUNS.glob("internal-error-*.log")
    assert str(log) in shown and "Traceback" in log.read_text()
