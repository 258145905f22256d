"""Recording, in front of a folder that pretends to be tracefs."""

import argparse
import gzip
import lzma
import os
import shutil

import pytest

from cli import main, tracing, verb_record
from cli.errors import FailedError, MissingError, UsageError

TRACE = """# tracer: nop
#
#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION
           secret-11943   [001] .....  2330.148973: mm_page_alloc: page=0 pfn=0x1096a8 order=0
 Web-7 Content 3-1801  (   1801) [003] d..2.   889.213: mm_page_free: page=0 pfn=0x1096a8 order=0
"""
FILES = ("tracing_on", "trace_clock", "options/overwrite", "buffer_size_kb")
FILES += tuple(f"events/{event}/enable" for event in tracing.EVENTS)


@pytest.fixture
def tracefs(tmp_path, monkeypatch):
    """Fills each instance as the kernel does; `settings` are what was written into the last one."""
    place = tmp_path / "tracing"
    (place / "instances").mkdir(parents=True)
    settings = {}

    def make(folder):
        folder.mkdir()
        for name in (*FILES, "trace", "per_cpu/cpu0/stats", "per_cpu/cpu1/stats"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("")
        (folder / "trace").write_text(TRACE)
        stats = "entries: 5\noverrun: 2\ncommit overrun: 0\ndropped events: 40\n"
        (folder / "per_cpu/cpu0/stats").write_text(stats)

    def remove(folder):
        settings.update({name: (folder / name).read_text() for name in FILES})
        shutil.rmtree(folder)

    monkeypatch.setattr(tracing, "PLACES", (tmp_path / "none", place))
    monkeypatch.setattr(tracing, "make_instance", make)
    monkeypatch.setattr(tracing, "remove_instance", remove)
    monkeypatch.setattr(tracing.os, "geteuid", lambda: 0)
    monkeypatch.chdir(tmp_path)
    return argparse.Namespace(place=place, settings=settings, make=make)


def leftovers(tracefs) -> list:
    """What is left in tracefs, and of files that were not finished."""
    return [*(tracefs.place / "instances").iterdir(), *tracefs.place.parent.glob(".*")]


def record(*words) -> int:
    parser = main.make_parser("record", verb_record)
    return verb_record.run(parser.parse_args(words))


def test_the_text_is_kept_without_names_and_nothing_is_left_behind(tracefs, tmp_path, capfd):
    assert record("-o", "load.ftrace.txt", "--", "sh", "-c", "echo hello; exit 3") == 0
    lines = (tmp_path / "load.ftrace.txt").read_text().splitlines()
    assert lines[:3] == TRACE.splitlines()[:3]
    assert lines[3].startswith("            task-11943   [001] .....  2330.148973: mm_page_alloc")
    assert lines[4].startswith("            task-1801  (   1801) [003] d..2.   889.213: mm_page_f")
    assert capfd.readouterr().out.splitlines() == [
        "hello",
        "sh -c 'echo hello; exit 3': ended with exit code 3",
        "load.ftrace.txt: 2 events; 42 more were lost; ask for larger buffers by --buffer",
        "  ./assay import load.ftrace.txt -o load.opsb",
    ]
    assert leftovers(tracefs) == []


def test_events_are_on_while_the_command_runs_and_off_behind_it(tracefs, tmp_path, capfd):
    instance = tracefs.place / "instances" / f"assay-{os.getpid()}"
    record("-o", "t.txt", "--buffer", "8M", "cat", str(instance / "tracing_on"))
    assert capfd.readouterr().out.startswith("1cat ")
    assert tracefs.settings == {
        "tracing_on": "0",
        "trace_clock": "global",
        "options/overwrite": "0",
        "buffer_size_kb": "8192",
        "events/kmem/mm_page_alloc/enable": "1",
        "events/kmem/mm_page_free/enable": "1",
    }


def test_names_are_kept_where_that_is_asked_for(tracefs, tmp_path):
    record("-o", "t.txt", "--keep-names", "--", "true")
    assert (tmp_path / "t.txt").read_text() == TRACE


@pytest.mark.parametrize("ending, unpack", [("xz", lzma.open), ("gz", gzip.open)])
def test_the_ending_says_how_it_is_packed(tracefs, tmp_path, ending, unpack):
    record("-o", f"t.txt.{ending}", "--keep-names", "--", "true")
    with unpack(tmp_path / f"t.txt.{ending}", "rt") as file:
        assert file.read() == TRACE


def test_a_command_that_cannot_be_run_is_named(tracefs, tmp_path):
    with pytest.raises(UsageError, match="^no-such-program: cannot be run: No such file"):
        record("-o", "t.txt", "--", "no-such-program")
    assert leftovers(tracefs) == [] and not (tmp_path / "t.txt").exists()
    with pytest.raises(UsageError, match="^no command to run"):
        record("-o", "t.txt", "--")


def test_ctrl_c_leaves_no_instance_and_no_file(tracefs, tmp_path, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(verb_record.subprocess, "call", interrupt)
    with pytest.raises(KeyboardInterrupt):
        record("-o", "t.txt", "--", "sleep", "9")
    assert leftovers(tracefs) == [] and not (tmp_path / "t.txt").exists()
    assert tracefs.settings["tracing_on"] == "0"


def test_a_recording_without_events_is_none(tracefs, tmp_path, monkeypatch):
    monkeypatch.setattr(tracing.Instance, "lines", lambda _: iter(["# tracer: nop\n"]))
    with pytest.raises(FailedError, match="^true: ended with exit code 0, and no event was reco"):
        record("-o", "t.txt", "--", "true")
    assert leftovers(tracefs) == [] and not (tmp_path / "t.txt").exists()


def test_a_setting_that_the_kernel_refuses_ends_it_before_the_command_runs(tracefs, monkeypatch):
    def make(folder):
        tracefs.make(folder)
        (folder / "buffer_size_kb").unlink()
        (folder / "buffer_size_kb").mkdir()

    def remove(folder):
        shutil.rmtree(folder)

    monkeypatch.setattr(tracing, "make_instance", make)
    monkeypatch.setattr(tracing, "remove_instance", remove)
    monkeypatch.setattr(verb_record.subprocess, "call", lambda _: pytest.fail("it ran"))
    with pytest.raises(MissingError, match="buffer_size_kb: the kernel refuses '65536': Is a dir"):
        record("-o", "t.txt", "--", "true")
    assert leftovers(tracefs) == []


def test_a_machine_without_tracefs_or_rights_says_what_it_lacks(tracefs, monkeypatch, tmp_path):
    shutil.rmtree(tracefs.place / "instances")
    with pytest.raises(MissingError, match="/none: no tracefs is mounted there; `mount -t trace"):
        record("-o", "t.txt", "--", "true")
    monkeypatch.setattr(tracing.os, "geteuid", lambda: 1000)
    with pytest.raises(MissingError, match="needs root: use sudo"):
        record("-o", "t.txt", "--", "true")
    assert not list(tmp_path.glob("*t.txt*"))


def test_a_folder_that_does_not_exist_is_named_before_anything_is_recorded(tracefs):
    with pytest.raises(FileNotFoundError) as caught:
        record("-o", "nowhere/t.txt", "--", "true")
    assert caught.value.filename == "nowhere/t.txt"
